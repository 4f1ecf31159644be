"""An infusion event as PCD-10 (ORU^R42): event, status, mode, rate, volumes, drug. Pure."""

from __future__ import annotations

from decimal import Decimal

from daemon.exact_json import plain
from daemon.feeds.hl7 import codes
from daemon.feeds.hl7.heading import Bed, Transaction, heading, observation, stamp
from daemon.feeds.hl7.infusions import Infusion
from daemon.feeds.hl7.text import components, escape, message, segment

_EVENTS = {"START": codes.DELIV_START, "STOP": codes.DELIV_STOP, "COMP": codes.DELIV_COMP}
_STATUS = {
    "START": "pump-status-infusing",
    "STOP": "pump-status-paused",
    "COMP": "pump-status-delivery-complete",
}
MODE = "^pump-mode-multi-step"
ML_OF = {"mg": codes.MG_ML}


def infusion_message(bed: Bed, one: Infusion, control_id: str) -> bytes:
    """The whole message; OBR-3 is the step of the run, the same for all events of the step."""
    equipment = components(f"{one.pump} {one.serial}".strip(), "", bed.device_id, "EUI-64")
    segments = heading(bed, Transaction.INFUSION, control_id, one.at, one.patient, simulated=one.simulated)
    step = bed.ours(f"RUN-{one.run}-STEP-{one.step:02d}")
    what = components(one.drug, one.drug, codes.LOCAL)
    segments.append(segment("OBR", "1", bed.ours(f"RUN-{one.run}"), step, what, "", "", stamp(one.at)))
    segments.append(
        observation(1, "CWE", codes.EVENT.field, "1.1.1.100", _EVENTS[one.what].field, at=stamp(one.at))
    )
    segments.append(observation(2, "", codes.PUMP_MDS.field, "1.0.0.0", status="X", equipment=equipment))
    segments.append(observation(3, "", codes.PUMP_VMD.field, "1.1.0.0", status="X"))
    segments.append(observation(4, "", codes.DELIVERY.field, "1.1.1.0", status="X"))
    delivered = (
        ("CWE", codes.STATUS, f"^{_STATUS[one.what]}", ""),
        ("CWE", codes.MODE, MODE, ""),
        number(codes.RATE, one.rate_ml_h, codes.ML_H),
    )
    segments += [
        observation(5 + at, kind, code.field, f"1.1.1.{101 + at}", value, unit)
        for at, (kind, code, value, unit) in enumerate(delivered)
    ]
    segments.append(observation(8, "", codes.SOURCE.field, "1.1.2.0", status="X"))
    drawn = (
        ("ST", codes.DRUG, escape(f"{one.drug} {one.solution}"), ""),
        concentration(one.concentration, one.dose_unit),
        number(codes.VTBI_LEFT, one.left_ml, codes.ML),
        number(codes.SEGMENT, one.segment_ml, codes.ML),
        number(codes.TOTAL, one.total_ml, codes.ML),
    )
    segments += [
        observation(9 + at, kind, code.field, f"1.1.2.{101 + at}", value, unit)
        for at, (kind, code, value, unit) in enumerate(drawn)
    ]
    return message(segments)


def number(code: codes.Code, value: Decimal | int, unit: codes.Unit) -> tuple[str, codes.Code, str, str]:
    """Kind, code, value and unit of a figure, exact; a whole number read from JSON is one too."""
    return "NM", code, plain(Decimal(value)), unit.field


def concentration(value: Decimal | int, dose_unit: str) -> tuple[str, codes.Code, str, str]:
    """The same of a concentration; a dose unit that the table of codes lacks is named as it is."""
    unit = ML_OF.get(dose_unit)
    field = unit.field if unit is not None else components(f"{dose_unit}/mL", f"{dose_unit}/mL", codes.LOCAL)
    return "NM", codes.CONCENTRATION, plain(Decimal(value)), field
