"""The report as text: what was planned and what was given, as a pharmacist reads and signs it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from daemon.engine.alarms import CATALOGUE
from daemon.engine.phases import Phase
from daemon.terminal import report_watch, words
from daemon.terminal.figures import UNKNOWN, between, exact, in_utc, lasting, since_start, sure
from daemon.terminal.sentences import BENCH

WIDTH = 80
_RULE = "=" * WIDTH
_MICROGRAM_PLACES = {"g": 6, "mg": 3}
"""Decimal places that show a microgram; other units get three."""
_ML_PLACES = 3
_OVER = (Phase.COMPLETED, Phase.ABORTED)
_TABLE = "{:<12} {:>12} {:>21} {:>10} {:>19}"


def report_text(told: dict[str, Any]) -> str:
    """The newest run of the journal, 80 columns; given amounts as bounds that hold the truth."""
    run = told["run"]
    if run is None:
        return "\n".join(["REPORT: no run in this journal", *_journal(told["journal"])])
    lines = [
        _RULE,
        "  ".join(["REPORT", run["bed"], *_marks(run)]),
        _RULE,
        *_head(run),
        *_journal(told["journal"]),
        *_doses(run),
        *_patient_side(run),
        *_section("Steps given", (_step(one, run) for one in run["steps"])),
        *_section("Holds", map(_hold, run["holds"])),
        *_section("Resumes", map(_resume, run["resumes"])),
        *_section("Reactions and their grades", map(report_watch.reaction, run["reactions"])),
        *_section("Holds by cause", map(report_watch.hold_rate, run["holds_per_hour"].items())),
        *_section("Vital signs entered by hand", map(report_watch.by_hand, run["by_hand"])),
        *_section("Monitors left out", map(report_watch.excluded, run["excluded"])),
        *_section("Gaps without drug, closed", map(_gap, run["gaps"])),
        *_section("Alarms raised", map(_alarm, run["alarms"])),
        *_section("Acts of persons", map(_act, run["acts"])),
        "",
        "Not a medical device. Names are as claimed.",
        *(["SIMULATED: no patient was treated."] if run["simulated"] else []),
    ]
    return "\n".join(lines)


def _marks(run: dict[str, Any]) -> list[str]:
    return [*(["SIMULATED"] if run["simulated"] else []), *([BENCH] if run["bench"] else [])]


def _head(run: dict[str, Any]) -> list[str]:
    protocol, by = run["protocol"], [name for name in run["started_by"] if name]
    started = in_utc(run["started_utc"]) if run["started_utc"] else "not started"
    witnessed = f", witnessed by {by[1]}" if len(by) > 1 else ""
    over = run["phase"] in _OVER
    return [
        *_row("Drug", protocol["drug"]),
        *_row("Protocol", f"{protocol['title']} [{protocol['id']}], {protocol['steps']} steps"),
        *_row("SHA-256", protocol["sha256"]),
        *_row("File", protocol["file_sha256"] or "not known"),
        *_row("Signed by", ", ".join(protocol["signers"]) or "nobody was asked to sign"),
        *_row("Started", f"{started}{f' by {by[0]}' if by else ''}{witnessed}"),
        *_row("Ended", in_utc(run["ended_utc"]) if over else "NOT ENDED: what follows is not final"),
        *_row("Phase", run["phase"].replace("_", " ")),
    ]


def _journal(journal: dict[str, Any]) -> list[str]:
    if journal["ok"]:
        return _row("Journal", f"verified: {journal['records']} records, chain unbroken")
    broken = (
        f"BROKEN: {journal['fault']}. Only what stands before it is reported; trust none of it unchecked."
    )
    return _row("Journal", broken)


def _doses(run: dict[str, Any]) -> list[str]:
    dose = run["dose"]
    unit, places = dose["unit"], _MICROGRAM_PLACES.get(dose["unit"], 3)
    heads = ("solution", f"planned {unit}", f"given {unit}", "planned mL", "given mL")
    lines = ["", "Doses: planned, and given as low and high bound", f"  {_TABLE.format(*heads)}"]
    for one in run["solutions"]:
        row = (
            one["id"],
            _placed(one["planned_dose"], places),
            _given(one["given_dose"], places),
            _placed(one["planned_ml"], _ML_PLACES),
            _given(one["given_ml"], _ML_PLACES),
        )
        lines.append(f"  {_TABLE.format(*row)}")
    planned = sum((sure(one["planned_dose"]) for one in run["solutions"]), Decimal(0))
    total = ("all", _placed(planned, places), _given(dose, places), "", "")
    lines.append(f"  {_TABLE.format(*total)}".rstrip())
    lines.append(f"  Target {exact(dose['target'])} {unit}. Low is rounded down, high is rounded up.")
    return lines


def _patient_side(run: dict[str, Any]) -> list[str]:
    """What reached the patient, what line and bags kept, what earlier runs count (F11, F30, F39)."""
    unit, line = run["dose"]["unit"], run["line"]
    places = _MICROGRAM_PLACES.get(unit, 3)
    told = [f"Reached the patient: {_given(run['exposure'], places)} {unit}."]
    if line is not None and sure(line["dose"]["high"]):
        kept, volume = _given(line["dose"], places), exact(line["dead_volume_ml"])
        told.append(f"The line kept {volume} mL with {kept} {unit}: not given.")
    left = ", ".join(f"{one['id']} {_placed(one['left_ml'], _ML_PLACES)}" for one in run["solutions"])
    told.append(f"Left in the bags for certain, mL, not given: {left}.")
    if sure(run["linked"]["high"]):
        told.append(f"Earlier runs that count into the total: {_given(run['linked'], places)} {unit}.")
    wrapped = (textwrap.wrap(text, WIDTH - 2, subsequent_indent="  ") for text in told)
    return [f"  {row}" for rows in wrapped for row in rows]


def _placed(value: object, places: int) -> str:
    return format(sure(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN), "f")


def _given(span: dict[str, Any], places: int) -> str:
    low, high = sure(span["low"]), sure(span["high"])
    return _placed(low, places) if low == high == 0 else between(low, high, places)


def _section(title: str, items: Iterable[Sequence[str]]) -> list[str]:
    """A heading and its items, each a time and a text; `none` if there are none."""
    lines = ["", title]
    for at, text in items:
        lines += textwrap.wrap(
            f"{at:>8}  {text}", WIDTH, initial_indent="  ", subsequent_indent=" " * 12, break_on_hyphens=False
        )
    return lines if len(lines) > 2 else [*lines, "  none"]


def _row(label: str, text: str) -> list[str]:
    return textwrap.wrap(f"{label:<10}{text}", WIDTH, subsequent_indent=" " * 10, break_on_hyphens=False)


def _step(one: dict[str, Any], run: dict[str, Any]) -> tuple[str, str]:
    given = _given(one["given_ml"], _ML_PLACES)
    part = "part of the tolerated rate in " if one["stretch"] else ""
    return since_start(one["at_s"]), (
        f"{part}step {one['step']} of {run['protocol']['steps']} ended: {given} mL "
        f"in {lasting(one['proven_s'])} of proven delivery"
    )


def _hold(one: dict[str, Any]) -> tuple[str, str]:
    graded = f" ({one['grade']})" if one["grade"] else ""
    by = f", by {one['by']}" if one["by"] else ""
    cause = words.CAUSES.get(one["cause"], one["cause"])
    told = f"{cause}{graded}: {words.in_words(one['reason'])}{by}"
    return since_start(one["at_s"]), f"{told} [{in_utc(one['utc'])}]"


def _resume(one: dict[str, Any]) -> tuple[str, str]:
    gap = UNKNOWN if one["gap_s"] is None else lasting(one["gap_s"])
    witness = f" and {one['witness']}" if one["witness"] else ""
    part = f" ({exact(one['stretch_ml_h'])} mL/h)" if one["stretch_ml_h"] is not None else ""
    return since_start(one["at_s"]), (
        f"{one['choice']}{part} at step {one['step']} by {one['by']}{witness}: {one['reason']}; "
        f"drug off {gap}, gap rule: {words.gap_action(one['gap_action'])} [{in_utc(one['utc'])}]"
    )


def _gap(one: dict[str, Any]) -> tuple[str, str]:
    return since_start(one["from_s"]), f"{lasting(one['seconds'])} without drug"


def _alarm(one: dict[str, Any]) -> tuple[str, str]:
    kind = CATALOGUE.get(one["alarm"])
    priority = f"{kind.priority.value} " if kind is not None else ""
    detail = f": {words.in_words(one['detail'])}" if one["detail"] else ""
    return since_start(one["at_s"]), f"{priority}{one['alarm']}{detail}"


def _act(one: dict[str, Any]) -> tuple[str, str]:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", one["act"]).lower()
    verdict = "" if one["accepted"] else "REFUSED: "
    answer = words.in_words(one["answer"])
    return since_start(one["at_s"]), f"{name} by {one['by'] or 'unnamed'}: {verdict}{answer}"
