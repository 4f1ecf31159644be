"""Dose, time and volume of any generated shape are the same when the file is read back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from daemon.desk.generate.exact import said
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.shape import Content, End, Infusion, Shape
from daemon.desk.generate.toml import protocol_text
from tests.desk.generate.reading import generate, read_back, same
from tests.desk.generate.shapes import FAMILIES


def conserved(shape: Shape) -> None:
    """No bag gives more than it holds, and the steps give the target where the shape says so."""
    drawn = {bag.id: Fraction(0) for bag in shape.bags}
    for step in shape.steps:
        if step.bag is not None and step.volume_ml is not None:
            drawn[step.bag] += step.volume_ml
    for bag in shape.bags:
        assert bag.volume_ml is None or drawn[bag.id] <= bag.volume_ml
    last, target = shape.steps[-1], shape.target
    assert isinstance(target, Fraction)
    filled = sum(
        (step.dose for step in shape.steps if isinstance(step, Infusion) and step.line_fill), Fraction(0)
    )
    ends = last.end if isinstance(last, Infusion) else None
    if ends is End.EMPTY:
        assert drawn[str(last.bag)] == shape.bag(str(last.bag)).volume_ml
    if not filled and ((shape.bags and shape.bags[-1].content is Content.CORRECTED) or ends is End.TARGET):
        assert shape.total == target


def step_comments(text: str) -> list[str]:
    """What stands above each step, on one line."""
    above = [block.rsplit("\n\n", 1)[-1] for block in text.split("[[steps]]\n")[:-1]]
    return [" ".join(line.removeprefix("#").strip() for line in lines.splitlines()) + " " for lines in above]


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_written_is_what_is_read(family: str, data: st.DataObject) -> None:
    make = data.draw(FAMILIES[family])
    try:
        shape = make()
    except Refused:
        event("refused")
        return
    event("made")
    conserved(shape)
    sheet = read_back(shape)
    assert same(shape.total, sheet.total_dose)
    comments = step_comments(protocol_text(shape))
    for row in sheet.rows:
        assert f" {said(Fraction(row.dose))} " in comments[row.number - 1]
        assert f"in all {said(Fraction(row.cumulative))} " in comments[row.number - 1]
        if row.minutes is not None:
            assert comments[row.number - 1].endswith(f"after {said(Fraction(row.elapsed_min or 0))} min ")
        else:
            told = f" {said(Fraction(row.elapsed_min or 0))} min after the first of the day"
            assert told in comments[row.number - 1]
    if shape.driven:
        minutes = sum((step.minutes for step in shape.steps if isinstance(step, Infusion)), Fraction(0))
        assert same(minutes, sheet.total_minutes)
    for bag in shape.bags:
        drawn = sum(
            (step.volume_ml or Fraction(0) for step in shape.steps if step.bag == bag.id), Fraction(0)
        )
        assert same(drawn, sheet.bag(bag.id).drawn_ml)


@pytest.mark.parametrize("family", FAMILIES)
def test_most_orders_can_be_carried_out(family: str) -> None:
    """The round trip above is no empty promise."""
    made = []

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(make=FAMILIES[family])
    def count(make: object) -> None:
        try:
            made.append(isinstance(make(), Shape))  # type: ignore[operator]
        except Refused:
            made.append(False)

    count()
    assert sum(made) > len(made) / 5, f"{sum(made)} of {len(made)}"


VALUES = st.sampled_from(
    [
        "0",
        "-1",
        "NaN",
        "inf",
        "1e400",
        "1e-400",
        "1/0",
        "",
        " ",
        "____",
        "5",
        "1/3",
        "2,5",
        "9" * 30,
        "\x00",
        "é",
    ]
) | st.text(max_size=8)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_words_end_in_a_traceback(data: st.DataObject) -> None:
    """Any words: exit code 0 or 2, and nothing but the file on standard output."""
    families = {
        "brigham": ["--volume-ml", "--rates", "--bags", "--weak-amount-step", "--rate-step", "--last-bag"],
        "line-fill": ["--dead-volume-ml", "--dilutions", "--rates", "--fill-minutes", "--last-step"],
        "geometric": [
            "--volume-ml",
            "--ratio",
            "--first-fraction",
            "--dilutions",
            "--max-rate-ml-h",
            "--steps",
        ],
        "one-solution": ["--volume-ml", "--rates", "--step-minutes"],
        "bag-per-step": ["--bags", "--parts", "--percents", "--volume-ml", "--step-minutes", "--ratio"],
        "oral": ["--doses", "--first-dose", "--ratio", "--interval-min", "--day-steps", "--concentrations"],
        "ramp": ["--volume-ml", "--concentrations", "--solution-steps", "--rates-h", "--first-rate-h"],
    }
    family = data.draw(st.sampled_from(sorted(families)))
    words = ["--drug", data.draw(st.just("x") | VALUES), "--dose", data.draw(st.just("600") | VALUES)]
    for option in data.draw(st.lists(st.sampled_from(families[family]), unique=True)):
        words += [option, data.draw(st.sampled_from(["10", "1,2", "250", "15"]) | VALUES)]
    result = generate(family, *words)
    assert result.exit_code in {0, 2}
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stdout == "" or result.exit_code == 0
