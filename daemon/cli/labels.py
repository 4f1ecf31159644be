"""The labels of a plan's bags and the file of their hashes: `infusiond plan FILE --labels OUT` (F13)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from daemon import codes_file
from daemon.bag_codes import draw
from daemon.clock import SystemClock
from daemon.exact_json import plain
from daemon.new_files import NewFile, write_new
from daemon.protocols.plan import Plan, Solution

CODES_SUFFIX = ".codes"
CODES_MODE = 0o640
"""The daemon's group reads the hashes: whoever does can search for the codes behind them."""
SECRET = 0o600
"""Of files that show codes."""
_RULE = "-" * 72
_HEAD = """\
Labels of bags for infusiond. NOT A MEDICAL DEVICE.
Print this file, stick one label on each bag, then delete the file: nothing else knows these codes.
Made {created} for {title} ({id}), target {target} {unit}, plan {sha}.
One set is for one run of one patient.
"""
_LABEL = """\
{rule}
{drug}
{solution}: {label}
{amount} {unit} in {volume} mL = {concentration} {unit}/mL

CODE   {code}

made at (date, time) ______________________   expires ______________________
made by _____________   checked by _____________   patient ___________________
"""


def write_labels(plan: Plan, out: Path) -> Path:
    """Both files, new ones, or none; the file of hashes is returned. OSError where one cannot be made."""
    codes, kept = draw([solution.id for solution in plan.solutions])
    created = SystemClock().utc().isoformat(timespec="seconds")
    hashes = out.with_name(out.name + CODES_SUFFIX)
    labels = NewFile(out, _text(plan, codes, created).encode(), SECRET)
    write_new([labels, NewFile(hashes, codes_file.text_of(plan, kept, created).encode(), CODES_MODE)])
    return hashes


def _text(plan: Plan, codes: Mapping[str, str], created: str) -> str:
    head = _HEAD.format(
        created=created,
        title=plan.title,
        id=plan.protocol_id,
        target=plain(plan.target_dose),
        unit=plan.dose_unit,
        sha=plan.sha256[:16],
    )
    return head + "".join(_label(plan, bag, codes[bag.id]) for bag in plan.solutions) + _RULE + "\n"


def _label(plan: Plan, bag: Solution, code: str) -> str:
    return _LABEL.format(
        rule=_RULE,
        drug=plan.drug,
        solution=bag.id,
        label=bag.label,
        amount=plain(bag.amount),
        unit=plan.dose_unit,
        volume=plain(bag.volume_ml),
        concentration=plain(bag.concentration),
        code=code,
    )
