"""Each reason to refuse a protocol file: the key, the value, what is wrong, what would be right."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from daemon.protocols.device_checks import Carrier
from daemon.protocols.faults import Fault
from daemon.protocols.load import Equipment
from daemon.protocols.rules import HoldCause
from drivers.values import MonitorCapabilities, Signal
from tests.protocols.files import CASTELLS, PUMP, castells, draft, faults, plan, step


def only(text: str, equipment: Equipment | None = None) -> Fault:
    found = faults(text, equipment)
    assert len(found) == 1, [str(fault) for fault in found]
    assert found[0].problem
    assert found[0].remedy
    return found[0]


def without(block: str) -> str:
    """Castells without one [[block]], named by a line of it."""
    blocks = CASTELLS.read_text().split("\n\n")
    left = [one for one in blocks if block not in one]
    assert len(left) == len(blocks) - 1
    return "\n\n".join(left)


def test_the_file_itself_is_good() -> None:
    assert faults(castells()) == ()


def test_unknown_key_names_the_nearest() -> None:
    fault = only(castells(("rate_ml_h = 5", "rate_mlh = 9\nrate_ml_h = 5")))
    assert (fault.key, fault.value, fault.code) == ("steps[1].rate_mlh", "9", "unknown_key")
    assert fault.remedy == "write rate_ml_h"
    assert "2nd [[steps]]" in fault.place


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("-5", "negative"),
        ("0", "zero"),
        ("inf", "not_finite"),
        ("nan", "not_finite"),
        ("1e999999", "out_of_size"),
        ("true", "not_a_number"),
        ('"5"', "not_a_number"),
        ('"2,5"', "decimal_comma"),
        ("0.1234567890123456789", "out_of_size"),
    ],
)
def test_senseless_numbers(given: str, code: str) -> None:
    found = faults(castells(("rate_ml_h = 20", f"rate_ml_h = {given}")))
    assert [(fault.key, fault.code) for fault in found] == [("steps[3].rate_ml_h", code)]
    assert found[0].value


def test_decimal_comma_in_quotes_says_use_a_point() -> None:
    assert only(castells(("rate_ml_h = 20", 'rate_ml_h = "2,5"'))).remedy == "use a decimal point: 2.5"


@pytest.mark.parametrize("rate", ["20.005", "0.05", "1000"])
def test_rate_the_pump_cannot_do(rate: str) -> None:
    found = faults(castells(("rate_ml_h = 20", f"rate_ml_h = {rate}")))
    assert ("steps[3].rate_ml_h", "rate_not_on_pump") in [(fault.key, fault.code) for fault in found]
    assert draft(castells(("rate_ml_h = 20", "rate_ml_h = 20.005")), Equipment()).faults == ()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("from_min = 20", "from_min = 25", "gap_hole"),
        ("from_min = 20", "from_min = 15", "gap_overlap"),
        ("from_min = 60", "from_min = 60.5", "gap_hole"),
        ("to_min = 60\n", "", "gap_overlap"),
    ],
)
def test_gap_hole_and_overlap_name_both_rules(old: str, new: str, code: str) -> None:
    """F19, (A) R3: the gap rules cover [0, inf) without hole or overlap."""
    fault = only(castells((old, new)))
    assert fault.code == code
    at = int(fault.key.removeprefix("gap.rules[").partition("]")[0])
    assert f"gap.rules[{at - 1}]" in fault.problem
    assert f"gap.rules[{at}]" in fault.problem


def test_gap_rules_start_at_zero_and_never_end() -> None:
    fault = only(castells(("from_min = 0\n", "from_min = 5\n")))
    assert (fault.key, fault.code) == ("gap.rules[0].from_min", "gap_hole")
    fault = only(castells(("from_min = 120\n", "from_min = 120\nto_min = 500\n")))
    assert (fault.key, fault.code) == ("gap.rules[3].to_min", "gap_hole")
    assert fault.place == "gap.rules[3].to_min (the 4th [[gap.rules]])"


def test_a_longer_gap_may_not_order_less() -> None:
    assert only(castells(('action = "start_over"', 'action = "continue"'))).code == "gap_order"


@pytest.mark.parametrize("cause", [cause for cause in HoldCause if cause is not HoldCause.REACTION])
def test_missing_resume_rule_for_a_cause(cause: HoldCause) -> None:
    """F21: there is a rule for every cause, and no default."""
    fault = only(without(f'cause = "{cause}"'))
    assert (fault.key, fault.code) == ("resume", "missing_resume_rule")
    assert f'"{cause}"' in fault.problem


@pytest.mark.parametrize("grade", ["mild", "moderate", "severe"])
def test_missing_resume_rule_for_a_grade(grade: str) -> None:
    """F21: there is a rule for every grade of a reaction."""
    fault = only(without(f'cause = "reaction"\ngrade = "{grade}"'))
    assert fault.code == "missing_resume_rule"
    assert grade in fault.problem


@pytest.mark.parametrize("allow", ['["same_step"]', '["never", "back=1"]', '["back=2"]'])
def test_severe_allows_only_never(allow: str) -> None:
    """F22: severe means never; a hard rule, not a default."""
    found = faults(castells(('allow = ["never"]', f"allow = {allow}")))
    assert "severe_never" in [fault.code for fault in found]


def test_max_times_is_ordered() -> None:
    fault = only(castells(("max_times = 2\n", "")))
    assert (fault.key, fault.code) == ("resume[0].max_times", "missing")


def test_step_without_and_with_unknown_solution() -> None:
    fault = only(castells(step(4, "rate_ml_h = 20", "minutes = 15")))
    assert (fault.key, fault.code) == ("steps[3].solution", "missing")
    fault = only(castells(step(4, 'solution = "bag-9"', "rate_ml_h = 20", "minutes = 15")))
    assert (fault.key, fault.value, fault.code) == ("steps[3].solution", '"bag-9"', "unknown_solution")
    assert "bag-1, bag-2, bag-3" in fault.remedy


def test_more_than_the_bag_holds() -> None:
    """F11: no step draws what is not in the bag."""
    fault = only(castells(step(4, 'solution = "bag-1"', "rate_ml_h = 20", "minutes = 900")))
    assert (fault.key, fault.code) == ("steps[3].minutes", "bag_overdrawn")
    assert "304.375 mL" in fault.problem
    assert "250 mL" in fault.problem


def test_a_bag_may_be_drawn_to_the_last_drop_but_not_further() -> None:
    exact = step(12, 'solution = "bag-3"', "rate_ml_h = 80", "minutes = 174.375")
    assert plan(castells(exact)).total_dose == 600
    fault = only(castells(step(12, 'solution = "bag-3"', "rate_ml_h = 80", "minutes = 174.376")))
    assert (fault.key, fault.code) == ("steps[11].minutes", "bag_overdrawn")


def test_step_up_is_judged_in_dose_per_hour() -> None:
    """F1, (A) D10: 40 to 20 mL/h is less by the rate and 4.96 times more by the dose."""
    change = step(9, 'solution = "bag-3"', "rate_ml_h = 20", "minutes = 15")
    fault = only(castells(change))
    assert (fault.key, fault.code) == ("steps[8].rate_ml_h", "step_up_ceiling")
    assert "4.96" in fault.problem


def test_step_up_of_exactly_the_ceiling_is_allowed() -> None:
    """F1: castells steps up by 2.5 from bag 1 to bag 2, computed without rounding."""
    smaller = castells(("max_step_up_ratio = 2.6", "max_step_up_ratio = 2.5"))
    assert faults(smaller) == ()
    assert {fault.code for fault in faults(castells(("ratio = 2.6", "ratio = 2.49")))} == {"step_up_ceiling"}


def test_dose_rate_ceiling() -> None:
    """(A) D10."""
    fault = only(castells(("max_dose_rate_h = 191", "max_dose_rate_h = 190.487")))
    assert (fault.key, fault.code) == ("steps[11].rate_ml_h", "dose_rate_ceiling")
    assert faults(castells(("max_dose_rate_h = 191", "max_dose_rate_h = 190.488"))) == ()


def test_total_dose_ceiling() -> None:
    """F11, (A) D10: max_total_dose is required and holds."""
    fault = only(castells(("max_total_dose = 630", "max_total_dose = 599.999")))
    assert (fault.key, fault.code) == ("ceilings.max_total_dose", "total_dose_ceiling")
    fault = only(castells(("max_total_dose = 630\n", "")))
    assert (fault.key, fault.code) == ("ceilings.max_total_dose", "missing")


def test_fewer_than_five_counter_units() -> None:
    """F25: a step under five counter units is refused unless ordered by time."""
    short = ('solution = "bag-1"', "rate_ml_h = 1.96", "minutes = 15")
    found = faults(castells(step(1, *short)))
    assert ("steps[0]", "too_few_counter_units") in [(fault.key, fault.code) for fault in found]
    found = faults(castells(step(1, *short, "by_time = true")))
    assert "too_few_counter_units" not in [fault.code for fault in found]
    exact = step(1, 'solution = "bag-1"', "rate_ml_h = 2", "minutes = 15")
    assert faults(castells(exact)) == ()


def test_unattended_at_most_15_minutes() -> None:
    """F5: nobody orders more than 15 min on one grant, and there is no default."""
    fault = only(castells(("unattended_max_min = 15", "unattended_max_min = 15.01")))
    assert (fault.key, fault.code) == ("ceilings.unattended_max_min", "unattended_too_long")
    fault = only(castells(("unattended_max_min = 15\n", "")))
    assert (fault.key, fault.code) == ("ceilings.unattended_max_min", "missing")


def test_long_steps_need_a_pump_that_can_be_renewed_or_stops() -> None:
    """F5: neither renewable nor stopping by itself: steps longer than the grant are refused."""
    pump = dataclasses.replace(PUMP, gapless=False, link_watchdog_s=None)
    fault = only(castells(), Equipment(pump))
    assert (fault.key, fault.code) == ("steps[11]", "step_too_long_unattended")
    assert faults(castells(), Equipment(dataclasses.replace(pump, gapless=True))) == ()


def test_only_the_last_step_of_a_bag_runs_it_empty() -> None:
    fault = only(castells(step(11, 'solution = "bag-3"', "rate_ml_h = 40", 'until = "empty"')))
    assert (fault.key, fault.code) == ("steps[10].until", "until_empty_not_last")


@pytest.mark.parametrize("lines", [(), ("minutes = 15", 'until = "empty"')])
def test_a_step_has_one_end(lines: tuple[str, ...]) -> None:
    assert only(castells(step(4, 'solution = "bag-1"', "rate_ml_h = 20", *lines))).code == "one_end"


def test_a_bag_says_its_drug_once() -> None:
    assert only(castells(("fraction = 0.1\n", "fraction = 0.1\namount = 60\n"))).code == "one_amount"


def test_the_corrected_bag_is_the_last_and_has_something_left() -> None:
    text = castells(step(12, 'solution = "bag-2"', "rate_ml_h = 80", "minutes = 15"))
    assert "corrected_not_last" in [fault.code for fault in faults(text)]
    text = castells(("fraction = 0.1\n", "amount = 8000\n"))
    assert "nothing_left" in [fault.code for fault in faults(text)]


@pytest.mark.parametrize("section", ["assessment", "gate", "after_watch", "ceilings", "gap", "source"])
def test_no_clinical_default(section: str) -> None:
    """A rule that is not ordered refuses the file and names the key (design 3.13)."""
    blocks = castells().split("\n\n")
    kept = [one for one in blocks if not one.startswith((f"[{section}]", f"[[{section}."))]
    found = faults("\n\n".join(kept))
    assert (section, "missing") in [(fault.key, fault.code) for fault in found]


@pytest.mark.parametrize(
    "key", ["ordered_by", "grade_scale", "target_dose", "dose_unit", "route", "drug", "id"]
)
def test_identity_is_complete(key: str) -> None:
    lines = [line for line in castells().splitlines() if not line.startswith(f"{key} =")]
    found = faults("\n".join(lines))
    assert (key, "missing") in [(fault.key, fault.code) for fault in found]


def test_gate_dwell_needs_an_end_and_stop_has_none() -> None:
    """F16: dwell is bounded."""
    assert only(castells(("dwell_max_min = 5\n", ""))).key == "gate.dwell_max_min"
    assert only(castells(('when_closed = "dwell"', 'when_closed = "stop"'))).key == "gate.dwell_max_min"


def test_limits_are_watched_and_relative_ones_have_a_baseline() -> None:
    """F22: relative limits compare with the baseline from before step 1."""
    fault = only(castells(('signal = "spo2"\nbelow = 92', 'signal = "etco2"\nbelow = 92')))
    assert fault.code == "limit_unwatched"
    text = castells(("missing_hold_s = 1200\nbaseline = true", "missing_hold_s = 1200\nbaseline = false"))
    assert {fault.code for fault in faults(text)} == {"limit_without_baseline"}
    assert only(castells(("below = 92", "below = 92\nabove = 99"))).code == "one_kind"


def test_monitors_of_the_bed() -> None:
    """F31: fresh_s is at least twice the interval of the source."""
    signals = frozenset({Signal.HR, Signal.SPO2, Signal.NIBP_SYS})
    slow = MonitorCapabilities("slow", signals, Decimal("7.6"))
    found = faults(castells(), Equipment(PUMP, (slow,)))
    assert [(fault.key, fault.code) for fault in found] == [
        ("signals[0].fresh_s", "stale_by_nature"),
        ("signals[1].fresh_s", "stale_by_nature"),
    ]
    assert "15.2" in found[0].remedy
    assert faults(castells(), Equipment(PUMP, (dataclasses.replace(slow, interval_s=Decimal("7.5")),))) == ()
    deaf = dataclasses.replace(slow, signals=frozenset({Signal.HR}), interval_s=Decimal(5))
    assert {fault.code for fault in faults(castells(), Equipment(PUMP, (deaf,)))} == {"signal_without_source"}


def test_solutions_no_pump_carries() -> None:
    carriers = {name: Carrier("pump-1", PUMP) for name in ("bag-1", "bag-2")}
    fault = only(castells(), Equipment(PUMP, None, carriers))
    assert (fault.value, fault.code) == ('"bag-3"', "solution_without_pump")


def on_three_pumps() -> Equipment:
    names = {"bag-1": "pump-1", "bag-2": "pump-2", "bag-3": "pump-3"}
    return Equipment(PUMP, None, {bag: Carrier(name, PUMP) for bag, name in names.items()})


def with_y_site() -> str:
    return CASTELLS.read_text().replace("y_site_ml = 0", "y_site_ml = 0.5")


def test_f39_several_pumps_need_the_volume_behind_the_y_site() -> None:
    """F23, F39: without it the old solution behind the Y-site would be in no account."""
    found = faults(castells(), on_three_pumps())
    assert [fault.code for fault in found] == ["y_site_missing"] * 3
    assert faults(with_y_site(), on_three_pumps()) == ()


def test_f23_each_step_is_checked_against_the_pump_that_gives_it() -> None:
    """F23: models may differ; only the strong bag's pump cannot run as fast as its steps."""
    slow = dataclasses.replace(PUMP, model="slow", rate_max_ml_h=Decimal(50))
    carriers = dict(on_three_pumps().carriers or {})
    found = faults(
        with_y_site(),
        Equipment(PUMP, None, {**carriers, "bag-3": Carrier("pump-3", slow)}),
    )
    assert [(fault.key, fault.code) for fault in found] == [("steps[11].rate_ml_h", "rate_not_on_pump")]


def test_unused_and_double_solutions() -> None:
    found = faults(castells(('id = "bag-2"', 'id = "bag-1"')))
    assert {"double", "unknown_solution"} <= {fault.code for fault in found}
