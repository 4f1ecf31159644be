"""What kind of file a person has named, told by its content and not by its name."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from daemon.protocols.faults import UNUSABLE, Fault

_BED_KEYS = frozenset({"site", "unit", "bed", "pumps", "monitors", "journal", "control"})
_PROTOCOL_KEYS = frozenset({"drug", "solutions", "steps", "signals", "limits", "resume", "gap", "ceilings"})


class Kind(StrEnum):
    """The kinds of file infusiond reads."""

    PROTOCOL = "protocol"
    BED = "bed"


def kind_of(data: Mapping[str, object]) -> Kind | None:
    """The kind whose keys are in the majority; None if there is none of either."""
    bed, protocol = len(_BED_KEYS & data.keys()), len(_PROTOCOL_KEYS & data.keys())
    if bed == protocol == 0:
        return None
    return Kind.BED if bed > protocol else Kind.PROTOCOL


def unknown_kind(file: str) -> Fault:
    """The fault of a file that is neither."""
    return Fault(
        file,
        "",
        "",
        "this is neither a protocol file nor a bed file",
        "give a file with [[steps]] and [[solutions]], or one with [[pumps]] and [[monitors]]",
        "unknown_kind",
    )


def exit_code(faults: list[Fault]) -> int:
    """0 good, 1 refused, 2 unusable input."""
    if not faults:
        return 0
    return 2 if any(fault.code in UNUSABLE for fault in faults) else 1
