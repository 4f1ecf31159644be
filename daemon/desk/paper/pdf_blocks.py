"""Blocks of the papers as things reportlab sets on a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, KeepTogether, LongTable, Paragraph, Spacer, TableStyle
from reportlab.platypus import Table as Grid

from daemon.desk.paper.figures import PEN
from daemon.desk.paper.model import (
    PAGE_MM,
    Block,
    Box,
    Fill,
    Labels,
    Notes,
    Rules,
    Signatures,
    Table,
    Ticks,
)
from daemon.desk.paper.pdf_fonts import BOLD, PLAIN
from daemon.desk.paper.pdf_labels import LabelBox

_GREY = colors.Color(0.45, 0.45, 0.45)
_MOST_BESIDE = A4[1] / 2
"""Columns higher than this are set under each other, since what stands side by side is not torn."""
_ROW_PT, _ROOMY_PT = 4.2, 6.4
"""Above and below the text of a row together: room for a pen beside it."""
_FLUSH = TableStyle(
    [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)
_COLUMNS = TableStyle([("RIGHTPADDING", (0, 0), (0, 0), 8)], parent=_FLUSH)


def style(size: float, *, bold: bool = False, indent: float = 0) -> ParagraphStyle:
    """Black text of one size."""
    return ParagraphStyle(
        f"{size}{bold}{indent}",
        fontName=BOLD if bold else PLAIN,
        fontSize=size,
        leading=size * 1.22,
        leftIndent=indent,
        firstLineIndent=-indent,
        splitLongWords=True,
    )


def paragraph(text: str, form: ParagraphStyle) -> Paragraph:
    """The text letter for letter."""
    return Paragraph(escape(text), form)


def flowables(block: Block) -> Iterator[Flowable]:
    """What a block becomes."""
    match block:
        case Table():
            yield from (Spacer(0, 3), _table(block), Spacer(0, 3))
        case Box():
            yield _box(block)
        case Ticks():
            yield from (Spacer(0, 3), _ticks(block))
        case Rules():
            yield from _rules(block)
        case Notes():
            yield from (paragraph(line, style(7.6)) for line in block.lines)
        case Signatures():
            yield KeepTogether([Spacer(0, 3), *(SignatureLine(who) for who in block.who)])
        case Labels():
            yield from _labels(block)


def _table(block: Table) -> LongTable:
    size, air = block.points, _ROOMY_PT if block.roomy else _ROW_PT
    widths = block.widths_mm()
    whole = sum(widths)
    form: list[Any] = [
        ("FONT", (0, 0), (-1, 0), BOLD, size * 0.88, size),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("FONT", (0, 1), (-1, -1), PLAIN, size, size * 1.2),
        ("LINEBELOW", (0, 0), (-1, 0), 1.4, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, _GREY),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 1), (-1, -1), air / 2),
        ("BOTTOMPADDING", (0, 1), (-1, -1), air / 2),
        ("TOPPADDING", (0, 0), (-1, 0), 0),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 2),
    ]
    for place, column in enumerate(block.columns):
        at = (place, 1), (place, -1)
        font = BOLD if column.strong else PLAIN
        if column.fill is Fill.NUMBER:
            behind = max(_behind(line.cells[place], font, size) for line in block.lines)
            form += [("ALIGN", *at, "DECIMAL"), ("RIGHTPADDING", *at, behind + 3)]
            form += [("ALIGN", (place, 0), (place, 0), "RIGHT"), ("FONT", *at, font, size)]
        if column.fill is Fill.TEXT:
            form.append(("LEFTPADDING", (place, 0), (place, -1), 7))
        if column.fill is Fill.WRITE:
            form.append(("LINEBEFORE", *at, 0.4, _GREY))
    form += [("LINEABOVE", (0, row), (-1, row), 1.6, colors.black) for row, one in _rows(block) if one]
    heads = [column.head for column in block.columns]
    body = [_cells(block, row, size) for row in range(len(block.lines))]
    return LongTable(
        [heads, *body],
        colWidths=[PAGE_MM * mm * one / whole for one in widths],
        repeatRows=1,
        style=TableStyle(form),
        splitInRow=0,
    )


def _rows(block: Table) -> Iterator[tuple[int, bool]]:
    """Rows of the printed table, and whether something begins with them."""
    yield from ((row, line.begins) for row, line in enumerate(block.lines, 1))


def _behind(text: str, font: str, size: float) -> float:
    """How wide the text is from its decimal point on."""
    return float(stringWidth("".join(text.partition(".")[1:]), font, size))


def _cells(block: Table, row: int, size: float) -> list[str | Paragraph]:
    line = block.lines[row]
    return [
        paragraph(text, style(size, bold=line.begins or column.strong)) if column.fill is Fill.TEXT else text
        for column, text in zip(block.columns, line.cells, strict=True)
    ]


def _box(block: Box) -> Flowable:
    lines = [paragraph(block.head, style(10.5, bold=True))]
    lines += [paragraph(line, style(8.6, bold=place < 3)) for place, line in enumerate(block.lines)]
    form = TableStyle([("BOX", (0, 0), (-1, -1), 2.6, colors.black), ("LEFTPADDING", (0, 0), (-1, -1), 6)])
    return Grid([[lines]], colWidths=[PAGE_MM * mm], style=form, spaceBefore=4)


def _ticks(block: Ticks) -> Flowable:
    half = (len(block.items) + 1) // 2
    left = [Tick(item) for item in block.items[:half]]
    right = [Tick(item) for item in block.items[half:]]
    both = Grid([[left, right or ""]], colWidths=[PAGE_MM * mm / 2] * 2, style=_COLUMNS)
    return KeepTogether([paragraph(block.head, style(8.6, bold=True)), both])


def _rules(block: Rules) -> Iterator[Flowable]:
    """In two columns; wide ones under each other, over as many pages as they take."""
    yield Spacer(0, 3)
    yield paragraph(block.head, style(8.6, bold=True))
    rows = [_rule(heading, sentences, 7.8 if block.wide else 7.3) for heading, sentences in block.rows]
    if block.wide:
        yield from (one for row in rows for one in row)
        return
    half = _half(rows)
    left, right = ([one for row in part for one in row] for part in (rows[:half], rows[half:]))
    if max(_high(left), _high(right)) > _MOST_BESIDE:
        yield from (*left, *right)
        return
    yield Grid([[left, right]], colWidths=[PAGE_MM * mm / 2] * 2, style=_COLUMNS)


def _high(column: Sequence[Flowable]) -> float:
    """How high a column of half the width is."""
    return float(sum(one.wrap(PAGE_MM * mm / 2 - 8, A4[1])[1] for one in column))


def _rule(heading: str, sentences: Sequence[str], size: float) -> list[Flowable]:
    told: list[Flowable] = [paragraph(heading, style(size, bold=True))] if heading else []
    for sentence in sentences:
        told += [Spacer(0, 6)] if PEN in sentence else []
        told.append(paragraph(sentence, style(size, indent=8)))
    return told


def _half(rows: Sequence[Sequence[Flowable]]) -> int:
    """After how many rows the second column begins."""
    whole = sum(len(row) for row in rows)
    for count in range(1, len(rows)):
        if sum(len(row) for row in rows[:count]) * 2 >= whole:
            return count
    return len(rows) - 1


def _labels(block: Labels) -> Iterator[Flowable]:
    boxes = [LabelBox(label, PAGE_MM * mm / 2) for label in block.labels]
    rows = [[one, two] for one, two in zip(boxes[::2], [*boxes[1::2], ""], strict=False)]
    yield Spacer(0, 4)
    yield Grid(rows, colWidths=[PAGE_MM * mm / 2] * 2, style=_FLUSH, splitInRow=0)


class Tick(Flowable):
    """A box to tick and what it is for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = paragraph(text, style(7.8))

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The height of its text, and a little."""
        _, self._high = self._text.wrap(width - 16, height)
        return width, self._high + 2

    def draw(self) -> None:
        """On the canvas reportlab has set."""
        self.canv.rect(0, self._high - 8, 8, 8)
        self._text.drawOn(self.canv, 13, 1)


class SignatureLine(Flowable):
    """A name's place, a line to sign on, a line for date and time."""

    def __init__(self, who: str) -> None:
        super().__init__()
        self._who = who

    def wrap(self, width: float, height: float) -> tuple[float, float]:  # noqa: ARG002 - reportlab's signature
        """One line with room for a pen."""
        self._width = width
        return width, 17

    def draw(self) -> None:
        """On the canvas reportlab has set."""
        self.canv.setFont(PLAIN, 8.4)
        self.canv.drawString(0, 2, self._who)
        begin = stringWidth(self._who, PLAIN, 8.4) + 5
        middle = self._width * 0.6
        self.canv.line(begin, 1, middle, 1)
        self.canv.drawString(middle + 5, 2, "date, time")
        self.canv.line(middle + 52, 1, self._width, 1)
