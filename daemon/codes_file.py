"""The file beside printed labels: which plan a set of bag codes is for, and the hash of each code (F13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from daemon import exact_json
from daemon.engine.codes import BagCodes
from daemon.protocols.faults import Fault
from daemon.protocols.plan import Plan
from daemon.protocols.regular_file import read_regular

KIND = "infusiond bag codes"
_HASH = re.compile(r"[0-9a-f]{64}")
NEW_LABELS = (
    "make new labels for this plan: infusiond plan FILE --labels OUT, print them, name OUT.codes here"
)


@dataclass(frozen=True, slots=True)
class CodesFile:
    """One set of codes and the plan it was made for."""

    protocol: str
    plan_sha256: str
    target_dose: str
    created: str
    codes: BagCodes


def text_of(plan: Plan, codes: BagCodes, created: str) -> str:
    """The file's content."""
    content = {
        "kind": KIND,
        "protocol": plan.protocol_id,
        "plan_sha256": plan.sha256,
        "target_dose": exact_json.plain(plan.target_dose),
        "created": created,
        "salt": codes.salt,
        "hashes": dict(codes.hashes),
    }
    return exact_json.dumps(content, indent=2) + "\n"


def read(path: Path, bed_file: Path) -> CodesFile | Fault:
    """The set a bed file names; what is wrong with the file otherwise. Never raises."""
    try:
        data = exact_json.loads(read_regular(path).raw)
    except (OSError, ValueError) as error:
        return _fault(bed_file, path, f"cannot be read: {error}", "unreadable")
    try:
        return _shaped(data)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        return _fault(bed_file, path, f"is no file of bag codes ({error})", "no_codes")


def _shaped(data: Mapping[str, Any]) -> CodesFile:
    if data["kind"] != KIND:
        raise ValueError(f"kind is not {KIND!r}")
    hashes = {str(solution): str(found) for solution, found in data["hashes"].items()}
    if not hashes or any(not _HASH.fullmatch(found) for found in hashes.values()) or not str(data["salt"]):
        raise ValueError("hashes and salt are not as they are written")
    return CodesFile(
        protocol=str(data["protocol"]),
        plan_sha256=str(data["plan_sha256"]),
        target_dose=str(data["target_dose"]),
        created=str(data["created"]),
        codes=BagCodes(str(data["salt"]), hashes),
    )


def unfit(found: CodesFile, plan: Plan, used: Mapping[str, str], at: tuple[Path, Path]) -> Fault | None:
    """Why this set is not for this plan, or not for a new run; None = it is.

    `used` names the sets of earlier runs of the journal; `at` = the bed file and the codes file.
    """
    bed_file, path = at
    if found.protocol != plan.protocol_id or set(found.codes.hashes) != {s.id for s in plan.solutions}:
        return _fault(
            bed_file, path, f"was made for the plan {found.protocol}, not {plan.protocol_id}", "other"
        )
    if Decimal(found.target_dose) != plan.target_dose:
        dose = f"{found.target_dose}, not {exact_json.plain(plan.target_dose)} {plan.dose_unit}"
        return _fault(bed_file, path, f"was made for a target dose of {dose}", "other")
    if found.plan_sha256 != plan.sha256:
        return _fault(bed_file, path, "was made before the protocol was changed", "other")
    why = used.get(found.codes.salt)
    return _fault(bed_file, path, why, "used") if why else None


def _fault(bed_file: Path, path: Path, problem: str, code: str) -> Fault:
    return Fault(str(bed_file), "bag_codes", f'"{path.name}"', problem, NEW_LABELS, f"codes_{code}")
