"""Lines of pulse oximeters as the documents show them, and others put together column by column."""

from __future__ import annotations

NELLCOR_GOOD = b"29-Dec-17 07:18:43    99      66      12                     \r\n"
NELLCOR_LOW = b"29-Dec-17 07:18:57    89*     66     201    MO SL            \r\n"
NELLCOR_SETTINGS = b"N-560    VERSION 1.56.00    CRC:XXXX  SpO2 Limit: 90-100%    PR Limit: 60-170BPM\r\n"
MASIMO_GOOD = (
    b"02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% SPCO=--.-% SPMET=--.-% DESAT=-- "
    b"PIDELTA=+-- ALARM=0000 EXC=000800\r\n"
)
MASIMO_MUTED = (
    b"03/06/05 21:11:30 SN=0000066575 SPO2=098% BPM=057 PI=07.02% SPCO=--.-% SPMET=--.-% DESAT=-- "
    b"PIDELTA=+-- ALARM=0038 EXC=000800\r\n"
)


def nellcor(
    spo2: str = "98", pulse: str = "70", amplitude: str = "100", codes: str = "", *, at: str = "07:18:45"
) -> bytes:
    """A row in its columns; a mark goes with its number, such as `89*`."""
    columns = [text if text.endswith("*") else f"{text} " for text in (spo2, pulse)]
    row = f"29-Dec-17 {at}{columns[0]:>7}{columns[1]:>8}{amplitude:>7}    {codes}"
    return f"{row:<61}\r\n".encode("ascii")


def masimo(
    spo2: str = "098%", bpm: str = "097", exc: str = "000800", *, at: str = "22:47:46", sn: str = "0000056661"
) -> bytes:
    """A line with the fields of the documented ones."""
    text = MASIMO_GOOD.decode("ascii").replace("22:47:45", at).replace("0000056661", sn)
    text = text.replace("098%", spo2, 1).replace("BPM=097", f"BPM={bpm}").replace("000800", exc)
    return text.encode("ascii")
