"""One shape for every line engineers read; no patient in it; nobody ever waits for whoever reads it."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import pytest
import structlog

from daemon import engineers_log
from daemon.engineers_log import LINE_MAX, WITHHELD, Lines, Place

AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
PATIENT = "4711-0815"
PAIR = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))(?: |$)')

Begin = Callable[..., Place]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """The log into a file; everything it set is put back."""
    monkeypatch.delenv(engineers_log.FORM, raising=False)
    root, hook = logging.getLogger(), sys.excepthook
    before = list(root.handlers)
    with (tmp_path / "log").open("w") as stream:

        def begun(form: str = "", into: TextIO = stream) -> Place:
            monkeypatch.setattr(sys, "stderr", into)
            monkeypatch.setenv(engineers_log.FORM, form)
            place = engineers_log.begin("s/u/b", lambda: AT, PATIENT)
            place.at = lambda: (3, 77)
            return place

        yield begun
    structlog.reset_defaults()
    sys.excepthook = hook
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)


def pairs(line: str) -> dict[str, str]:
    """The keys and values of a line, read to its end."""
    found, end = {}, 0
    while end < len(line):
        pair = PAIR.match(line, end)
        assert pair is not None, line[end:]
        found[pair[1]] = pair[3] if pair[2] is None else re.sub(r"\\(.)", r"\1", pair[2])
        end = pair.end()
    return found


def said(folder: Path) -> list[str]:
    return (folder / "log").read_text(encoding="utf-8").splitlines()


def test_a_line_says_when_what_where_and_of_which_device(begin: Begin, tmp_path: Path) -> None:
    begin()
    structlog.get_logger().bind(device="pump-1").warning("pump.lost", why='no "reply" \\ in 3 s')
    (line,) = said(tmp_path)
    assert line.startswith(
        "utc=2026-01-02T03:04:05.678+00:00 level=warning event=pump.lost "
        "bed=s/u/b run=3 seq=77 device=pump-1 "
    )
    assert pairs(line)["why"] == 'no "reply" \\ in 3 s'


def test_json_says_the_same(begin: Begin, tmp_path: Path) -> None:
    begin("json")
    structlog.get_logger().info("monitor.back", device="monitor-1", why="a\nb")
    (line,) = said(tmp_path)
    assert json.loads(line) == {
        "utc": "2026-01-02T03:04:05.678+00:00",
        "level": "info",
        "event": "monitor.back",
        "bed": "s/u/b",
        "run": 3,
        "seq": 77,
        "device": "monitor-1",
        "why": "a\nb",
    }


def test_before_a_run_is_known_its_keys_are_there_and_empty(begin: Begin, tmp_path: Path) -> None:
    begin().at = lambda: (None, None)
    structlog.get_logger().info("service.ready")
    assert " run= seq=" in said(tmp_path)[0]


@pytest.mark.parametrize("form", ["", "json"])
def test_an_exception_is_one_line_that_ends_with_what_went_wrong(
    begin: Begin, tmp_path: Path, form: str
) -> None:
    begin(form)
    try:
        int("é" * 50)
    except ValueError:
        structlog.get_logger().exception("service.failed")
    (line,) = said(tmp_path)
    assert "Traceback" in line
    assert "é" * 50 in line


@pytest.mark.parametrize("form", ["", "json"])
def test_no_line_has_colours_or_other_control_characters(begin: Begin, tmp_path: Path, form: str) -> None:
    begin(form)
    structlog.get_logger().info("x", why="\x1b[31mred\r\n\x00\x9b\u2028")
    text = (tmp_path / "log").read_bytes()
    assert not set(text[:-1]) & {0, 10, 13, 27}
    assert text.endswith(b"\n")


@pytest.mark.parametrize("text", ["unknown patient 4711-0815", "PID-3=4711-0815^^^", "(4711-0815)"])
@pytest.mark.parametrize("form", ["", "json"])
def test_the_identifier_of_the_patient_is_withheld_wherever_it_came_from(
    begin: Begin, tmp_path: Path, text: str, form: str
) -> None:
    begin(form)
    structlog.get_logger().warning("hl7.refused", why=text, device=text)
    logging.getLogger("foreign").warning("said %s", text)
    try:
        int(text)
    except ValueError:
        structlog.get_logger().exception(text)
    lines = said(tmp_path)
    assert len(lines) == 3
    assert all(WITHHELD in line and PATIENT not in line for line in lines)


def test_a_short_identifier_does_not_eat_other_words_or_numbers(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "PATIENT", "77")
    begin()
    structlog.get_logger().info("x", why="777 a77 bed 77.", count=77)
    assert pairs(said(tmp_path)[0]) | {"utc": ""} == {
        "utc": "",
        "level": "info",
        "event": "x",
        "bed": "s/u/b",
        "run": "3",
        "seq": "77",
        "why": f"777 a77 bed {WITHHELD}.",
        "count": "77",
    }


def test_what_python_warns_of_has_the_same_shape(begin: Begin, tmp_path: Path) -> None:
    begin()
    begin()
    logging.getLogger("asyncio").error("Task exception was never retrieved")
    logging.getLogger("asyncio").info("not this")
    (line,) = said(tmp_path)
    assert pairs(line)["event"] == "python.warned"
    assert pairs(line)["by"] == "asyncio"
    assert pairs(line)["run"] == "3"


def test_what_nobody_caught_is_one_line(begin: Begin, tmp_path: Path) -> None:
    begin()
    error = RuntimeError(f"of {PATIENT}")
    sys.excepthook(RuntimeError, error, None)
    (line,) = said(tmp_path)
    assert pairs(line)["event"] == "program.failed"
    assert f"of {WITHHELD}" in line


def test_nobody_waits_for_a_reader_who_does_not_read(begin: Begin) -> None:
    """A journal that hangs must not hang the supervising loop: lines are dropped, and counted."""
    reads, writes = os.pipe()
    begin("", os.fdopen(writes, "w"))
    log = structlog.get_logger()
    for number in range(2_000):
        log.info("x", why="y" * 300, number=number)
    taken = os.read(reads, 1 << 20)
    log.info("x", number="last")
    after = os.read(reads, 1 << 20).decode()
    assert taken.endswith(b"\n")
    whole = [pairs(line) for line in taken.decode().splitlines()]
    assert [int(one["number"]) for one in whole] == list(range(len(whole)))
    assert int(pairs(after.strip())["dropped"]) == 2_000 - len(whole)
    os.close(reads)
    sys.stderr.close()


def test_a_reader_who_is_gone_harms_nothing(begin: Begin) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    begin("", os.fdopen(writes, "w"))
    structlog.get_logger().info("x")
    sys.stderr.close()
    structlog.get_logger().info("x")


def test_a_line_is_never_longer_than_what_is_written_at_once(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        Lines(stream).msg("é" * LINE_MAX)
    text = (tmp_path / "log").read_bytes()
    assert len(text) == LINE_MAX
    assert text.endswith(b"\n")


def test_a_stream_without_a_file_is_written_to() -> None:
    class Stream:
        text = ""

        def fileno(self) -> int:
            raise OSError

        def write(self, text: str) -> int:
            self.text += text
            return len(text)

    stream: Any = Stream()
    Lines(stream).msg("a")
    assert stream.text == "a\n"
