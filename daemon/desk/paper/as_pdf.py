"""The papers as PDF, A4, with the fonts inside; no text of the order is read as markup."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
)

from daemon.desk.paper.model import PAGE_MM, Paper, Papers
from daemon.desk.paper.pdf_blocks import flowables, paragraph, style
from daemon.desk.paper.pdf_fonts import BOLD, PLAIN, check, register

_LEFT, _TOP, _BOTTOM = 12 * mm, A4[1] - 9 * mm, 8 * mm
_WIDTH = PAGE_MM * mm
_PATIENT = 66 * mm
_PATIENT_HIGH = 15 * mm


def pdf(papers: Papers) -> bytes:
    """The file's bytes. Unprintable for a text the fonts cannot write."""
    register()
    check(papers)
    _, pages = _built(papers, 0)
    return _built(papers, pages)[0]


def _built(papers: Papers, pages: int) -> tuple[bytes, int]:
    """The bytes and how many pages they have; `pages` is what each page says of that."""
    made = io.BytesIO()
    document = BaseDocTemplate(
        made, pagesize=A4, title=papers.title, author="infusiond, not a medical device", invariant=1
    )
    for place, paper in enumerate(papers.papers):
        document.addPageTemplates(_Page(f"paper-{place}", papers, paper, pages))
    document.build(list(_story(papers)))
    return made.getvalue(), int(document.page)


def _story(papers: Papers) -> Iterator[Flowable]:
    for place, paper in enumerate(papers.papers):
        if place:
            yield NextPageTemplate(f"paper-{place}")
            yield PageBreak()
        for block in paper.blocks:
            yield from flowables(block)


class _Page(PageTemplate):
    """A page with the head and foot that every page of one paper has."""

    def __init__(self, name: str, papers: Papers, paper: Paper, pages: int) -> None:
        refused = "REFUSED: " if papers.refused else ""
        self._head = (
            paragraph(refused + papers.title, style(13, bold=True)),
            paragraph(papers.order, style(8.8)),
            paragraph(paper.name, style(10.5, bold=True)),
        )
        self._foot = tuple(paragraph(line, style(6)) for line in papers.foot)
        self._refused, self._pages = papers.refused, pages
        self._high = max(_height(self._head, _WIDTH - _PATIENT - 4 * mm), _PATIENT_HIGH) + 4
        low = _height(self._foot, _WIDTH - 25 * mm) + 3
        room = _TOP - self._high - _BOTTOM - low
        frame = Frame(_LEFT, _BOTTOM + low, _WIDTH, room, 0, 0, 0, 0)
        self._line = _BOTTOM + low - 1
        super().__init__(name, [frame], onPage=self._draw)

    def _draw(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        canvas.saveState()
        if self._refused:
            self._across(canvas)
        y = _stack(canvas, self._head, _TOP, _WIDTH - _PATIENT - 4 * mm)
        y = min(y, _TOP - _PATIENT_HIGH)
        canvas.setLineWidth(1.6)
        canvas.line(_LEFT, y - 2, _LEFT + _WIDTH, y - 2)
        canvas.setLineWidth(0.8)
        canvas.line(_LEFT, self._line, _LEFT + _WIDTH, self._line)
        _stack(canvas, self._foot, self._line - 1, _WIDTH - 25 * mm)
        canvas.setFont(PLAIN, 7)
        canvas.drawRightString(_LEFT + _WIDTH, _BOTTOM, f"page {canvas.getPageNumber()} of {self._pages}")
        self._patient(canvas)
        canvas.restoreState()

    @staticmethod
    def _patient(canvas: Canvas) -> None:
        left, low = _LEFT + _WIDTH - _PATIENT, _TOP - _PATIENT_HIGH + 3
        canvas.rect(left, low, _PATIENT, _PATIENT_HIGH - 3)
        canvas.setFont(PLAIN, 7)
        for text, y in (("patient (label)", low + 22), ("date", low + 6)):
            canvas.drawString(left + 4, y, text)
            canvas.line(left + 62, y - 1, left + _PATIENT - 4, y - 1)

    @staticmethod
    def _across(canvas: Canvas) -> None:
        """Outlined, so that what is under it can still be read."""
        canvas.saveState()
        canvas.translate(A4[0] / 2, A4[1] / 2)
        canvas.rotate(55)
        text = canvas.beginText()
        text.setFont(BOLD, 120)
        text.setTextRenderMode(1)
        text.setTextOrigin(-canvas.stringWidth("REFUSED", BOLD, 120) / 2, -40)
        text.textOut("REFUSED")
        canvas.setLineWidth(2)
        canvas.setStrokeGray(0.5)
        canvas.drawText(text)
        canvas.restoreState()


def _height(lines: Sequence[Paragraph], width: float) -> float:
    return float(sum(line.wrap(width, A4[1])[1] for line in lines))


def _stack(canvas: Canvas, lines: Sequence[Paragraph], y: float, width: float) -> float:
    """Draw one under the other from y down; where they end."""
    for line in lines:
        y -= line.wrap(width, A4[1])[1]
        line.drawOn(canvas, _LEFT, y)
    return y
