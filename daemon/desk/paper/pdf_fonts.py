"""The fonts inside the PDF: Bitstream Vera, which comes with reportlab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from daemon.desk.paper.unprintable import Unprintable

PLAIN, BOLD = "Vera", "VeraBd"
_FOLDER = Path(str(reportlab.__file__)).parent / "fonts"


def register() -> None:
    """Make the fonts known to reportlab."""
    for name in (PLAIN, BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(_FOLDER / f"{name}.ttf")))


def check(value: object) -> None:
    """Unprintable for the first text of a model that the fonts cannot write."""
    known = _glyphs(PLAIN) & _glyphs(BOLD)
    for text in _texts(value):
        missing = "".join(dict.fromkeys(one for one in text if ord(one) not in known and one != "\n"))
        if missing:
            raise Unprintable(text, missing)


def _glyphs(name: str) -> set[int]:
    font = pdfmetrics.getFont(name)
    return set(font.face.charToGlyph) if isinstance(font, TTFont) else set()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
