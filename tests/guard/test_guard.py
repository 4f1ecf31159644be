"""The guard alone keeps the patient-side bounds when the engine is broken on purpose (F34)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import course, gate, slices
from daemon.engine import events as ev
from daemon.engine import inputs as inp
from daemon.engine.draft import Draft
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.guard.guard import Grant, GrantKind, Guard
from daemon.protocols.plan import Plan
from daemon.runtime.guarding import follow
from drivers.values import Motion, PumpReading, PumpSetting
from simulators.campaign.engine.timing import Timing
from simulators.campaign.engine.world import DIANET, World
from tests.engine.plans import REST, SAME, SMALL_BAGS, plan_of, published, small
from tests.guard.one_pump import PUMP, guard_of, pump_of

D = Decimal
STANDS = PumpReading(Motion.STOPPED, D(0), D("0.1"), D(0), remote=True)


def at_step(number: int, plan: Plan | None = None, counter: str = "0") -> Guard:
    """A guard at the beginning of a step, its pump standing, its bag hung."""
    plan = plan or small()
    guard = guard_of(plan, place=number, hung=plan.step(number).solution)
    return guard.see(PUMP, replace(STANDS, counter_ml=D(counter)), 0)


def grant(step: int, rate: str, limit: str | None, solution: str = "A", kind: str = "start") -> Grant:
    setting = PumpSetting(D(rate), D(limit) if limit is not None else None)
    return Grant(GrantKind(kind), setting, step, solution, PUMP)


def blind(world: World) -> World:
    """The engine is broken: its own checks are not asked, only the guard and the patient count."""
    world.judge = lambda *_args: None
    world.sound = False
    return world


def test_f34_what_the_plan_orders_passes() -> None:
    """F34: the guard does not stand in the way of a correct run."""
    guard = at_step(1)
    assert guard.refuse(grant(1, "60", "2")) == ""
    assert guard.refuse(grant(1, "0.1", "0.1", kind="disarm")) == ""


@pytest.mark.parametrize("limit", [None, "0", "-1"])
@pytest.mark.parametrize("kind", ["start", "change", "renew", "disarm"])
def test_f7_no_setting_without_a_limit_passes(limit: str | None, kind: str) -> None:
    """F7: zero, negative or no limit is an open promise."""
    assert "F7" in at_step(1).refuse(grant(1, "0.1", limit, kind=kind))


@pytest.mark.parametrize(
    ("case", "asked"),
    [
        ("rate above the step", grant(1, "60.01", "1")),
        ("limit above unattended time", grant(1, "60", "2.1")),
        ("limit above unattended time at a lower rate", grant(1, "30", "1.1")),
        ("wrong bag named", grant(1, "60", "1", "B")),
        ("no such step", grant(0, "60", "1")),
        ("beyond the plan", grant(4, "60", "1")),
        ("two steps on", grant(3, "30", "1", "B")),
        ("next step unearned", grant(2, "120", "1")),
        ("disarm at a high rate", grant(1, "61", "0.1", kind="disarm")),
        ("disarm with a large limit", grant(1, "0.1", "0.2", kind="disarm")),
    ],
)
def test_f34_what_the_plan_does_not_order_is_refused(case: str, asked: Grant) -> None:
    """F34, F1: rate, limit, bag and place are judged by the guard's own copy of the plan."""
    assert at_step(1).refuse(asked), case


def test_f1_the_next_bag_in_ml_per_hour_is_not_less() -> None:
    """F1: 120 -> 30 mL/h falls in mL/h and doubles in mg/h: refused until earned and hung."""
    guard = at_step(2)
    assert guard.refuse(grant(3, "30", "1", "B"))
    assert guard.hang(PUMP, "B").refuse(grant(3, "30", "1", "B"))
    assert guard.hang(PUMP, "B").refuse(grant(2, "120", "1", "A"))
    assert guard.hang(PUMP, "B").refuse(grant(2, "120", "1", "B"))


def test_f1_every_pair_of_consecutive_steps_keeps_the_old_rate_off_the_new_bag() -> None:
    """F1: P, every pair of steps of both published plans."""
    for name in ("castells-12-step", "rituximab-12-step"):
        plan = published(name)
        for before, after in zip(plan.steps, plan.steps[1:], strict=False):
            guard = at_step(after.number, plan)
            if before.rate_ml_h > after.rate_ml_h:
                assert guard.refuse(grant(after.number, str(before.rate_ml_h), "0.1", after.solution))
            assert not guard.refuse(grant(after.number, str(after.rate_ml_h), "0.1", after.solution))


def test_f34_a_start_needs_a_pump_read_back_stopped() -> None:
    """F34, F6: unread or running, nothing is started."""
    running = replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(60))
    assert at_step(1).see(PUMP, running, 1).refuse(grant(1, "60", "1"))
    assert guard_of(small(), hung="A").refuse(grant(1, "60", "1"))
    assert at_step(1).see(PUMP, running, 1).refuse(grant(1, "0.1", "0.1", kind="disarm"))


@pytest.mark.parametrize(
    ("ml", "s", "passes"), [("4.5", 270, 1), ("4.4", 270, 1), ("4.3", 270, 0), ("4.5", 269, 0), ("5", 300, 1)]
)
def test_f34_a_place_is_earned_by_ninety_percent_of_minutes_and_volume(ml: str, s: int, passes: int) -> None:
    """F34: the counter and the clock of readbacks, not the engine, raise the place."""
    guard = at_step(1)
    run = replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(60))
    guard = guard.see(PUMP, run, 0).see(PUMP, replace(run, counter_ml=D(ml)), s * 1_000)
    assert (guard.refuse(grant(2, "120", "1", kind="change")) == "") is bool(passes)
    assert guard.passed(grant(2, "120", "1", kind="change")).place == 2


def test_f11_the_total_dose_and_the_bag_bound_every_grant() -> None:
    """F11, F34, (A) D10: cumulative dose plus the grant, and the bag's content, by the guard's own
    account."""
    guard = replace(at_step(3), given_ml={"A": D(15), "B": D("6.45")})
    assert guard.refuse(grant(3, "30", "0.1", "B"))
    assert not replace(guard, given_ml={"A": D(15), "B": D("6.3")}).refuse(grant(3, "30", "0.1", "B"))
    assert replace(at_step(1), given_ml={"A": D(100)}).refuse(grant(1, "60", "1"))


def test_f34_a_persons_choice_needs_a_name_and_never_rises() -> None:
    """F34: the place falls with a named choice and rises by no choice."""
    guard = replace(at_step(2), place_ml=D(5), place_ms=1, ran=True)
    assert guard.choose(1, whole=True, by=" ").place == 2
    assert guard.choose(3, whole=True, by="ann").place == 2
    assert guard.choose(1, whole=True, by="ann").place == 1
    assert guard.choose(2, whole=True, by="ann").place_ml == 0
    assert guard.choose(2, whole=False, by="ann").place_ml == D(5)
    running = guard.see(PUMP, replace(STANDS, motion=Motion.INFUSING), 1)
    assert running.choose(1, whole=True, by="ann").place == 2, "nothing is chosen for a running pump"
    assert replace(guard, choices=999).choose(1, whole=True, by="ann").place == 2


def test_f34_a_counter_that_falls_is_bounded_from_above() -> None:
    """F26, F34: a fallen counter adds rate x time and two units, never nothing."""
    run = replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(60), counter_ml=D(10))
    guard = at_step(1, counter="10").see(PUMP, run, 0).see(PUMP, replace(run, counter_ml=D(0)), 60_000)
    assert guard.given_ml["A"] >= D(1)
    assert guard.place_ml >= D(1)


Mutation = Callable[[pytest.MonkeyPatch], None]


def early(patch: pytest.MonkeyPatch) -> None:
    """Every step is full after 20 s."""
    patch.setattr(slices, "full", lambda state: state.account.proven_ms > 20_000)


def whole(patch: pytest.MonkeyPatch) -> None:
    """The whole step in one grant."""
    patch.setattr(slices, "slice_ml", lambda state, _now: state.goal_ml)


def fast(patch: pytest.MonkeyPatch) -> None:
    """The next step's rate in this step."""

    def setting(state: RunState, now: int) -> PumpSetting:
        following = state.plan.steps[min(state.step, len(state.plan.steps) - 1)]
        return PumpSetting(following.rate_ml_h, slices.slice_ml(state, now))

    patch.setattr(course, "setting", setting)


def no_bag_change(patch: pytest.MonkeyPatch) -> None:
    """A change of bag is taken for a change of rate."""

    def end_step(draft: Draft, *, last: bool) -> None:
        course.emit_ended(draft)
        course.begin_step(draft, draft.state.current.number)
        draft.order(ev.OrderKind.CHANGE, course.setting(draft.state, draft.now))

    patch.setattr(course, "end_step", end_step)


def never_full(patch: pytest.MonkeyPatch) -> None:
    """A step never ends and its remainder never shrinks."""
    patch.setattr(slices, "full", lambda _state: False)
    patch.setattr(slices, "over", lambda _state, _now: False)
    patch.setattr(slices, "remainder_ml", lambda state: state.goal_ml)


def skip(patch: pytest.MonkeyPatch) -> None:
    """Steps are numbered by two."""
    begin = course.begin_step
    patch.setattr(course, "begin_step", lambda draft, step: begin(draft, 2 if step == 1 else step))


@pytest.mark.parametrize("mutation", [early, whole, fast, no_bag_change, never_full, skip])
def test_f34_mutated_engines_are_refused_and_held(
    mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F34: the guard alone: refusal, alarm, hold; dose per step and dose rate stay inside the plan."""
    mutation(monkeypatch)
    world = blind(World(small(), timing=Timing(300))).start()
    world.run(700_000)
    assert world.phase() is Phase.HELD, world.why()
    assert "held_guard" in world.alarms()
    assert world.motion() is Motion.STOPPED
    # place 1 earns 60 mg/h, a rightly earned place 2 earns 120 mg/h
    assert world.peak_dose_rate <= (D(60) if mutation is not no_bag_change else D(120))
    bound = {"never_full": D(5) + D(1)}.get(mutation.__name__, D("17"))
    assert world.flowed_dose() <= bound


def test_f34_a_closed_gate_is_not_the_guards_business_but_its_bounds_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F34: an engine without a gate still never gives more than the plan."""
    monkeypatch.setattr(gate, "reasons", lambda _state, _now: ())
    world = blind(World(small(), timing=Timing(300))).start()
    world.run_until(Phase.COMPLETED)
    assert world.flowed_dose() <= D(70)


def test_f34_double_resume_is_refused_by_the_guard_alone() -> None:
    """F34: one named choice is one fresh step; a broken engine repeating it gains nothing."""
    guard = at_step(1)
    resumed = ev.Resumed(SAME, 1, 0, "continue", "ann", "", "well")  # type: ignore[arg-type]
    given = D(0)
    counter = D(0)
    for turn in range(10):
        guard = follow(guard, resumed, turn)
        for _ in range(20):
            asked = grant(1, "60", "2", kind="renew")
            if guard.refuse(asked):
                break
            guard = guard.passed(asked)
            counter += 2
            given += 2
            reading = replace(STANDS, motion=Motion.INFUSING, rate_ml_h=D(60), counter_ml=counter)
            guard = guard.see(PUMP, reading, 0)
    assert given <= D(5) + D(5) + D(2)


def test_f34_the_replayed_guard_is_the_live_guard() -> None:
    """F34: an order the guard refused does not raise its place after a restart."""
    guard = at_step(1)
    order = ev.SettingOrdered(1, ev.OrderKind.CHANGE, PumpSetting(D(120), D(1)), 2, "A", PUMP)
    assert guard.refuse(Grant(GrantKind.CHANGE, order.setting, 2, "A", PUMP))
    guard = follow(guard, order, 1)
    assert guard.place == 1


def test_f34_live_and_replayed_guard_agree_over_holds_and_resumes() -> None:
    """F34: place, bag and counted volume after a run with holds, back and rest."""
    world = World(small(), timing=Timing(300)).start()
    for choice in (REST, SAME, REST):
        world.run(60_000)
        world.do(inp.HoldNow, reason="")
        world.run(4_000)
        assert not world.resume(choice, witness="bob").startswith("no: ")
    world.run_until(Phase.AWAITING_SOLUTION)
    _state, guard = world.replayed()
    assert (guard.place, pump_of(guard).hung, guard.given_ml) == (
        world.guard.place,
        pump_of(world.guard).hung,
        world.guard.given_ml,
    )
    assert abs(guard.place_ml - world.guard.place_ml) <= DIANET.counter_unit_ml


def test_a_stale_refusal_changes_nothing() -> None:
    """DESIGN 3.5: a refusal of an order that is no longer pending is history."""
    world = World(small(), timing=Timing(300)).start()
    world.run(30_000)
    world.give(inp.GuardRefused(0, "old"))
    assert world.phase() is Phase.INFUSING


def test_f34_a_refusal_is_a_high_alarm_and_a_hold() -> None:
    """F34: never a silent clamp."""
    world = World(small(), timing=Timing(300)).start()
    world.disk_on = False
    world.run(100_000)
    world.disk_on = True
    pending = world.state.pump.pending
    assert pending is not None
    world.give(inp.GuardRefused(pending.order, "test"))
    assert world.phase() is Phase.HELD
    assert "held_guard" in world.state.alarms


def test_f27_f34_two_steps_of_one_rate_by_hand_are_two_places() -> None:
    """F27, F34: told the next step at the same rate, the place rises when its limit is set and not before."""
    plan = plan_of((("A", "60", "1"), ("A", "60", "1"), ("A", "120", "1")), SMALL_BAGS)
    guard = replace(guard_of(plan, hung="A"), by_hand=True)

    def after(now_s: int, limit_left_ml: str) -> Guard:
        """One mL a minute."""
        counter = (D(now_s) / 60).quantize(D("0.1"), "ROUND_DOWN")
        reading = PumpReading(Motion.INFUSING, D(60), D(limit_left_ml), counter, remote=True)
        return guard.see(PUMP, reading, now_s * 1000)

    guard = guard.passed(Grant(GrantKind.START, PumpSetting(D(60), D("1.5")), 1, "A", PUMP))
    guard = guard.see(PUMP, PumpReading(Motion.STOPPED, D(0), D("1.5"), D(0), remote=True), 0)
    guard = after(0, "1.5")
    for second in range(1, 61):
        guard = after(second, str(D("1.5") - (D(second) / 60).quantize(D("0.1"), "ROUND_DOWN")))
    assert (guard.place, guard.told) == (1, None)
    guard = guard.passed(Grant(GrantKind.CHANGE, PumpSetting(D(60), D("1.6")), 2, "A", PUMP))
    guard = after(66, "0.4")
    assert guard.place == 1, "nobody has set it yet"
    guard = after(72, "1.6")
    assert (guard.place, guard.place_ml) == (2, D(0))


def test_f26_f34_what_a_counter_leapt_by_is_over_where_a_person_begins_the_step_again() -> None:
    """F26, F34: nobody saw the motor turn, but 1.75 mL are counted: the whole step may be begun once more."""
    guard = at_step(1)
    again = guard.choose(1, whole=True, by="ann")
    assert again == guard, "nothing ran and nothing was counted: nothing to begin again"
    leapt = guard.see(PUMP, replace(STANDS, counter_ml=D("1.75")), 300)
    assert leapt.place_ml == D("1.75")
    chosen = leapt.choose(1, whole=True, by="ann")
    assert (chosen.place_ml, chosen.choices) == (D(0), 1)
    assert chosen.given_ml["A"] == D("1.75"), "the bag and the total dose keep it"
    assert chosen.choose(1, whole=True, by="ann") == chosen
