"""Pump and vital signs as PCD-01 (ORU^R01), out of a status. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from daemon.exact_json import plain
from daemon.feeds.hl7 import codes
from daemon.feeds.hl7.heading import Bed, Transaction, heading, observation, stamp
from daemon.feeds.hl7.infusion_message import MODE, concentration, number
from daemon.feeds.hl7.text import components, escape, message, segment

_MOTIONS = {"stopped": "pump-status-paused", "infusing": "pump-status-infusing", "kvo": "pump-status-kvo"}
ZERO = Decimal(0)


def numerics_message(
    bed: Bed, status: Mapping[str, Any], control_id: str, patient: str, at: datetime
) -> bytes:
    """The pump's figures as read, and each vital sign with the time it was measured."""
    segments = heading(
        bed, Transaction.NUMERICS, control_id, at, patient, simulated=bool(status["simulated"])
    )
    segments += _pump(bed, status, at, f"{control_id}-PUMP")
    segments += _vitals(bed, status, at, f"{control_id}-VITALS")
    return message(segments)


def changed(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> bool:
    """Whether something is told at once: rate, motion, step, or which vital signs count."""
    return before is None or _matters(before) != _matters(now)


def _matters(status: Mapping[str, Any]) -> tuple[object, ...]:
    pump, vitals = status["pump"], status["vitals"]
    pressure = vitals.get("nibp_sys", {}).get("value")
    valid = sorted((name, vital["validity"]) for name, vital in vitals.items())
    return (pump["motion"], pump["rate_ml_h"], status["step"]["number"], status["mode"], pressure, valid)


def _pump(bed: Bed, status: Mapping[str, Any], at: datetime, report: str) -> list[str]:
    pump, step = status["pump"], status["step"]
    equipment = components(f"{pump['name']} {pump['serial'] or ''}".strip(), "", bed.device_id, "EUI-64")
    hung = next((one for one in status["solutions"] if one["id"] == step["solution"]), None)
    read = _ago(at, pump["read_s"] or 0, status)
    order = components(f"STEP-{step['number']:02d}", bed.application, bed.device_id, "EUI-64")
    rows = [
        segment("OBR", "1", order, bed.ours(report), codes.PUMP_MDS.field, "", "", stamp(read)),
        observation(1, "", codes.PUMP_MDS.field, "1.0.0.0", status="X", equipment=equipment),
        observation(2, "", codes.PUMP_VMD.field, "1.1.0.0", status="X"),
        observation(3, "", codes.DELIVERY.field, "1.1.1.0", status="X"),
    ]
    if pump["motion"] is None or not pump["linked"]:
        rows.append(observation(4, "", codes.STATUS.field, "1.1.1.1", status="X"))
        return rows
    total = sum((one["given_ml"]["high"] for one in status["solutions"]), ZERO)
    delivery = (
        ("CWE", codes.STATUS, f"^{_MOTIONS.get(pump['motion'], 'pump-status-infusing')}", ""),
        ("CWE", codes.MODE, MODE, ""),
        number(codes.RATE, pump["rate_ml_h"], codes.ML_H),
    )
    rows += [
        observation(4 + index, kind, code.field, f"1.1.1.{1 + index}", value, unit)
        for index, (kind, code, value, unit) in enumerate(delivery)
    ]
    rows.append(observation(7, "", codes.SOURCE.field, "1.1.2.0", status="X"))
    source = [("ST", codes.DRUG, escape(f"{status['protocol']['drug']} {step['solution']}"), "")]
    if hung is not None:
        source.append(concentration(hung["concentration"], status["dose"]["unit"]))
    source.append(number(codes.VTBI, step["goal_ml"], codes.ML))
    if pump["limit_left_ml"] is not None:
        source.append(number(codes.VTBI_LEFT, pump["limit_left_ml"], codes.ML))
    source.append(number(codes.TOTAL, total, codes.ML))
    rows += [
        observation(8 + index, kind, code.field, f"1.1.2.{1 + index}", value, unit)
        for index, (kind, code, value, unit) in enumerate(source)
    ]
    return rows


def _ago(at: datetime, seconds: Decimal | int, status: Mapping[str, Any]) -> datetime:
    """Wall time so many seconds of the engine ago."""
    return at - timedelta(seconds=int(seconds)) / max(int(status["speed"]), 1)


def _vitals(bed: Bed, status: Mapping[str, Any], at: datetime, report: str) -> list[str]:
    known = [(name, one) for name, one in status["vitals"].items() if name in codes.SIGNALS]
    if not known:
        return []
    rows = [
        segment("OBR", "2", bed.ours("VITALS"), bed.ours(report), codes.MONITOR_MDS.field, "", "", stamp(at)),
        observation(1, "", codes.MONITOR_MDS.field, "1.0.0.0", status="X"),
    ]
    for index, (name, vital) in enumerate(known, start=1):
        code, unit = codes.SIGNALS[name]
        where = f"1.1.1.{index}"
        valid = vital["validity"] == "valid" and vital["value"] is not None and vital["age_s"] is not None
        if not valid:
            rows.append(observation(1 + index, "", code.field, where, status="X"))
            continue
        measured = stamp(_ago(at, vital["age_s"], status))
        rows.append(
            observation(
                1 + index, "NM", code.field, where, plain(Decimal(vital["value"])), unit.field, at=measured
            )
        )
    return rows
