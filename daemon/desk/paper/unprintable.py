"""A text that a form of the papers cannot show."""

from __future__ import annotations


class Unprintable(Exception):
    """A text has characters the fonts do not have."""

    def __init__(self, text: str, missing: str) -> None:
        super().__init__(
            f'the PDF fonts have no "{missing}", in: {text}; print the papers with --html instead, '
            "or write it in other letters"
        )
