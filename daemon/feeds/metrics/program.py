"""Metrics of the daemon itself: its record, its supervising loop, its feeds, its process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from daemon.feeds.following import Heard
from daemon.feeds.metrics.exposition import Kind, Sample, Value
from daemon.feeds.metrics.metric import Metric, each, one

_UTIME = 13
"""Place of user time in /proc/PID/stat (proc(5)) after the name, counted from 0; system time follows."""


def _resident(heard: Heard) -> Iterator[Sample]:
    """Of the kernel; nothing where it does not show that process."""
    with suppress(OSError, ValueError, IndexError):
        pages = _proc(heard, "statm").split()[1]
        yield {}, int(pages) * os.sysconf("SC_PAGE_SIZE")


def _cpu(heard: Heard) -> Iterator[Sample]:
    with suppress(OSError, ValueError, IndexError):
        rest = _proc(heard, "stat").rpartition(")")[2].split()
        ticks = int(rest[_UTIME - 2]) + int(rest[_UTIME - 1])
        yield {}, ticks / os.sysconf("SC_CLK_TCK")


def _proc(heard: Heard, name: str) -> str:
    return Path(f"/proc/{int(heard.health['pid'])}/{name}").read_text(encoding="utf-8", errors="replace")


def _feeds(heard: Heard, key: str) -> Iterator[Sample]:
    values: list[tuple[str, Value]] = [(name, said[key]) for name, said in heard.health["feeds"].items()]
    return each("feed", values)


METRICS = (
    Metric(
        "infusiond_run",
        "Number of the run: that of the record which opened it.",
        lambda h: one(h.status["run"]),
    ),
    Metric("infusiond_journal_seq", "Number of the newest record.", lambda h: one(h.status["seq"])),
    Metric(
        "infusiond_journal_undurable_records",
        "Records that are not on disk yet.",
        lambda h: one(h.status["seq"] - h.health["durable_seq"]),
    ),
    Metric(
        "infusiond_supervising_beats_total",
        "Turns of the supervising loop, two a second while it lives.",
        lambda h: one(h.beat),
        Kind.COUNTER,
    ),
    Metric("infusiond_feed_ok", "The feed is heard and says that it is well.", lambda h: _feeds(h, "ok")),
    Metric(
        "infusiond_feed_word_age_seconds",
        "Time since the last word of the feed.",
        lambda h: _feeds(h, "said_s"),
    ),
    Metric(
        "infusiond_feed_unconfirmed_alarms",
        "Alarms that no station has confirmed in time.",
        lambda h: _feeds(h, "unconfirmed"),
    ),
    Metric("infusiond_daemon_resident_memory_bytes", "Resident memory of the daemon's process.", _resident),
    Metric(
        "infusiond_daemon_cpu_seconds_total",
        "Processor time of the daemon's process, user and system.",
        _cpu,
        Kind.COUNTER,
    ),
)
