"""PCD-04: which alert is due, in every order of conditions, and what its message says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.feeds.hl7.alert_message import alert_message, alert_type
from daemon.feeds.hl7.alerts import CONTINUE_S, Alert, Alerts, Inactivation, State
from tests.feeds.hl7_messages import AT, BED, field, read, strictly, value

SECOND = timedelta(seconds=1)


def alarm(name: str = "held_vitals", priority: str = "HIGH", raised: int = 1, **more: Any) -> dict[str, Any]:
    usual = {
        "id": name,
        "priority": priority,
        "raised_ms": raised,
        "text": "Look.",
        "detail": "",
        "since_s": 0,
    }
    return {**usual, "acknowledged_by": "", **more}


def status(*alarms: Mapping[str, Any], pump: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"alarms": list(alarms), "pump": {"alarms": list(pump)}}


class Line:
    """A receiver that has everything it was told."""

    def __init__(self) -> None:
        self.alerts = Alerts()
        self.now = AT
        self.sent: list[Alert] = []

    def shows(self, *alarms: Mapping[str, Any], pump: tuple[str, ...] = ()) -> list[Alert]:
        """All that is due now, in order."""
        told = []
        while (one := self.alerts.due(status(*alarms, pump=pump), self.now)) is not None:
            self.alerts.done(one)
            told.append(one)
        self.sent += told
        return told


def phases(alerts: list[Alert]) -> list[tuple[str, str]]:
    return [(one.alarm, one.phase) for one in alerts]


def test_h1_a_chain_starts_continues_and_ends_under_one_parent() -> None:
    """(A) H1."""
    line = Line()
    line.shows(alarm())
    line.now += SECOND * CONTINUE_S
    line.shows(alarm())
    line.now += SECOND
    line.shows()
    assert [one.phase for one in line.sent] == ["start", "continue", "end"]
    assert [one.event_id for one in line.sent] == ["held_vitals-1.0", "held_vitals-1.1", "held_vitals-1.2"]
    assert [one.parent_id for one in line.sent] == ["", "held_vitals-1.0", "held_vitals-1.0"]
    assert len({one.began for one in line.sent}) == 1
    assert line.alerts.told == {}


def test_a10_high_first_then_ends_then_what_only_goes_on() -> None:
    """(A) A10."""
    line = Line()
    line.shows(alarm("gate_waiting", "MEDIUM"), alarm("pump_silent", "LOW"))
    line.now += SECOND * CONTINUE_S
    told = line.shows(alarm("pump_silent", "LOW"), alarm("held_pump_lost", "HIGH"))
    assert phases(told) == [("held_pump_lost", "start"), ("gate_waiting", "end"), ("pump_silent", "continue")]


def test_a2_acknowledged_paused_and_latched_are_updates_and_no_end() -> None:
    """(A) A2."""
    line = Line()
    line.shows(alarm())
    [paused] = line.shows(alarm(audio="paused"))
    [seen] = line.shows(alarm(acknowledged_by="Ann"))
    [latched] = line.shows(alarm(state="latched"))
    assert [one.phase for one in (paused, seen, latched)] == ["update"] * 3
    assert paused.inactivation is Inactivation.AUDIO_PAUSED
    assert seen.inactivation is Inactivation.ACKNOWLEDGED
    assert (latched.state, latched.inactivation) == (State.LATCHED, Inactivation.ENABLED)
    [end] = line.shows()
    assert (end.phase, end.state) == ("end", State.INACTIVE)


def test_h1_a_priority_that_changes_escalates_and_deescalates() -> None:
    """(A) H1."""
    line = Line()
    line.shows(alarm(priority="LOW"))
    assert phases(line.shows(alarm(priority="HIGH"))) == [("held_vitals", "escalate")]
    assert phases(line.shows(alarm(priority="MEDIUM"))) == [("held_vitals", "deescalate")]


def test_a5_an_alarm_nobody_answers_is_told_anew_each_minute_as_an_update() -> None:
    """(A) A5: its priority is the same, so no phase escalates; acknowledged it calls nobody."""
    line = Line()
    line.shows(alarm())
    for minute in (1, 2):
        (told,) = line.shows(alarm(escalated=minute))
        assert (told.phase, told.escalated) == ("update", minute)
    (told,) = line.shows(alarm(escalated=2, acknowledged_by="Ann"))
    assert (told.phase, told.inactivation.value) == ("update", "alert-acknowledged")


def test_a2_latched_is_an_update_and_the_reset_ends_the_chain() -> None:
    """(A) A2: no end while anything is latched."""
    line = Line()
    line.shows(alarm())
    (told,) = line.shows(alarm(state="latched", audio="paused"))
    assert (told.phase, told.state.value, told.inactivation.value) == ("update", "latched", "audio-paused")
    assert phases(line.shows()) == [("held_vitals", "end")]


def test_h1_the_same_condition_again_is_a_chain_of_its_own() -> None:
    """(A) H1."""
    line = Line()
    line.shows(alarm(raised=1))
    told = line.shows(alarm(raised=2))
    assert phases(told) == [("held_vitals", "start"), ("held_vitals", "end")]
    assert told[0].key != told[1].key


def test_a_start_that_was_not_answered_stays_due_and_is_the_same() -> None:
    line = Line()
    first = line.alerts.due(status(alarm()), line.now)
    assert first == line.alerts.due(status(alarm()), line.now)


ALARMS = st.lists(
    st.builds(
        alarm,
        st.sampled_from(["held_vitals", "pump_silent", "gate_waiting"]),
        st.sampled_from(["HIGH", "MEDIUM", "LOW"]),
        st.integers(1, 3),
        acknowledged_by=st.sampled_from(["", "Ann"]),
        state=st.sampled_from(["active", "latched"]),
    ),
    max_size=3,
    unique_by=lambda one: one["id"],
)


@given(st.lists(st.tuples(ALARMS, st.integers(0, 40), st.booleans()), max_size=12))
def test_h1_the_sequence_is_right_under_every_order(
    story: list[tuple[list[dict[str, Any]], int, bool]],
) -> None:
    """(A) H1: Every chain begins with one start, ends with one end at the most, is numbered without a
    hole, and what
    the receiver believes at the end is what is; some messages are not answered at first."""
    line, chains = Line(), dict[str, list[Alert]]()
    for alarms, seconds, answered in story:
        line.now += SECOND * seconds
        if not answered:
            line.alerts.due(status(*alarms), line.now)
            continue
        line.shows(*alarms)
        believed = {key: (one.priority, one.state, one.inactivation) for key, one in line.alerts.told.items()}
        assert believed.keys() == {f"{one['id']}-{one['raised_ms']}" for one in alarms}
    for one in line.sent:
        chains.setdefault(one.key, []).append(one)
    for chain in chains.values():
        parts = "".join("s" if one.phase == "start" else "e" if one.phase == "end" else "." for one in chain)
        for life in parts.replace("es", "e s").split():
            assert life[0] == "s"
            assert life.count("s") == 1
            assert "e" not in life[:-1]


def _sent(**more: Any) -> Alert:
    line = Line()
    [one] = line.shows(alarm(**more))
    return one


def test_h1_every_facet_is_there_and_an_independent_reader_finds_nothing_wrong() -> None:
    """(A) H1."""
    data = alert_message(
        BED, _sent(detail="spo2 | 88 ^ low"), "A7F3-000140", "MRN-0042", "pump-1 12345", simulated=False
    )
    strictly(data)
    message = read(data)
    assert field(message, "MSH", 9) == "ORU^R40^ORU_R40"
    assert field(message, "MSH", 12) == "2.6"
    assert (field(message, "MSH", 15), field(message, "MSH", 16)) == ("AL", "NE")
    assert field(message, "MSH", 18) == "UNICODE UTF-8"
    assert "1.3.6.1.4.1.19376.1.6.1.4.1" in field(message, "MSH", 21)
    assert field(message, "MSH", 7) == "20270314091507.120+0000"
    assert field(message, "OBR", 4) == "196616^MDC_EVT_ALARM^MDC"
    assert field(message, "OBR", 3) == "held_vitals-1.0^INFUSIOND^0A1B2C3D4E5F6071^EUI-64"
    assert field(message, "PID", 3) == "MRN-0042^^^NORTHSIDE^MR"
    assert field(message, "PV1", 3) == "DESENS^^B1^NORTHSIDE"
    facets = {68481: "start", 68482: "active", 68483: "enabled", 68484: "PH", 68485: "SP"}
    assert {code: value(message, code) for code in facets} == facets
    places = [str(one[4]) for one in message.segments("OBX")]
    assert places == ["1.0.0.0", "1.1.0.0", *(f"1.1.0.0.{facet}" for facet in range(1, 9))]
    event = message.segments("OBX")[2]
    assert message.unescape(str(event[5][0][8])) == "Look. (spo2 | 88 ^ low)"
    assert str(event[14]) == "20270314091507.120+0000"


def test_h1_the_parent_stands_in_obr_29() -> None:
    """(A) H1."""
    line = Line()
    line.shows(alarm())
    [end] = line.shows()
    message = read(alert_message(BED, end, "7", "MRN-0042", "pump-1", simulated=False))
    assert field(message, "OBR", 29) == "^held_vitals-1.0&INFUSIOND&0A1B2C3D4E5F6071&EUI-64"
    assert field(message, "OBR", 3).startswith("held_vitals-1.1^")
    assert (value(message, 68481), value(message, 68482)) == ("end", "inactive")


def test_h5_no_identity_bound_no_pid_3() -> None:
    """(A) H5."""
    message = read(alert_message(BED, _sent(), "7", "", "pump-1", simulated=False))
    assert field(message, "PID", 3) == ""
    assert field(message, "PV1", 3) == "DESENS^^B1^NORTHSIDE"


def test_f36_a_simulation_says_so() -> None:
    assert field(read(alert_message(BED, _sent(), "7", "", "p", simulated=True)), "MSH", 11) == "T"
    assert field(read(alert_message(BED, _sent(), "7", "", "p", simulated=False)), "MSH", 11) == "P"


def test_an_occlusion_has_the_nomenclatures_own_word() -> None:
    line = Line()
    [one] = line.shows(alarm("held_pump_alarm"), pump=("occlusion",))
    message = read(alert_message(BED, one, "7", "", "p", simulated=False))
    assert value(message, 196616).startswith("196940^MDC_EVT_FLUID_LINE_OCCL^MDC^")
    [end] = line.shows()
    assert end.occlusion


@pytest.mark.parametrize(
    ("name", "kind"),
    [("held_reaction", "SP"), ("pump_lost", "ST"), ("gate_needs", "SA"), ("daemon_silent", "ST")],
)
def test_about_the_patient_about_a_thing_or_advice(name: str, kind: str) -> None:
    assert alert_type(name) == kind


def test_h6_time_of_the_message_and_time_of_the_event_are_two() -> None:
    """(A) H6."""
    line = Line()
    [one] = line.shows(alarm(since_s=90))
    message = read(alert_message(BED, one, "7", "", "p", simulated=False))
    assert field(message, "OBR", 7) == "20270314091507.120+0000"
    assert str(message.segments("OBX")[2][14]) == "20270314091337.120+0000"
    assert datetime(2027, 3, 14, 9, 13, 37, 120_000, tzinfo=UTC) == one.began
