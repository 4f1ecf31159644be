"""A file of a printed table as head lines, headings and rows of text; nothing is a number yet."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field

from daemon.desk.audit.columns import IGNORED, Column, Heading, heading_of
from daemon.desk.audit.findings import Finding, Severity

MAX_BYTES = 1_000_000
MAX_ROWS = 400
MAX_COLUMNS = 60
_SEPARATORS = (";", "\t", "|", ",")
_TOTAL_WORDS = frozenset({"total", "totals", "sum", "overall"})


class Unreadable(Exception):
    """The file is no table; `code` and the text say why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class HeadLine:
    """One `# key: value` line; `key` in lower case, words joined by `_`; `text` is the key as printed."""

    key: str
    value: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The texts of a table. `totals` is a last line that begins with `total`."""

    head: tuple[HeadLine, ...]
    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def place(self, column: Column) -> int | None:
        """Where a column stands; None if it is not printed."""
        for place, heading in enumerate(self.headings):
            if heading.column is column:
                return place
        return None

    def text(self, row: int, column: Column) -> str:
        """A cell as printed, empty if there is none; rows count from 0."""
        place = self.place(column)
        return "" if place is None else self.rows[row][place].strip()


def read_sheet(content: bytes) -> Sheet:
    """The sheet of a file's bytes; Unreadable if there is no table in it."""
    text, notes = _decode(content)
    head, body = _parted(text)
    records = _records(body)
    if not records:
        raise Unreadable("no_table", "there is no header line and no row")
    headings, double = _headings(records[0])
    if not any(heading.column for heading in headings):
        raise Unreadable("no_header", "the first line names no column that the audit knows")
    rows: list[tuple[str, ...]] = []
    totals: tuple[str, ...] = ()
    for record in records[1:]:
        whole = record[0].strip().casefold().rstrip(":") in _TOTAL_WORDS
        cells, ragged = _fitted(record, len(headings), None if whole else len(rows) + 1)
        notes += ragged
        if whole:
            totals = cells
        else:
            rows.append(cells)
    if not rows:
        raise Unreadable("no_rows", "there is a header line and no row beneath it")
    if len(rows) > MAX_ROWS:
        raise Unreadable("too_long", f"{len(rows)} rows; at most {MAX_ROWS} are audited")
    return Sheet(tuple(head), tuple(headings), tuple(rows), totals, (*notes, *double))


def _decode(content: bytes) -> tuple[str, list[Finding]]:
    if len(content) > MAX_BYTES:
        raise Unreadable("too_large", f"{len(content)} bytes; at most {MAX_BYTES} are read")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), []
        except UnicodeDecodeError:
            raise Unreadable("encoding", "the file says UTF-16 and is not") from None
    notes: list[Finding] = []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
        message = "the file is not UTF-8; it was read as Latin-1. Look at every letter that is not plain"
        notes = [_note("encoding", "", "", message)]
    if "\0" in text:
        raise Unreadable("binary", "the file holds zero bytes: it is no text")
    return text, notes


def _parted(text: str) -> tuple[list[HeadLine], str]:
    head: list[HeadLine] = []
    body: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.startswith("#") and line[1:2] not in _SEPARATORS:
            key, colon, value = line[1:].partition(":")
            if colon:
                plain = "_".join(key.casefold().replace("-", " ").split())
                head.append(HeadLine(plain, value.strip(), key.strip()))
        elif line.strip():
            body.append(line)
    return head, "\n".join(body)


def _records(body: str) -> list[list[str]]:
    first = body.partition("\n")[0]
    best = max(_SEPARATORS, key=lambda mark: _known(first.split(mark)))
    try:
        records = list(csv.reader(io.StringIO(body), delimiter=best))
    except csv.Error as error:
        raise Unreadable("not_csv", f"this is no table of cells: {error}") from None
    if records and len(records[0]) > MAX_COLUMNS:
        raise Unreadable("too_wide", f"{len(records[0])} columns; at most {MAX_COLUMNS} are read")
    if best == "|" and records and not records[0][0].strip() and not records[0][-1].strip():
        records = [record[1:-1] for record in records if not set("".join(record)) <= set("-: ")]
    return [record for record in records if any(cell.strip() for cell in record)]


def _known(cells: list[str]) -> tuple[int, int]:
    return sum(heading_of(cell).column is not None for cell in cells[:MAX_COLUMNS]), -len(cells)


def _headings(record: list[str]) -> tuple[list[Heading], list[Finding]]:
    headings: list[Heading] = []
    findings: list[Finding] = []
    for text in record:
        heading = heading_of(text)
        if heading.column is None and heading.text and heading.text.casefold() not in IGNORED:
            message = f"the column {heading.text!r} is not known; it was not checked"
            findings.append(_note("unknown_column", heading.text, "", message))
        elif heading.column is not None and heading.column in {one.column for one in headings}:
            message = f"there are two columns for {heading.column}; only the first was checked"
            findings.append(Finding(None, heading.text, "", "", Severity.ERROR, "duplicate_column", message))
            heading = Heading(heading.text, None)
        headings.append(heading)
    return headings, findings


def _fitted(record: list[str], width: int, row: int | None) -> tuple[tuple[str, ...], list[Finding]]:
    """A record with as many cells as there are headings, and a finding if it had others."""
    if not any(cell.strip() for cell in record[width:]):
        padded = (*record[:width], *[""] * (width - len(record)))
        return padded, []
    name = f"row {row}" if row else "the total line"
    message = (
        f"{name} has {len(record)} cells under {width} headings; a decimal comma in a file separated by "
        f"commas must stand in quotes"
    )
    finding = Finding(row, "", " | ".join(record)[:80], str(width), Severity.ERROR, "ragged_row", message)
    return tuple(record[:width]), [finding]


def _note(code: str, column: str, printed: str, message: str) -> Finding:
    return Finding(None, column, printed, "", Severity.ROUNDING, code, message)
