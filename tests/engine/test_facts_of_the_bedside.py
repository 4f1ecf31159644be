"""What each fact of the bedside changes in what is confirmed there, field by field (F4, F9, F12, F13)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from daemon.engine import events as ev
from daemon.engine.bedside import Check
from daemon.engine.codes import Mismatch
from daemon.engine.evolve import evolve
from daemon.engine.line import Handling
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from tests.engine.facts import told
from tests.engine.stories import infusing

D = Decimal
AT = 900_000
HOUR = 3_600_000


@pytest.fixture(scope="module")
def run() -> RunState:
    """Everything was confirmed once, at 1; two wrong codes since."""
    state = infusing().state
    bedside = replace(
        state.bedside,
        checked=dict.fromkeys(Check, 1),
        paired_ms={"pump 1": 1},
        wrong_codes=2,
        patient_due=True,
        vitals_due=True,
        sound="terminal",
    )
    return replace(state, bedside=bedside)


def test_f13_a_wrong_code_counts_until_the_right_one(run: RunState) -> None:
    assert told(run, ev.CodeRefused(Mismatch.MISTYPED, "ann"), AT) == {"bedside.wrong_codes": 3}
    right = ev.SolutionConfirmed("A", "ann", "pump 1", True, D(60), "bob", False)
    after = evolve(replace(run, undated=frozenset({"A", "B"})), right, AT)
    assert after.bedside.wrong_codes == 0
    assert after.bedside.checked[Check.SOLUTION] == AT
    assert after.bedside.paired_ms == {"pump 1": AT}
    assert after.expires_ms["A"] == AT + 23 * HOUR, "stable for 24 h, made an hour ago"
    assert after.undated == frozenset({"B"})


def test_f12_each_confirmation_has_its_time_and_ends_what_was_due(run: RunState) -> None:
    checked = dict.fromkeys(Check, 1)
    patient = told(run, ev.PatientConfirmed("ann"), AT)
    assert patient == {"bedside.checked": checked | {Check.PATIENT: AT}, "bedside.patient_due": False}
    vitals = told(run, ev.VitalsConfirmed("ann"), AT)
    assert vitals == {"bedside.checked": checked | {Check.VITALS: AT}, "bedside.vitals_due": False}
    assert told(run, ev.SoundConfirmed("ann"), AT) == {"bedside.checked": checked | {Check.SOUND: AT}}
    assert told(run, ev.Assessed("ann"), AT) == {"assessed_ms": AT}


def test_f9_another_annunciator_was_heard_by_nobody(run: RunState) -> None:
    unheard = {check: 1 for check in Check if check is not Check.SOUND}
    found = told(run, ev.SoundFound("ward"), AT)
    assert found == {"bedside.checked": unheard, "bedside.sound": "ward"}
    gone = told(run, ev.SoundGone("x"), AT)
    assert gone == {"bedside.checked": unheard, "bedside.sound": ""}


def test_f12_f40_checks_that_begin_anew_begin_with_nothing(run: RunState) -> None:
    """F12, F40: a change of bags asks for the patient again; any other phase leaves what was confirmed."""
    anew = evolve(replace(run, phase=Phase.HELD), ev.PhaseEntered(Phase.CHECKING, "x"), AT).bedside
    assert (anew.checked, anew.paired_ms, anew.wrong_codes) == ({}, {}, 0)
    quiet = replace(run, bedside=replace(run.bedside, patient_due=False))
    bag = evolve(quiet, ev.PhaseEntered(Phase.AWAITING_SOLUTION, "x"), AT).bedside
    assert (bag.patient_due, bag.wrong_codes, bag.checked) == (True, 0, quiet.bedside.checked)
    assert evolve(quiet, ev.PhaseEntered(Phase.AFTER_WATCH, "x"), AT).bedside == quiet.bedside


def test_f12_what_a_person_confirms_begins_the_checks(run: RunState) -> None:
    planned = replace(run, phase=Phase.PLANNED)
    assert evolve(planned, ev.PatientConfirmed("ann"), AT).phase is Phase.CHECKING
    assert evolve(planned, ev.SoundFound("x"), AT).phase is Phase.PLANNED


def test_f4_a_line_is_confirmed_by_name_and_as_it_is_now(run: RunState) -> None:
    same = evolve(run, ev.LineConfirmed("eve", Handling.CONNECTED, D(0)), AT)
    assert (same.line_by, same.line, same.bedside.checked[Check.LINE]) == ("eve", run.line, AT)
    new = evolve(run, ev.LineConfirmed("eve", Handling.REPLACED, D(0)), AT)
    assert new.line.facts == run.line.facts + 1


def test_f20_a_restart_asks_for_patient_and_sound_again_and_dates_no_bag(run: RunState) -> None:
    quiet = replace(run, bedside=replace(run.bedside, patient_due=False), expires_ms={"A": 5, "B": 6})
    known = evolve(quiet, ev.Restarted(True), AT)
    assert (known.bedside.patient_due, known.bedside.sound) == (True, "")
    assert Check.SOUND not in known.bedside.checked
    assert (known.undated, known.gap.unknown) == (frozenset(), False)
    lost = evolve(quiet, ev.Restarted(False), AT)
    assert (lost.undated, lost.gap.unknown) == (frozenset({"A", "B"}), True)
    pump = lost.pump
    assert (pump.linked, pump.certain, pump.compare, pump.pending) == (False, False, True, None)
    assert pump.untimed_ml is not None
    assert known.pump.untimed_ml is None
