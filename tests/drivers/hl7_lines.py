"""HL7 messages around observations as the documents print them."""

from __future__ import annotations

SPO2 = "OBX||NM|0002-4bb8^SpO2^MDIL||98|0004-0220^%^MDIL|||||F"
NBP_SYS = "OBX||NM|0002-4a05^NBPs^MDIL||122|0004-0f20^mmHg^MDIL|||||F|||20120510123500"
NBP_DIA = "OBX||NM|0002-4a06^NBPd^MDIL||85|0004-0f20^mmHg^MDIL|||||F|||20120510123500"
NBP_MEAN = "OBX||NM|0002-4a07^NBPm^MDIL||98|0004-0f20^mmHg^MDIL|||||F"
PULSE = "OBX||NM|0002-480a^Pulse^MDIL||80|0004-0aa0^bpm^MDIL|||||F||||||SpO2"
RESP = "OBX||NM|0002-5000^Resp^MDIL||20|0004-0ae0^rpm^MDIL|||||F"
TEMP = "OBX||NM|0002*f0c7^T1^MDIL||37.4|0004-1710^C^MDIL|||||F"
ALERT = "OBX||TX|2^Yellow Alarm^MDIL-ALERT||HR Low, HR=55 /min||||||F"
EFFICIA = (SPO2, NBP_SYS, NBP_DIA, NBP_MEAN, PULSE, RESP, TEMP)

DEVICE = "080019FFFE0B4020^B40_GE"


def ge(code: str, place: str, value: str, unit: str, *, status: str = "R", at: str = "") -> str:
    """A row of the B40."""
    return f"OBX|2|NM|{code}^MDC_X^MDC|{place}|{value}|{unit}|||||{status}|||{at}||||{DEVICE}"


B40 = (
    "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X",
    ge("147842", "1.5.1.1", "80", ""),
    ge("150456", "1.22.1.2", "100", "262688^MDC_DIM_PERCENT"),
    ge("151562", "1.20.1.2", "18", "264928^MDC_DIM_RESP_PER_MIN"),
    ge("151562", "1.6.1.1", "30", "264928^MDC_DIM_RESP_PER_MIN"),
    ge("150344", "1.26.1.1", "37.1", "268192^MDC_DIM_DEGC"),
    ge("150344", "1.26.2.1", "36.5", "268192^MDC_DIM_DEGC"),
    ge("150033", "1.13.1.1", "112", "266016^MDC_DIM_MMHG"),
    ge("149522", "1.22.1.3", "80", "264864^MDC_DIM_BEAT_PER_MIN"),
)


def message(
    *rows: str,
    control: str = "1",
    sent: str = "20120510123510",
    patient: str = "4711",
    bed: str = "",
    observed: str = "",
    kind: str = "ORU^R01",
) -> bytes:
    """A block on the wire."""
    segments = [
        f"MSH|^~\\&|MON|ICU|||{sent}||{kind}|{control}|P|2.4",
        f"PID|||{patient}^^^HOSP",
        f"PV1||I|ICU^^{bed}",
        f"OBR|1|||VITALS|||{observed}",
        *rows,
    ]
    return b"\x0b" + "".join(f"{one}\r" for one in segments).encode("utf-8") + b"\x1c\r"
