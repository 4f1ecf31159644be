from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.bodies.bag import SALINE, Bag, Portion, Solution
from simulators.bodies.bedside import Bedside, Lane
from simulators.bodies.line import Line
from simulators.bodies.patient import Patient, PatientOptions
from simulators.bodies.pump import PumpBody
from simulators.bodies.pump_options import PumpOptions
from simulators.bodies.reaction import ReactionOptions

D = Decimal
EXACT = PumpOptions(flow_error=D(0), ramp_s=D(0), stop_s=D(0))
BAGS = {"1": D("0.024"), "2": D("0.24"), "3": D("2.3811")}
BRIGHAM = {"1": ("2", "5", "10", "20"), "2": ("5", "10", "20", "40"), "3": ("10", "20", "40", "80")}
DEAD_SPACE = {
    "2": (31.5, 19.5, 12.0),
    "5": (47.2, 33.8, 22.5),
    "10": (69.0, 46.9, 33.8),
    "15": (96.0, 54.4, 41.2),
    "20": (108.0, 67.5, 46.9),
    "25": (115.5, 86.2, 50.6),
}


def make_bed(dead_ml: str = "0", reaction: ReactionOptions | None = None, seed: int = 0) -> Bedside:
    bags = {name: Bag(Solution(name, strength), D(250)) for name, strength in BAGS.items()}
    patient = Patient(PatientOptions(), reaction or ReactionOptions(), random.Random(seed))
    bed = Bedside([Lane(PumpBody(bags["1"], EXACT), Line(D(dead_ml)))], patient)
    bed.bags.update(bags)
    return bed


@pytest.mark.parametrize("dead_ml", DEAD_SPACE)
def test_f39_fronts_arrive_as_the_dead_space_table_says(dead_ml: str) -> None:
    bed = make_bed(dead_ml)
    pump = bed.lanes[0].pump
    step_s = D(3)
    hung_at: dict[str, Decimal] = {}
    fronts: dict[str, Decimal] = {}
    now_s = D(0)
    for name, rates in BRIGHAM.items():
        bed.hang(name, primed=False)
        hung_at[name] = now_s
        for rate in rates:
            pump.set_rate(D(rate))
            assert pump.start()
            for _ in range(15 * 60 // int(step_s)):
                pump.advance(step_s)
                now_s += step_s
                for left in pump.drain():
                    for out in bed.lanes[0].line.push(left):
                        fronts.setdefault(out.solution.id, now_s)
    minutes = [float(fronts[name] - hung_at[name]) / 60 for name in BRIGHAM]
    assert minutes == pytest.approx(DEAD_SPACE[dead_ml], abs=0.11)


@given(
    st.decimals(D(0), D(25), places=1),
    st.lists(st.tuples(st.sampled_from(sorted(BAGS)), st.decimals(D("0.001"), D(20), places=3)), max_size=20),
)
def test_plug_flow_loses_nothing_and_keeps_the_order(
    dead_ml: Decimal, pushes: list[tuple[str, Decimal]]
) -> None:
    line = Line(dead_ml)
    came: list[Portion] = []
    for name, volume in pushes:
        came += line.push(Portion(Solution(name, BAGS[name]), volume))
    inside = sum((plug.volume_ml for plug in line.contents), D(0))
    assert inside == dead_ml
    assert sum((out.volume_ml for out in came), D(0)) == sum((volume for _, volume in pushes), D(0))
    order = [part.solution.id for part in (*came, *line.contents) if part.volume_ml > 0]
    expected = ([SALINE.id] if dead_ml else []) + [name for name, _ in pushes]
    assert _runs(order) == _runs(expected)


def _runs(names: list[str]) -> list[str]:
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]


def test_the_bed_keeps_both_accounts() -> None:
    bed = make_bed(dead_ml="5")
    pump = bed.lanes[0].pump
    pump.set_rate(D(60))
    assert pump.start()
    bed.advance(D(600))
    assert bed.left.volume_ml["1"] == pytest.approx(D(10))
    assert bed.reached.volume_ml[SALINE.id] == pytest.approx(D(5))
    assert bed.reached.dose["1"] == pytest.approx(5 * BAGS["1"])
    assert bed.left.total_dose == pytest.approx(10 * BAGS["1"])


def test_a_primed_line_brings_the_new_solution_at_once() -> None:
    bed = make_bed(dead_ml="20")
    pump = bed.lanes[0].pump
    bed.hang("2")
    pump.set_rate(D(60))
    assert pump.start()
    bed.advance(D(60))
    assert set(bed.reached.volume_ml) == {"2"}


def test_a_bag_hung_again_holds_what_it_held() -> None:
    bed = make_bed()
    pump = bed.lanes[0].pump
    pump.set_rate(D(60))
    assert pump.start()
    bed.advance(D(3600))
    bed.hang("2")
    assert bed.hang("1").content_ml == pytest.approx(D(190))


def test_f23_two_lanes_share_the_limb_behind_the_y() -> None:
    lanes = [Lane(PumpBody(Bag(Solution(name, D(1)), D(50)), EXACT), Line(D(1))) for name in "AB"]
    bed = Bedside(lanes, Patient(PatientOptions(), ReactionOptions()), common=Line(D(2)))
    lanes[0].pump.set_rate(D(60))
    assert lanes[0].pump.start()
    bed.advance(D(300))
    lanes[0].pump.stop()
    lanes[1].pump.set_rate(D(60))
    assert lanes[1].pump.start()
    assert bed.pumps_moving == 1
    bed.advance(D(300))
    assert bed.reached.volume_ml["A"] == pytest.approx(D(4))
    assert bed.reached.volume_ml["B"] == pytest.approx(D(2))


def run_reaction(grade: int, seed: int = 0, *, minutes: int = 20) -> Bedside:
    bed = make_bed(reaction=ReactionOptions(react_at_min=D(1), grade=grade, onset_s=60), seed=seed)
    bed.lanes[0].pump.set_rate(D(60))
    assert bed.lanes[0].pump.start()
    bed.advance(D(minutes * 60))
    return bed


def test_grades_look_like_their_grade() -> None:
    one, two = run_reaction(1).patient.vitals, run_reaction(2).patient.vitals
    assert 80 < one.hr < 93
    assert one.sys > 110
    assert one.spo2 > 95
    assert 98 < two.hr < 116
    assert 91 < two.spo2 < 95
    assert 95 < two.sys < 108


def test_grade_3_is_hypotension_with_fast_or_slow_pulse() -> None:
    fast = slow = 0
    for seed in range(40):
        vitals = run_reaction(3, seed, minutes=8).patient.vitals
        assert 44 < vitals.sys < 76
        assert 79 < vitals.spo2 < 89
        fast += 122 < vitals.hr < 152
        slow += 42 < vitals.hr < 58
    assert fast + slow == 40
    assert 4 <= slow <= 17


@pytest.mark.parametrize("trigger", ["rate", "dose"])
def test_drug_at_the_patient_triggers_and_its_end_lets_recover(trigger: str) -> None:
    chosen = ReactionOptions(
        trigger_dose_rate_h=D(9) if trigger == "rate" else D(0),
        trigger_dose=D(0) if trigger == "rate" else D("0.3"),
        grade=2,
        onset_s=30,
    )
    bed = make_bed(dead_ml="2", reaction=chosen)
    pump = bed.lanes[0].pump
    bed.hang("2", primed=False)
    pump.set_rate(D(40))
    assert pump.start()
    bed.advance(D(170))
    assert not bed.patient.reaction.active, "only saline has reached the patient"
    bed.advance(D(600))
    assert bed.patient.reaction.intensity == 1
    pump.stop()
    bed.advance(D(120))
    assert bed.patient.reaction.intensity == 1
    bed.advance(D(3600))
    assert bed.patient.reaction.intensity < 0.05


def test_below_the_threshold_nothing_happens() -> None:
    bed = make_bed(reaction=ReactionOptions(trigger_dose_rate_h=D(9), onset_s=0))
    pump = bed.lanes[0].pump
    bed.hang("2")
    pump.set_rate(D(37))
    assert pump.start()
    bed.advance(D(3600))
    assert bed.patient.reaction.intensity == 0


def test_treatment_speeds_recovery() -> None:
    left = {}
    for treated in (False, True):
        bed = run_reaction(3)
        bed.lanes[0].pump.stop()
        bed.advance(D(2))
        if treated:
            bed.patient.reaction.treat()
        bed.advance(D(600))
        left[treated] = bed.patient.reaction.intensity
    assert left[True] < 0.2 < left[False]


def test_one_seed_one_course_however_time_is_cut() -> None:
    whole, parts, other = run_reaction(2, 7), make_bed(), run_reaction(2, 8)
    parts = make_bed(reaction=ReactionOptions(react_at_min=D(1), grade=2, onset_s=60), seed=7)
    parts.lanes[0].pump.set_rate(D(60))
    assert parts.lanes[0].pump.start()
    for _ in range(4000):
        parts.advance(D("0.3"))
    assert parts.patient.vitals == whole.patient.vitals
    assert parts.patient.cuff.reading == whole.patient.cuff.reading
    assert other.patient.vitals != whole.patient.vitals


def test_cuff_cycles() -> None:
    patient = Patient(PatientOptions(nibp_interval_s=300, noise=0), ReactionOptions())
    measuring, taken = 0, set()
    for _ in range(1200):
        patient.advance(D(1))
        measuring += patient.cuff.measuring
        if patient.cuff.reading is not None:
            taken.add(patient.cuff.reading.taken_s)
    assert sorted(taken) == [29, 329, 629, 929]
    assert measuring == 4 * 28


def test_cuff_finds_no_pulse_in_collapse() -> None:
    patient = Patient(PatientOptions(sys=40.0, noise=0), ReactionOptions())
    patient.advance(D(40))
    assert patient.cuff.reading is not None
    assert patient.cuff.reading.sys is None
