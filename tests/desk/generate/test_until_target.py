"""Where the last step ends at the target of the patient, the file says that more may leave the pump."""

from __future__ import annotations

import pytest

from daemon.protocols.load import Equipment, draft_protocol
from daemon.protocols.sheet import Sheet
from daemon.protocols.toml_text import parse_toml
from tests.desk.generate.reading import generate

NOTE = "the last step ends when the patient has the target"
MORE = "if the ward's line is not primed (or is filled by a step), more leaves the pump than the target"
ENDING = {
    "line-fill": "line-fill --drug x --dose 500 --dead-volume-ml 22 --last-step patient",
    "geometric": "geometric --drug x --dose 1000 --volume-ml 250 --max-rate-ml-h 60",
    "brigham": "brigham --drug x --dose 600 --volume-ml 250 --last-bag stop-at-target",
    "bag-per-step": (
        "bag-per-step --drug x --dose 600 --bags 3 --volume-ml 50 --step-minutes 15 --last-bag stop-at-target"
    ),
    "ramp": "ramp --drug x --unit units --dose 2 --volume-ml 30 --concentrations 1 --rates-h 0.1,0.2",
}
OTHER = (
    "line-fill --drug x --dose 500 --dead-volume-ml 22",
    "brigham --drug x --dose 600 --volume-ml 250",
    "one-solution --drug x --dose 100",
    "ramp --drug x --unit units --volume-ml 30 --concentrations 1 --rates-h 0.1,0.2",
    "ramp --drug x --unit units --dose 2 --volume-ml 9 --concentrations 1 --rates-h 0.1,0.2 --route sc",
)


def with_line(text: str, *, primed: bool, dead: int = 3) -> Sheet:
    """The table once the ward has filled in its line."""
    lines = []
    for line in text.splitlines():
        key = line.split(" = ")[0]
        if '"____ ward' in line:
            value = {"dead_volume_ml": dead, "primed": str(primed).lower(), "y_site_ml": 0}[key]
            line = f"{key} = {value}"  # noqa: PLW2901 - the same line, filled in
        lines.append(line)
    draft = draft_protocol(parse_toml("x", "\n".join(lines)), "x", Equipment())
    assert draft.sheet is not None
    return draft.sheet


@pytest.mark.parametrize("words", ENDING.values(), ids=ENDING)
def test_more_than_the_target_may_leave_the_pump_and_it_is_told(words: str) -> None:
    result = generate(words)
    head = result.stdout.split("\n\n")[0]
    told = [line for line in result.stderr.splitlines() if NOTE in line]
    assert len(told) == 1
    assert MORE in told[0]
    assert told[0] in " ".join(line.removeprefix("#").strip() for line in head.splitlines())
    unprimed = with_line(result.stdout, primed=False)
    assert unprimed.total_dose > unprimed.target_dose


def test_with_a_primed_line_it_is_the_target() -> None:
    for family, words in ENDING.items():
        if family != "line-fill":
            primed = with_line(generate(words).stdout, primed=True)
            assert primed.total_dose == primed.target_dose


def test_what_leaves_the_pump_is_said_where_it_is_known() -> None:
    assert "than the target: 544 mg in this table" in generate(ENDING["line-fill"]).stderr
    assert "in this table" not in generate(ENDING["geometric"]).stderr


@pytest.mark.parametrize("words", OTHER)
def test_nothing_is_said_where_it_does_not_end_at_the_target_of_a_line(words: str) -> None:
    result = generate(words)
    assert result.exit_code == 0
    assert NOTE not in result.output
