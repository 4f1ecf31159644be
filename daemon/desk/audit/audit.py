"""The audit of one printed table: bytes in, report out; nothing raises."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from daemon.desk.audit.bags import bag_findings
from daemon.desk.audit.check import broken, check
from daemon.desk.audit.columns import Column
from daemon.desk.audit.diagnose import Diagnosis, Kind
from daemon.desk.audit.findings import Finding, Severity
from daemon.desk.audit.notes import notes_of, rounding_notes
from daemon.desk.audit.reading import Sheet, Unreadable, read_sheet
from daemon.desk.audit.roots import left_finding, missing_row, root_finding, structure_finding
from daemon.desk.audit.structure import Structure, explain
from daemon.desk.audit.sums import minutes_of
from daemon.desk.audit.table import worlds_of
from daemon.desk.audit.totals import whole_dose
from daemon.desk.audit.truth import Row
from daemon.desk.audit.world import World

CANNOT_SEE = (
    "What arithmetic cannot see: a table whose numbers all agree may still be wrong - a bag made too strong "
    "throughout, the wrong drug, the wrong target dose, steps too steep or too fast for this patient."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say about a table. `computed` has the numbers of each row as they should be."""

    sheet: Sheet | None
    computed: tuple[dict[str, Fraction], ...] = ()
    totals: tuple[tuple[str, Fraction | None], ...] = ()
    findings: tuple[Finding, ...] = ()
    unreadable: str = ""

    @property
    def ok(self) -> bool:
        """Nothing but roundings and notes."""
        return not self.unreadable and all(one.severity is Severity.ROUNDING for one in self.findings)

    @property
    def exit_code(self) -> int:
        """0 good, 1 an error was found, 2 unreadable."""
        return 2 if self.unreadable else 0 if self.ok else 1


def audit(content: bytes) -> Report:
    """Audit the bytes of a table; an unreadable file is a report with one finding."""
    try:
        sheet = read_sheet(content)
    except Unreadable as error:
        finding = Finding(None, "", "", "", Severity.ERROR, error.code, str(error))
        return Report(None, findings=(finding,), unreadable=error.code)
    worlds, said = worlds_of(sheet)
    world, unsure = _likeliest(worlds)
    structure, diagnosis = explain(world)
    findings = [*sheet.findings, *said, *unsure]
    findings += _roots(sheet, world, structure, diagnosis)
    rows, judged = check(diagnosis.world)
    findings += bag_findings(diagnosis.world, rows)
    findings += rounding_notes(sheet, diagnosis, judged)
    findings += notes_of(sheet, diagnosis.world, rows)
    totals = _totals(diagnosis.world, rows)
    computed = tuple(_computed(diagnosis.world, rows))
    return Report(sheet, computed, totals, tuple(_in_order(findings)))


def _likeliest(worlds: list[World]) -> tuple[World, list[Finding]]:
    """The reading with the fewest contradictions; a finding if two are as good."""
    counts = [len(broken(check(world)[1])) for world in worlds]
    best = worlds[counts.index(min(counts))]
    doubts: list[Finding] = []
    for world, count in zip(worlds, counts, strict=True):
        if count or world is best:
            continue
        for (row, column), others in best.others.items():
            own, other = best.value(column, row), world.value(column, row)
            if own != other and all(doubt.row != row + 1 or doubt.column != column for doubt in doubts):
                message = "the separator may be decimal or of thousands, and no other cell decides"
                text = ", ".join(str(float(one.value)) for one in others)
                doubts.append(_doubt(row, column, own, text, message))
    return best, doubts


def _doubt(row: int, column: Column, own: Fraction | None, text: str, message: str) -> Finding:
    severity = Severity.ROUNDING
    return Finding(row + 1, column, "", text, severity, "ambiguous_number", message, exact=own)


def _roots(sheet: Sheet, world: World, structure: Structure | None, diagnosis: Diagnosis) -> list[Finding]:
    findings = [missing_row(sheet, world, row) for row in sorted(world.gaps)]
    if structure is not None:
        findings.append(structure_finding(sheet, world, structure))
        world = structure.world
    for fault in diagnosis.faults:
        if fault.kind is not Kind.HEAD:
            findings.append(root_finding(sheet, world, fault, structure))
        world = fault.world
    return findings + [left_finding(sheet, diagnosis.world, one) for one in diagnosis.left]


def _in_order(findings: list[Finding]) -> list[Finding]:
    """Errors first, each kind from top to bottom, head lines before rows."""
    return sorted(findings, key=lambda one: (one.severity is Severity.ROUNDING, one.row or 0))


def _computed(world: World, rows: list[Row]) -> list[dict[str, Fraction]]:
    found = []
    dose: Fraction | None = Fraction(0)
    minutes: Fraction | None = Fraction(0)
    for number, row in enumerate(rows):
        cells: dict[str, Fraction] = {}
        if row.strength is not None:
            cells[Column.CONCENTRATION] = row.strength.mid
        if row.volume is not None:
            cells[Column.VOLUME] = row.volume.mid
        if row.minutes is not None:
            cells[Column.MINUTES] = row.minutes.mid
        dose = dose + row.doses[0].mid if row.doses and dose is not None else None
        if row.doses:
            cells[Column.DOSE] = row.doses[0].mid
        if dose is not None:
            cells[Column.CUMULATIVE] = dose
        own = minutes_of(world, number, row)
        minutes = minutes + own[0].mid if own and minutes is not None else None
        if minutes is not None:
            cells[Column.ELAPSED] = minutes
        found.append(cells)
    return found


def _totals(world: World, rows: list[Row]) -> tuple[tuple[str, Fraction | None], ...]:
    dose = whole_dose(rows)
    volumes = [row.volume.mid if row.volume is not None else None for row in rows]
    times = [minutes_of(world, number, row) for number, row in enumerate(rows)]
    minutes = [one[0].mid if one else None for one in times]
    return (
        ("minutes", _whole(minutes)),
        ("volume_ml", _whole(volumes)),
        ("dose", dose.mid if dose is not None else None),
    )


def _whole(parts: list[Fraction | None]) -> Fraction | None:
    total = Fraction(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total
