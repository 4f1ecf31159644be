"""What reaches the patient through the dead volume, and what of it is refused (F39)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.protocols.exposure import Flow, patient_side
from tests.protocols.files import castells, faults, plan

# dead volume in mL: minutes after hanging until bag 1, 2, 3 reach the patient (rates 2, 5, 10, 20 | ...)
ARRIVALS = {
    2: ("31.5", "19.5", "12.0"),
    5: ("47.2", "33.8", "22.5"),
    10: ("69.0", "46.9", "33.8"),
    15: ("96.0", "54.4", "41.2"),
    20: ("108.0", "67.5", "46.9"),
    25: ("115.5", "86.2", "50.6"),
}
RATES = ((2, 5, 10, 20), (5, 10, 20, 40), (10, 20, 40, 80))


def unprimed(dead_volume: int) -> list[Flow]:
    flows = []
    for bag, rates in enumerate(RATES):
        for rate in rates:
            minutes = Fraction(15) if rate != 80 else Fraction(174375, 1000)
            volume = Fraction(rate) * minutes / 60
            flows.append(
                Flow(
                    str(bag),
                    Fraction(10**bag),
                    Fraction(rate),
                    volume,
                    Fraction(dead_volume),
                    Fraction(0),
                    primed=False,
                )
            )
    return flows


def arrivals(flows: list[Flow]) -> list[Fraction]:
    """Minutes from hanging each bag until its front leaves the line."""
    now = Fraction(0)
    hung: dict[Fraction, Fraction] = {}
    fronts: dict[Fraction, Fraction] = {}
    for flow, plugs in zip(flows, patient_side(flows).steps, strict=True):
        hung.setdefault(flow.concentration, now)
        for plug in plugs:
            fronts.setdefault(plug.concentration, now)
            now += plug.volume * 60 / plug.rate
    return [fronts[strength] - hung[strength] for strength in sorted(hung)]


@pytest.mark.parametrize(("dead_volume", "printed"), ARRIVALS.items())
def test_fronts_arrive_as_published(dead_volume: int, printed: tuple[str, ...]) -> None:
    """F39: the table of arrival times for 2 to 25 mL of dead volume, to a tenth of a minute."""
    for ours, text in zip(arrivals(unprimed(dead_volume)), printed, strict=True):
        assert abs(ours - Fraction(text)) <= Fraction(1, 20)


def test_own_primed_lines_give_the_dose_in_its_step() -> None:
    made = plan(castells())
    assert all(step.exposure == step.dose for step in made.steps)


def shared_line(volume: str, *more: tuple[str, str]) -> str:
    """Castells with all bags through one line that is not primed with them."""
    text = castells(*more)
    return text.replace("dead_volume_ml = 10, primed = true", f"dead_volume_ml = {volume}, primed = false")


def test_step_up_through_dead_volume_is_refused() -> None:
    """F39: the patient-side step-up breaks the ceiling though every step of the pump keeps it."""
    found = faults(shared_line("10"))
    assert {fault.code for fault in found} == {"exposure"}
    assert any("step 11" in fault.problem for fault in found)
    assert all("accepted" in fault.remedy for fault in found)


def test_the_first_drug_to_arrive_may_not_be_more_than_step_1() -> None:
    """F39: with 0.7 mL in the line the patient's first dose comes at the rate of step 2."""
    first = faults(shared_line("0.7"))[0]
    assert "in step 2" in first.problem
    assert "2 times the first dose per hour ordered" in first.problem


def test_exposure_accepted_by_name() -> None:
    """F39: accepted only with a name, and then it stands on the sheet."""
    accepted = ("grade_scale =", 'exposure = "accepted"\nexposure_accepted_by = "Dr. Example"\ngrade_scale =')
    made = plan(shared_line("10", accepted))
    told = [finding for finding in made.findings if finding.code == "exposure_accepted"]
    assert told
    assert all("Dr. Example" in finding.message for finding in told)
    assert made.step(1).exposure == 0
    assert sum(step.exposure for step in made.steps) == 600 - 10 * made.solution("bag-3").concentration
    nameless = ("grade_scale =", 'exposure = "accepted"\ngrade_scale =')
    assert "exposure_accepted_by" in {fault.key for fault in faults(shared_line("10", nameless))}


def test_no_dead_volume_is_no_breach() -> None:
    assert faults(shared_line("0")) == ()


def test_an_unprimed_bag_goes_on_through_the_line_before_it() -> None:
    second = (
        "fraction = 0.1\nvolume_ml = 250\nline = { dead_volume_ml = 10, primed = true, y_site_ml = 0 }",
        "fraction = 0.1\nvolume_ml = 250\nline = { dead_volume_ml = 4, primed = false, y_site_ml = 0 }",
    )
    found = faults(castells(second))
    assert [(fault.key, fault.code) for fault in found] == [
        ("solutions[1].line.dead_volume_ml", "line_differs")
    ]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 400), st.integers(1, 200)), min_size=1, max_size=12),
    st.integers(0, 50),
)
def test_what_goes_in_comes_out_or_stays(steps: list[tuple[int, int, int]], dead_volume: int) -> None:
    """F39: volume is kept step by step, dose over the whole run."""
    flows = [
        Flow(
            str(bag),
            Fraction(bag + 1),
            Fraction(rate),
            Fraction(volume, 10),
            Fraction(dead_volume),
            Fraction(0),
            primed=False,
        )
        for bag, volume, rate in steps
    ]
    side = patient_side(flows)
    for flow, plugs in zip(flows, side.steps, strict=True):
        assert sum(plug.volume for plug in plugs) == flow.volume
    given_in = sum(flow.volume * flow.concentration for flow in flows)
    assert sum(plug.dose for plugs in side.steps for plug in plugs) + side.kept == given_in


def test_exposure_is_decimal_and_exact() -> None:
    accepted = ("grade_scale =", 'exposure = "accepted"\nexposure_accepted_by = "Dr. Example"\ngrade_scale =')
    made = plan(shared_line("0.5", accepted))
    # step 5: 0.5 mL of bag 1 still in the line, then 0.75 mL of bag 2
    assert made.step(5).exposure == Decimal("0.5") * Decimal("0.024") + Decimal("0.75") * Decimal("0.24")
