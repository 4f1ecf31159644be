"""An alert as PCD-04 (ORU^R40), all facets. Pure."""

from __future__ import annotations

from daemon.engine.alarm_kind import AlarmType
from daemon.engine.alarms import CATALOGUE
from daemon.feeds.hl7 import codes
from daemon.feeds.hl7.alerts import Alert, Inactivation
from daemon.feeds.hl7.heading import Bed, Transaction, heading, observation, stamp
from daemon.feeds.hl7.text import components, escape, message, segment

WHERE = "1.1.0.0"
"""Containment: the pump's MDS and VMD; a facet is its last part."""


def alert_message(
    bed: Bed, alert: Alert, control_id: str, patient: str, pump: str, *, simulated: bool
) -> bytes:
    """The whole message. `pump`: its name at the bed and serial number."""
    equipment = components(pump, "", bed.device_id, "EUI-64")
    segments = heading(bed, Transaction.ALERT, control_id, alert.at, patient, simulated=simulated)
    parent = bed.our_parent(alert.parent_id) if alert.parent_id else ""
    before_parent = [""] * 21
    segments.append(
        segment(
            "OBR",
            "1",
            bed.ours(alert.key),
            bed.ours(alert.event_id),
            codes.ALARM.field,
            "",
            "",
            stamp(alert.at),
            *before_parent,
            parent,
        )
    )
    segments.append(observation(1, "", codes.PUMP_MDS.field, "1.0.0.0", status="X", equipment=equipment))
    segments.append(observation(2, "", codes.PUMP_VMD.field, "1.1.0.0", status="X"))
    began = stamp(alert.began)
    segments.append(
        observation(
            3, "CWE", codes.ALARM.field, f"{WHERE}.1", event_code(alert), at=began, equipment=equipment
        )
    )
    facets = (
        ("CWE", codes.ALERT_SOURCE, codes.PUMP_VMD.field),
        ("ST", codes.PHASE, alert.phase),
        ("ST", codes.ALARM_STATE, alert.state.value),
        ("ST", codes.INACTIVATION, alert.inactivation.value),
        ("ST", codes.ALARM_PRIORITY, alert.priority),
        ("ST", codes.ALERT_TYPE, alert_type(alert.alarm)),
        ("ST", codes.ALERT_TEXT, escape(_text(alert))),
    )
    for number, (kind, what, value) in enumerate(facets, start=2):
        segments.append(observation(number + 2, kind, what.field, f"{WHERE}.{number}", value))
    return message(segments)


def event_code(alert: Alert) -> str:
    """OBX-5 of the first facet, its text in the ninth component; our own word where MDC has none we know."""
    if alert.occlusion:
        code = codes.OCCLUSION
        return components(str(code.number), code.name, "MDC", "", "", "", "", "", _text(alert))
    return components(alert.alarm, alert.alarm, codes.LOCAL, "", "", "", "", "", _text(alert))


def alert_type(alarm: str) -> str:
    """SP, ST or SA, as the alarm table says; the feed's own alarms are technical."""
    kind = CATALOGUE.get(alarm)
    return (kind.type if kind is not None else AlarmType.TECHNICAL).value


def _text(alert: Alert) -> str:
    detail = f" ({alert.detail})" if alert.detail else ""
    unanswered = alert.escalated and alert.inactivation is not Inactivation.ACKNOWLEDGED
    calls = f" NOT ACKNOWLEDGED, CALLED {alert.escalated} TIMES" if unanswered else ""
    return f"{alert.text}{detail}{calls}"
