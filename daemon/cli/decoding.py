"""`infusiond devices decode`: the words and the JSON of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon import exact_json
from drivers.recordings import Reading, Tally


def as_json(tally: Tally) -> dict[str, Any]:
    """The object a recording ends with."""
    return {
        "frames": {"accepted": sum(tally.accepted.values()), "rejected": sum(tally.rejected.values())},
        "by_kind": _sorted(tally.accepted),
        "by_reason": _sorted(tally.rejected),
    }


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts)}


def json_line(one: Reading) -> str:
    """`reason` is null where nothing speaks against the value; `source` only where the device says one."""
    data: dict[str, Any] = {
        "at": one.at,
        "signal": one.signal,
        "value": one.value,
        "unit": one.unit,
        "valid": one.valid,
        "reason": one.reason or None,
    }
    if one.source:
        data["source"] = one.source
    return exact_json.dumps(data)


def text_line(one: Reading) -> str:
    """The same for people; what a device wrote cannot steer a terminal."""
    value = "---" if one.value is None else "".join(c if c.isprintable() else "?" for c in str(one.value))
    source = f"  from {one.source}" if one.source else ""
    reason = f"  {one.reason}" if one.reason else ""
    return f"{one.at or '-':20} {one.signal:12} {value:>10} {one.unit:6}{source}{reason}".rstrip()


def words(model: str, tally: Tally) -> str:
    """The counts for people."""
    counts = as_json(tally)
    accepted, rejected = counts["frames"]["accepted"], counts["frames"]["rejected"]
    kinds = ", ".join(f"{name} {count}" for name, count in counts["by_kind"].items())
    reasons = ", ".join(f"{name} {count}" for name, count in counts["by_reason"].items())
    if not accepted:
        said = f" ({reasons})" if reasons else ""
        return f"no frame of {model} in it; {rejected} rejected{said}"
    why = f": {reasons}" if reasons else ""
    return f"{accepted} frames accepted: {kinds}\n{rejected} rejected{why}"
