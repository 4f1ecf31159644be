"""BCC frames typed from the documents, and a writer and reader of frames by their letter; no code of ours."""

from __future__ import annotations

ALIVE = b"\x0100031\x021/1/1>ADMIN:ALIVE\x0300061\x04"
ALIVE_STUFFED = bytes.fromhex(
    "01 30 30 30 33 31 02 31 2F 31 2F 31 3E 41 45 58 4D 49 4E 3A 41 4C 49 56 45 45 03 30 30 30 36 31 04"
)
ACCEPTED = b"\x0100041\x02BED01/1/1>206,50100,GNACK,0\x0300203\x04"
VERSION = b"\x0100037\x02BED01/1/1>ADMIN:VERSION\x0300243\x04"
VERSION_REPLY = b"\x0100039\x02BED01/1/1>207,50100,V3.30\x0300045\x04"
GET = b"\x0100031\x02BED01/1/1>MEM:GET\x0300029\x04"
GET_STUFFED = b"\x0100031\x02BEEEX01/1/1>MEEM:GEET\x0300029\x04"
GET_SLOT = b"\x0100038\x02BED01/1/1>MEM:GETSLOT#11\x0300235\x04"
SLOT_ERROR = b"\x0100042\x02BED01/1/1>207,50111,GNERR,41\x0300030\x04"
SYNTAX_ERROR = b"\x0100040\x02BED01/1/1>0,50100,GNERR,68\x0300186\x04"

REQUESTS = {
    ALIVE: ("1", "ADMIN:ALIVE", False),
    ALIVE_STUFFED: ("1", "ADMIN:ALIVE", True),
    VERSION: ("BED01", "ADMIN:VERSION", False),
    GET: ("BED01", "MEM:GET", False),
    GET_STUFFED: ("BED01", "MEM:GET", True),
    GET_SLOT: ("BED01", "MEM:GETSLOT#11", False),
}
REPLIES = {
    ACCEPTED: ("BED01", "206,50100,GNACK,0", False),
    VERSION_REPLY: ("BED01", "207,50100,V3.30", False),
    SLOT_ERROR: ("BED01", "207,50111,GNERR,41", False),
    SYNTAX_ERROR: ("BED01", "0,50100,GNERR,68", False),
}
FRAMES = {**REQUESTS, **REPLIES}
PAIRS = {"D": "EX", "E": "EE", "d": "ex", "e": "ee"}


def stuffed(frame: bytes) -> bytes:
    """As the document puts it in words."""
    return "".join(PAIRS.get(one, one) for one in frame.decode("latin-1")).encode("latin-1")


def block(info: bytes, *, bed: str = "BED01", last: bool = True, stuffing: bool = False) -> bytes:
    """One block around `info`."""
    middle = b"\x02" + bed.encode() + b"/1/1>" + info + (b"\x03" if last else b"\x17")
    head = b"\x01" + str(len(middle) + 12).zfill(5).encode() + middle
    total = 0
    for byte in head:
        total = (total + byte) % 256
    frame = head + str(total).zfill(5).encode() + b"\x04"
    return stuffed(frame) if stuffing else frame


def records(values: dict[str, str], *, address: str = "50111", time_s: int = 206) -> bytes:
    """The values of one pump as the information of a block."""
    return "\x1e".join(f"{time_s},{address},{name},{value}" for name, value in values.items()).encode()


STANDING = {
    "GNNEW": "688",
    "GNMODEL": "688N030001",
    "INSERNUM": "123456",
    "DSSTATUS": "00051",
    "INRT": "12.50",
    "BASRT": "12.50",
    "INVTB": "10.0",
    "VOLREMAIN": "7.3",
    "INVI": "2.7",
    "RUNSTATE": "1",
    "OPMODE": "0",
    "INAKKU": "240",
    "INP2": "12",
}
SINGLE = {"INM3": "0", "INM8": "1", "INM10": "0", "INA3": "0", "INA7": "0", "INA13": "_NV", "INA15": "0"}
WORDS = {"ALARM1": "0", "ALARM2": "0", "PREALARM": "0", "STATUS1": "3"}
