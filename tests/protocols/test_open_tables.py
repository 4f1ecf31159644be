"""Every open published table: each printed number is reproduced, or differs for a reason that is named.

A printed number equals ours rounded half up to the digits that are printed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from daemon.protocols.load import Draft, Equipment, draft_protocol
from daemon.protocols.sheet import Row
from daemon.protocols.target import Asked
from daemon.protocols.toml_text import parse_toml
from tests.protocols.files import CONFIG, draft

PRINTED = tomllib.loads((Path(__file__).parent / "printed.toml").read_text())
FILL = "the table counts a line-fill step as 0; the pump counts what leaves it"
AFTER_FILL = "with what the line-fill steps before gave at the pump"
SLIP = "212.5 mL, 425 mg and 101.5 min contradict each other; the rule printed with them gives 211.5 mL"
DIFFERS = {
    "amiodarone-michigan-11-dose": {(11, "cumulative"): ("149.49", "the doses add up to this")},
    "infliximab-rcuh-10-step": {
        (1, "dose"): ("0.88", FILL),
        (5, "dose"): ("8.8", FILL),
        (9, "dose"): ("44", FILL),
        **{
            (number, "cumulative"): (given, AFTER_FILL)
            for number, given in zip(
                range(1, 11),
                ("0.88", "1.88", "3.88", "7.88", "16.68", "26.68", "46.68", "86.68", "130.68", "553.68"),
                strict=True,
            )
        },
        (10, "volume_ml"): ("211.5", SLIP),
        (10, "dose"): ("423", SLIP),
    },
}
"""Printed numbers that ours are not, even when rounded to the printed digits: ours, and why."""


def of(name: str) -> Draft:
    made = draft((CONFIG / "protocols" / f"{name}.toml").read_text())
    assert not made.faults, made.faults
    return made


def ours(made: Draft, row: Row, column: str) -> Decimal | None:
    assert made.sheet is not None
    if column == "concentration":
        return made.sheet.bag(row.solution).concentration if row.solution is not None else None
    value = getattr(row, column)
    assert value is None or isinstance(value, Decimal)
    return value


def cells(name: str) -> Iterator[tuple[Row, str, str]]:
    made = of(name)
    assert made.sheet is not None
    for column, values in PRINTED[name].items():
        for row, printed in zip(made.sheet.rows, values, strict=False):
            if printed:
                yield row, column, printed


def test_every_open_table_has_a_file_and_every_file_a_table() -> None:
    files = {path.stem for path in (CONFIG / "protocols").glob("*.toml")}
    assert files == set(PRINTED)
    assert len(files) == 16


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_every_printed_number(name: str) -> None:
    made = of(name)
    different: dict[tuple[int, str], str] = {}
    for row, column, printed in cells(name):
        exact = ours(made, row, column)
        assert exact is not None, (row.number, column)
        if exact.quantize(Decimal(printed), ROUND_HALF_UP) != Decimal(printed):
            different[row.number, column] = str(exact.normalize() if exact % 1 else exact.to_integral_value())
    assert different == {at: value for at, (value, _) in DIFFERS.get(name, {}).items()}


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_as_many_rows_as_printed(name: str) -> None:
    made = of(name)
    assert made.sheet is not None
    printed = max(len(values) for values in PRINTED[name].values())
    more = 1 if name == "ceftazidime-2-day-part" else 0
    assert len(made.sheet.rows) == printed + more


def test_madrid_what_the_line_held_reaches_the_patient() -> None:
    """F39: residuals of 0.88 and 8.8 mg; 511.68 mg by the printed last step, 44 mg kept."""
    text = (CONFIG / "protocols" / "infliximab-rcuh-10-step.toml").read_text()
    made = draft(text.replace("volume_ml = 211.5", "volume_ml = 212.5"))
    assert made.sheet is not None
    reached = [row.exposure for row in made.sheet.rows]
    assert [str(dose) for dose in reached] == ["0", "1", "2", "4", "0.88", "10", "20", "40", "8.8", "425"]
    assert sum(reached) == Decimal("511.68")
    assert made.sheet.total_dose - sum(reached) == 44
    assert [front.after_min for front in made.sheet.fronts] == [15, 15, 15]
    assert [front.step for front in made.sheet.fronts] == [2, 6, 10]


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("castells-12-step", "339.375"),
        ("castells-8-step", "279.375"),
        ("rituximab-12-step", "339.375"),
        ("ceftazidime-leeds-7-step", "140"),
        ("oxaliplatin-5-bag", "480"),
        ("aspirin-6-dose", "330"),
        ("penicillin-v-14-dose", "195"),
    ],
)
def test_total_times(name: str, minutes: str) -> None:
    """Aspirin: 5.5 h. Penicillin V: thirteen intervals of 15 min."""
    made = of(name)
    assert made.sheet is not None
    assert made.sheet.total_minutes == Decimal(minutes)


@pytest.mark.parametrize("name", ["one-solution-6-rate", "oxaliplatin-5-bag"])
def test_parts_become_a_dose(name: str) -> None:
    """The same file for 130 mg: every dose, and every ceiling in a dose, times 130."""
    toml = parse_toml("p.toml", (CONFIG / "protocols" / f"{name}.toml").read_text())
    parts = draft_protocol(toml, "p.toml", Equipment())
    made = draft_protocol(toml, "p.toml", Equipment(), Asked(Decimal(130), "mg"))
    assert not made.faults
    assert parts.sheet is not None
    assert made.sheet is not None
    assert made.plan is not None
    assert parts.plan is not None
    assert made.sheet.dose_unit == "mg"
    assert made.sheet.total_dose == 130
    for part, row in zip(parts.sheet.rows, made.sheet.rows, strict=True):
        assert row.dose == part.dose * 130
        assert row.rate_ml_h == part.rate_ml_h
    assert made.plan.rules.ceilings.max_total_dose == parts.plan.rules.ceilings.max_total_dose * 130
    assert made.plan.rules.ceilings.max_dose_rate_h == parts.plan.rules.ceilings.max_dose_rate_h * 130
    assert made.plan.rules.ceilings.max_step_up_ratio == parts.plan.rules.ceilings.max_step_up_ratio
