"""The status as text: every mode, nothing guessed, 80 columns."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine.alarm_view import AlarmView
from daemon.engine.phases import Mode
from daemon.engine.state import GapView, RunState
from daemon.engine.watched import SignalView
from daemon.terminal.figures import clock_of
from daemon.terminal.sentences import INSTRUCTIONS
from daemon.terminal.status import status_text
from drivers.values import Motion, PumpAlarm, Signal, Validity
from tests.terminal import beds

ROWS = 23


def text(state: RunState, **changes: object) -> str:
    return status_text(beds.seen(state, **changes), 1000)


def line(state: RunState, label: str) -> str:
    """The sentence behind a label, unwrapped."""
    rows = text(state).splitlines()
    at = next(n for n, row in enumerate(rows) if row.startswith(label))
    parts = [rows[at][9:]]
    for row in rows[at + 1 :]:
        if not row.startswith(" " * 9):
            break
        parts.append(row.strip())
    return " ".join(parts)


def test_every_mode_is_among_the_states() -> None:
    assert {state.mode for state in beds.EVERY.values()} == set(Mode)


@pytest.mark.parametrize("name", beds.EVERY)
def test_fits_80_columns_and_24_rows(name: str) -> None:
    told = status_text(beds.seen(beds.EVERY[name]), ROWS)
    assert max(map(len, told.splitlines())) <= 80
    assert len(told.splitlines()) <= ROWS


@pytest.mark.parametrize("name", beds.EVERY)
def test_mode_stands_first_and_simulated_is_never_hidden(name: str) -> None:
    """F8, F36."""
    for rows in (ROWS, 1000):
        told = status_text(beds.seen(beds.EVERY[name]), rows).splitlines()
        assert beds.EVERY[name].mode in told[1] + told[2]
        assert told[0].endswith("SIMULATED")


def test_speed_and_no_mark_on_a_real_run() -> None:
    """F36."""
    assert "SIMULATED x60" in text(beds.RUNNING, speed=60)
    assert "SIMULATED" not in text(beds.RUNNING, simulated=False)


def test_running() -> None:
    told = text(beds.RUNNING)
    assert "AUTOMATIC · infusing · 3 min" in told
    assert line(beds.RUNNING, "Step") == "9 of 12 · bag-3 · 10 mL/h = ≈23.81 mg/h · 15 min left"
    assert line(beds.RUNNING, "Next") == "step 10 · bag-3 · 20 mL/h = ≈47.62 mg/h · 15 min"
    assert line(beds.RUNNING, "Pump") == (
        "pump-1 linked · INFUSING 10 mL/h, 2.5 mL to its limit · no pump alarm"
    )
    assert "BP sys 124 mmHg (4 min ago, base 125)" in told
    assert "infusiond hold" in told


def test_dose_shows_one_figure_its_bounds_and_the_target() -> None:
    dose = {"low": Decimal("12.3101"), "high": Decimal("12.3599"), "unit": "mg", "target": Decimal(600)}
    assert "Given    12.34 mg (12.31\N{EN DASH}12.36) of 600 mg" in text(beds.RUNNING, dose=dose)


def test_ready_spells_the_commands_out() -> None:
    told = text(beds.READY)
    assert "infusiond confirm solution --pump pump-1 --by NAME --witness NAME\n" in told
    assert "infusiond confirm patient --patient ID --by NAME\n" in told
    assert "infusiond confirm line --by NAME\n" in told


def test_bag_change_names_the_bag_and_the_command() -> None:
    assert "Hang solution bag-3 on pump-1, then:" in text(beds.BAG_CHANGE)
    assert "infusiond confirm solution --pump pump-1 --by NAME --witness NAME\n" in text(beds.BAG_CHANGE)
    assert line(beds.BAG_CHANGE, "Gap").startswith("drug off 2 min; may simply go on for")


def test_gate_reasons_are_words_a_nurse_knows() -> None:
    """F16."""
    assert line(beds.SHUT, "Gate") == (
        "SHUT: blood pressure (systolic) is too old: measure again; "
        "the assessment is overdue (infusiond confirm assessment --by NAME); pump alarm: line blocked"
    )
    assert "nibp_sys" not in text(beds.SHUT)


def test_an_unknown_gate_code_is_shown_as_it_is() -> None:
    assert "SHUT: moon:full" in text(beds.RUNNING, gate=["moon:full"])


def test_a_gate_nobody_judges_is_not_called_open() -> None:
    assert line(beds.RUNNING, "Gate") == "open"
    assert line(beds.MANUAL, "Gate") == "not judged in this phase"


@pytest.mark.parametrize("name", ["held", "reaction", "unconfirmed", "stop sent"])
def test_f03_a_hold_says_first_what_to_do_with_the_line(name: str) -> None:
    for rows in (ROWS, 1000):
        told = status_text(beds.seen(beds.EVERY[name]), rows)
        places = [told.index(instruction) for instruction in INSTRUCTIONS]
        assert places == sorted(places)
        assert places[-1] < told.index("Held ")
        assert told.count(INSTRUCTIONS[0]) == 1


def test_f03_a_hold_says_it_whatever_is_to_do() -> None:
    told = text(beds.HELD, todo="Is the last bag empty? Then: infusiond confirm empty --by NAME.")
    assert told.index(INSTRUCTIONS[0]) < told.index("Is the last bag empty?")
    assert "\n         infusiond confirm empty --by NAME\n" in told


@pytest.mark.parametrize("name", ["running", "bag change", "done", "ready"])
def test_no_line_instructions_where_nothing_is_held(name: str) -> None:
    assert INSTRUCTIONS[0] not in text(beds.EVERY[name])


def test_f21_a_hold_shows_causes_choices_with_commands_and_the_gap() -> None:
    told = text(beds.HELD)
    assert "HELD · drug stopped · 3 min · held by a person" in told
    assert '  infusiond resume --choice rest_of_step --by NAME --reason "WHY"   rest of 9\n' in told
    assert "infusiond manual --by NAME   or   infusiond abort --by NAME" in told
    assert line(beds.HELD, "Gap").startswith("drug off 3 min; may simply go on for")


def test_f22_severe_leaves_no_resume_and_says_why() -> None:
    told = text(beds.REACTION)
    assert "reaction (severe)" in told
    assert "NO RESUME IS ALLOWED" in told
    assert "--choice" not in told
    assert "a severe reaction is never resumed" in line(beds.REACTION, "Refused")
    assert "reaction (severe): never resumed" in line(beds.REACTION, "Refused")
    assert "blood pressure (systolic) 81, limit: 90 or below" in line(beds.REACTION, "Held")
    assert "SpO2 missing (off or sensor off) for 31 s" in line(beds.REACTION, "Held")


def test_f20_an_unknown_gap_is_unknown_and_needs_two() -> None:
    unknown = replace(beds.HELD, gap=GapView(open_from_ms=0, unknown=True))
    assert "how long the drug was off is UNKNOWN" in line(unknown, "Gap")
    allowed = [{"choice": "same_step", "step": 9, "witness": True, "stretch": None}]
    told = beds.seen(unknown)
    told["hold"]["allowed"] = allowed
    assert "--choice same_step" in (row := status_text(told, 1000).split("resume ")[2].splitlines()[0])
    assert row.endswith("--witness NAME")


def test_f10_not_confirmed_stopped_says_since_when_and_never_held_or_stopped() -> None:
    told = text(beds.UNCONFIRMED)
    since = clock_of(beds.UTC, 3)
    assert f"STOP NOT CONFIRMED since {since} · DRUG MAY BE RUNNING" in told
    assert "PRESS STOP ON THE PUMP." in told.split("CLAMP")[0]
    assert "infusiond confirm stopped --by NAME" in told
    assert "drug stopped" not in told
    assert "HELD" not in told


def test_f10_a_stop_on_its_way_is_not_confirmed_either() -> None:
    assert "STOP NOT CONFIRMED · DRUG MAY BE RUNNING" in text(beds.STOP_SENT)


def test_f08_a_held_pump_not_seen_stopped_is_not_called_stopped() -> None:
    moving = replace(beds.HELD, pump=replace(beds.STOPPED, stopped=False))
    assert "PUMP NOT SEEN STOPPED" in text(moving)
    assert "drug stopped" not in text(moving)


def test_f06_a_stopped_pump_at_its_old_rate_is_a_warning() -> None:
    armed = replace(beds.HELD, pump=replace(beds.STOPPED, disarmed=False))
    assert "NOT AT ITS LOWEST RATE: do not press START" in line(armed, "Pump")
    assert "at its lowest rate" in line(beds.HELD, "Pump")


def test_a_pump_that_does_not_answer_is_not_live() -> None:
    assert line(beds.UNCONFIRMED, "Pump") == (
        "pump-1 DOES NOT ANSWER; last seen INFUSING 10 mL/h, 2.5 mL to its limit 8 s ago, NOT LIVE"
    )
    never = replace(beds.READY, pump=replace(beds.STOPPED, reading=None, linked=False))
    assert line(never, "Pump") == "pump-1 has never been read: what it does is unknown"


def test_pump_dangers_are_told() -> None:
    """F7, F15."""
    pump = beds.pump(Motion.INFUSING, "40", None, certain=False)
    assert pump.reading is not None
    pump = replace(
        pump,
        reading=replace(pump.reading, alarms=frozenset({PumpAlarm.AIR}), mains=False),
        approved=beds.INFUSING.approved,
    )
    told = line(replace(beds.RUNNING, pump=pump), "Pump")
    for part in ("40 mL/h (approved 10)", "WITHOUT VOLUME LIMIT", "UNCERTAIN", "air in the line", "BATTERY"):
        assert part in told


def test_vitals_missing_stale_and_at_the_limit() -> None:
    """F31."""
    signals = {
        Signal.HR: SignalView(None, Validity.NOT_PRESENT, None),
        Signal.SPO2: SignalView(Decimal("89.6"), Validity.VALID, beds.NOW - 1000),
        Signal.NIBP_SYS: SignalView(None, Validity.INACTIVE, beds.NOW - 16 * beds.MINUTE),
    }
    state = replace(
        beds.RUNNING, signals=signals, gate_shut=("hr:missing", "spo2:limit", "nibp_sys:inactive")
    )
    told = line(state, "Vitals")
    assert "HR -- /min NOT CONNECTED (never measured, base 70)" in told
    assert "SpO2 89.6 % AT LIMIT" in told
    assert "BP sys -- mmHg OFF OR SENSOR OFF (last good 16 min ago, base 125)" in told


def test_f35_a_value_from_before_a_restart_has_no_age_and_says_so() -> None:
    signals = {Signal.NIBP_SYS: SignalView(Decimal(126), Validity.VALID, None)}
    told = line(replace(beds.OBSERVING, signals=signals), "Vitals")
    assert told == "BP sys 126 mmHg AGE UNKNOWN (age unknown, base 125)"


@pytest.mark.parametrize("name", ["after", "done", "aborted"])
def test_after_the_end_nothing_is_said_to_run_or_to_follow(name: str) -> None:
    ended = replace(beds.EVERY[name], gap=GapView(closed=((beds.NOW - 9 * beds.MINUTE, beds.NOW),)))
    told = text(ended)
    assert "Gap " not in told
    assert " left\n" not in told
    assert "step 10" not in told


def test_a_gap_that_is_over_is_not_called_a_gap_now() -> None:
    closed = ((beds.NOW - 20 * beds.MINUTE, beds.NOW - 10 * beds.MINUTE),)
    told = line(replace(beds.RUNNING, gap=GapView(closed=closed)), "Gap")
    assert told == "the drug was off 10 min lately; the gap rule now orders: go on"


def test_alarms_sorted_with_text_since_and_who_saw_them() -> None:
    told = text(beds.REACTION)
    order = ["!!! HIGH 3 min", "!!! HIGH 2 min", "!! MEDIUM 2 min", "! LOW 1 min"]
    assert [told.index(mark) for mark in order] == sorted(told.index(mark) for mark in order)
    assert "Seen by Ann." in told
    assert "[held_reaction]" in told


def test_alarms_without_room_are_counted() -> None:
    many = {name: AlarmView(beds.NOW, "") for name in list(beds.REACTION.alarms)}
    many |= {name: AlarmView(beds.NOW, "") for name in ("pump_lost", "journal_broken", "hand_more")}
    told = status_text(beds.seen(replace(beds.REACTION, alarms=many)), 20)
    assert "!!! HIGH" in told
    shown = sum(row.startswith("!") for row in told.splitlines())
    assert f"+ {len(many) - shown} MORE ALARMS" in told


def test_observing_manual_and_done() -> None:
    assert "infusiond confirm running --by NAME\n" in text(beds.OBSERVING)
    assert "MANUAL · the pump is driven by hand" in text(beds.MANUAL)
    assert "infusiond automatic --by NAME --witness NAME" in text(beds.MANUAL)
    assert "DONE · run completed" in text(beds.DONE)
    assert "DONE · run aborted" in text(beds.ABORTED)


def test_a_bench_says_so() -> None:
    """On every status, simulated or not."""
    assert text(beds.RUNNING, bench=True).splitlines()[0].endswith("SIMULATED  BENCH, NOT FOR PATIENTS")
    assert "BENCH" not in text(beds.RUNNING)


def test_work_that_is_due_soon_is_told_before_it_is_an_alarm() -> None:
    """F16: an end of a step, an assessment or a missing baseline within five minutes."""
    due = [
        {"id": "assessment_due", "in_s": 0, "text": "An assessment is due."},
        {"id": "bag_ends", "in_s": 250, "text": "The bag ends."},
    ]
    told = text(beds.RUNNING, notices=due)
    assert "Soon     now: An assessment is due. · in 4 min: The bag ends." in told
    assert "Soon" not in text(beds.RUNNING, notices=[])
