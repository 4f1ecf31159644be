"""What a probe of each model may send, typed from the documents: nothing else may ever be on the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping

IDENT = re.escape(bytes.fromhex("7E00011D0E7E"))
IDENT_TO_A = re.escape(bytes.fromhex("7E41015C0E7E"))
SINGLE_BASIC_DISPLAY = re.escape(
    bytes.fromhex(
        "7e310000000000000000000000000000000000000000ff00000000000000"
        "000000000000000000000001ffff0000000000002f7e"
    )
)
NE_VERSION = re.escape(b"0VER\r")
NE_DAMAGED = re.escape(bytes.fromhex("020830564552B7F603"))
"""The CRC of a whole packet would be 4809."""
BCC_ALIVE = re.escape(b"\x0100031\x021/1/1>ADMIN:ALIVE\x0300061\x04")
BCC_ALIVE_STUFFED = re.escape(b"\x0100031\x021/1/1>AEXMIN:ALIVEE\x0300061\x04")
BCC_VERSION = re.escape(b"\x0100037\x02BED01/1/1>ADMIN:VERSION\x0300243\x04")
BCC_GET = re.escape(b"\x0100031\x02BED01/1/1>MEM:GET\x0300029\x04")
BCC_ANSWER = b"[\x06\x15]"

ASSOCIATE = re.escape(
    bytes.fromhex(
        "0dec0508130100160102800014020002c1dc3180a0808001010000a280a003000001a4803080020101060452010001308006"
        "025101000000003080020102060c2a8648ce14020100000001013080060c2a8648ce14020100000002010000000000006180"
        "3080020101a0806080a180060c2a8648ce14020100000003010000be802880060c2a8648ce14020100000001010201028148"
        "8000000040000000000000008000000020000000000000000001002c0001002880000000000009c4000009c4000003e8ffff"
        "ffff600000000001000cf00100088c0000000000000000000000000000000000000000000000"
    )
)
WHO_RECEIVED = (
    re.escape(bytes.fromhex("e100000200020014"))
    + b".."
    + re.escape(bytes.fromhex("0001000e002100000000"))
    + b"...."
    + re.escape(bytes.fromhex("0d060000"))
)
RELEASE = re.escape(bytes.fromhex("0918 c116 6180 3080 020101 a080 6280 800100 0000000000000000"))
ASENA_ASKS = tuple(
    re.escape(text)
    for text in (b"!INST_SERIALNO|457D\r", b"!COMMS_PROTOCOL|E8DA\r", b"!INF_RATE_MAX_SYRINGE|8F30\r")
)

ALLOWED: Mapping[str, tuple[bytes, ...]] = {
    "alaris-asena": ASENA_ASKS,
    "bcc": (BCC_ALIVE, BCC_ALIVE_STUFFED, BCC_VERSION, BCC_GET, BCC_ANSWER),
    "dianet-star": (IDENT, IDENT_TO_A),
    "intellivue": (ASSOCIATE, WHO_RECEIVED, RELEASE),
    "hl7-oru": (),
    "mqtt-json": (),
    "masimo-ascii1": (),
    "ne-1000": (NE_VERSION, NE_DAMAGED),
    "nellcor-n560": (),
    "s5-dri": (SINGLE_BASIC_DISPLAY,),
}
"""By model: patterns that match one whole write each."""


def is_allowed(model: str, data: bytes) -> bool:
    """Whether the documents say that these bytes only ask."""
    return any(re.fullmatch(pattern, data, re.DOTALL) for pattern in ALLOWED[model])
