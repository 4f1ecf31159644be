"""One label of a bag, to be cut out."""

from __future__ import annotations

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from daemon.desk.paper import qr
from daemon.desk.paper.model import Label
from daemon.desk.paper.pdf_fonts import BOLD, PLAIN

HEIGHT = 58 * mm
_EDGE = 3 * mm
_CODE = 30 * mm
_LINES = 2
_TOUCH = 1.02
"""Modules are this much larger than their place, so that no hairline stands between neighbours."""
_PENS = (("made (date, time)", 0.52), ("use until", 0.52), ("made by", 0.47), ("patient", 1.0))


class LabelBox(Flowable):
    """Text on the left, code on the right, lines for a pen under both."""

    def __init__(self, label: Label, width: float) -> None:
        super().__init__()
        self._label, self._width = label, width

    def wrap(self, width: float, height: float) -> tuple[float, float]:  # noqa: ARG002 - reportlab's signature
        """Always the same."""
        return self._width, HEIGHT

    def draw(self) -> None:
        """On the canvas reportlab has set."""
        canvas, label = self.canv, self._label
        canvas.saveState()
        canvas.setDash(2, 2)
        canvas.rect(0, 0, self._width, HEIGHT)
        canvas.restoreState()
        room = self._width - 2 * _EDGE - (_CODE if label.code else 0)
        y = HEIGHT - _EDGE
        for text, font, size in (
            (label.drug, BOLD, 11.0),
            (label.bag, BOLD, 16.0),
            (label.text, PLAIN, 8.0),
            (label.strength, BOLD, 11.5),
            (label.content, PLAIN, 8.5),
        ):
            if text:
                y = self._text(text, font, size, room, y)
        self._pens()
        canvas.setFont(PLAIN, 5.5)
        canvas.drawString(_EDGE, 2 * mm, label.foot)
        if label.code:
            self._code(label.code)

    def _text(self, text: str, font: str, size: float, room: float, y: float) -> float:
        """One line, smaller where it is long, in two where it is very long; where the next one begins."""
        while stringWidth(text, font, size) > room and size > 6:
            size -= 0.5
        self.canv.setFont(font, size)
        lines = _broken(text, font, size, room)
        for line in lines:
            y -= size
            self.canv.drawString(_EDGE, y, line)
            y -= size * 0.25
        return y - 1

    def _pens(self) -> None:
        canvas, y = self.canv, 24 * mm
        canvas.setFont(PLAIN, 7)
        for text, part in _PENS:
            end = _EDGE + (self._width - 2 * _EDGE) * part
            canvas.drawString(_EDGE, y + 1, text)
            canvas.line(_EDGE + stringWidth(text, PLAIN, 7) + 3, y, end, y)
            if text == "made by":
                canvas.drawString(end + 6, y + 1, "checked by")
                canvas.line(end + 9 + stringWidth("checked by", PLAIN, 7), y, self._width - _EDGE, y)
            y -= 6 * mm

    def _code(self, code: str) -> None:
        """The QR code with its quiet zone, and the code in letters under it."""
        canvas, rows = self.canv, qr.dark(code)
        unit = _CODE / (len(rows) + 2 * qr.QUIET)
        left, top = self._width - _EDGE - _CODE, HEIGHT - 1.5 * mm
        for y, row in enumerate(rows):
            for x, one in enumerate(row):
                if one:
                    at = left + (x + qr.QUIET) * unit, top - (y + 1 + qr.QUIET) * unit
                    canvas.rect(*at, unit * _TOUCH, unit * _TOUCH, stroke=0, fill=1)
        middle = left + _CODE / 2
        canvas.setFont(PLAIN, 6)
        canvas.drawCentredString(middle, top - _CODE - 2, "CODE")
        canvas.setFont(BOLD, 13)
        canvas.drawCentredString(middle, top - _CODE - 15, code)


def _broken(text: str, font: str, size: float, room: float) -> list[str]:
    """The text in at most two lines that fit; what finds no room is marked as cut."""
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}".strip()
        if line and stringWidth(longer, font, size) > room:
            lines.append(line)
            longer = word
        line = longer
    lines.append(line)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], f"{lines[_LINES - 1]} …"]
    return [_cut(line, font, size, room) for line in lines]


def _cut(line: str, font: str, size: float, room: float) -> str:
    while stringWidth(line, font, size) > room:
        line = f"{line.removesuffix('…')[:-1]}…"
    return line
