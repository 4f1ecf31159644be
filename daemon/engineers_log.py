"""The engineers' log: one line a fact on standard error, in one shape; it never makes a run wait."""

from __future__ import annotations

import logging
import os
import re
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

FORM = "INFUSIOND_LOG"
"""The variable that asks for JSON; anything but `json` is key=value."""
LINE_MAX = select.PIPE_BUF
"""Bytes of a line: so many are written whole and at once, or nobody is ready and the line is dropped."""
VALUE_MAX = 400
TRACE_MAX = 2_000
WITHHELD = "[withheld]"
FIRST = ("utc", "level", "event", "bed", "run", "seq", "device")
_PLAIN = frozenset(FIRST) - {"event", "device"}
"""Ours alone: numbers, times and the name of the bed, in which nothing is looked for."""


class Place:
    """Where a line stands: the bed, the number of its run, the last record; `at` says the last two."""

    def __init__(self, bed: str) -> None:
        self.bed = bed
        self.at: Callable[[], tuple[int | None, int | None]] = lambda: (None, None)


def begin(bed: str, utc: Callable[[], datetime], patient: str) -> Place:
    """Log in one shape from now on; `patient` is the identifier that no line may carry."""
    place = Place(bed)
    lines = Lines(sys.stderr)
    as_json = os.environ.get(FORM) == "json"
    structlog.configure(
        processors=[
            lines.ready,
            structlog.processors.add_log_level,
            _Stamp(place, utc),
            structlog.processors.format_exc_info,
            _Withhold(patient, escape=not as_json),
            _json if as_json else structlog.processors.LogfmtRenderer(bool_as_flag=False),
        ],
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, _Python) for handler in root.handlers):
        root.addHandler(_Python(logging.WARNING))
    sys.excepthook = _uncaught
    return place


class Lines:
    """Takes lines for a stream while somebody reads it; a line nobody is ready for is counted and dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._dropped = 0
        self._poll: select.poll | None = None
        with suppress(OSError, ValueError):
            self._fd = stream.fileno()
            self._poll = select.poll()
            self._poll.register(self._fd, select.POLLOUT)

    def ready(self, _logger: WrappedLogger, _method: str, said: EventDict) -> EventDict:
        """Drop what would wait; say with the next line how many were dropped."""
        if self._poll is not None and not self._poll.poll(0):
            self._dropped += 1
            raise structlog.DropEvent
        if self._dropped:
            said["dropped"], self._dropped = self._dropped, 0
        return said

    def msg(self, text: str) -> None:
        """One line, or nothing if nobody takes it."""
        line = text.encode("utf-8", "backslashreplace")[: LINE_MAX - 1] + b"\n"
        with suppress(OSError, ValueError):
            if self._poll is None:
                self._stream.write(line.decode("utf-8", "replace"))
            else:
                os.write(self._fd, line)

    debug = info = warning = warn = error = critical = exception = log = msg


class _Stamp:
    """When and where; what is known comes first, in this order."""

    def __init__(self, place: Place, utc: Callable[[], datetime]) -> None:
        self._place = place
        self._utc = utc

    def __call__(self, _logger: WrappedLogger, _method: str, said: EventDict) -> EventDict:
        run, seq = self._place.at()
        said.update(bed=self._place.bed, run=run, seq=seq)
        said["utc"] = self._utc().isoformat(timespec="milliseconds")
        return {key: said[key] for key in FIRST if key in said} | {
            key: value for key, value in said.items() if key not in FIRST
        }


class _Withhold:
    """Text from outside is cut, loses what no terminal should see, and the identifier of the patient."""

    def __init__(self, patient: str, *, escape: bool) -> None:
        self._patient = re.compile(rf"(?<!\w){re.escape(patient)}(?!\w)", re.IGNORECASE) if patient else None
        self._escape = escape

    def __call__(self, _logger: WrappedLogger, _method: str, said: EventDict) -> EventDict:
        return {key: value if key in _PLAIN else self._fit(key, value) for key, value in said.items()}

    def _fit(self, key: str, value: Any) -> Any:
        if value is None or isinstance(value, int):
            return value
        text = str(value)
        if self._patient is not None:
            text = self._patient.sub(WITHHELD, text)
        text = text[-TRACE_MAX:] if key == "exception" else text[:VALUE_MAX]
        if self._escape and not text.isprintable():
            text = "".join(map(_visible, text))
        return text


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _json(_logger: WrappedLogger, _method: str, said: EventDict) -> str:
    return str(structlog.processors.JSONRenderer(ensure_ascii=False)(_logger, _method, said))


class _Python(logging.Handler):
    """What Python's own libraries warn of, in the same shape."""

    def emit(self, record: logging.LogRecord) -> None:
        said = {"by": record.name, "why": record.getMessage(), "exc_info": record.exc_info}
        structlog.get_logger().log(record.levelno, "python.warned", **said)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    structlog.get_logger().critical("program.failed", exc_info=(kind, error, trace))
