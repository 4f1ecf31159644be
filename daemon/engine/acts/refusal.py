"""A refusal, by its code in the text catalogue."""

from __future__ import annotations

from typing import Any

from daemon.engine.texts import say


class Refusal(Exception):
    """An act that may not be done now; the text says why and what would help."""

    def __init__(self, code: str, /, **values: Any) -> None:
        super().__init__(say(code, **values))
        self.code = code
