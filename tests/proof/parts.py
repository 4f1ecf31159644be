"""The parts of the long proof: each a command with a report, and exit code 0 for nothing found."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

CAMPAIGN = "-m", "simulators.cli", "campaign", "--json"


@dataclass(frozen=True, slots=True)
class Length:
    """How much is played."""

    seeds: str = "0:100"
    hours: float = 1
    engine_hours: float = 10
    sweep: int = 24
    switches: str = "0:20000"


@dataclass(frozen=True, slots=True)
class Part:
    """One command of the proof, as words for Python."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """How a part ended: its exit code, what it said, and how long it took."""

    part: Part
    code: int
    reports: tuple[dict[str, Any], ...]
    """What it reported in JSON; empty where it speaks in lines, or died before it could."""
    text: str
    seconds: float
    tail: str = ""
    """The end of what it said to standard error."""


def parts(length: Length) -> tuple[Part, ...]:
    """Every part; the campaigns first."""
    hours, engine_hours = str(length.hours), str(length.engine_hours)
    engine = ("--profile", "engine", "--seeds", length.seeds, "--hours", engine_hours)
    return (
        Part("wire", (*CAMPAIGN, "--seeds", length.seeds, "--hours", hours)),
        Part("engine", (*CAMPAIGN, *engine)),
        Part("sweep", (*CAMPAIGN, "--sweep", str(length.sweep))),
        Part("crash", ("-m", "tests.crash")),
        Part("smallworld", ("-m", "tests.smallworld", "--json")),
        Part("switches", ("-m", "tests.engine.switches", "--seeds", length.switches)),
        Part("planted", ("-m", "tests.patient.planted")),
    )


def play(part: Part) -> Played:
    """Run it to its end."""
    begun = time.monotonic()
    ran = subprocess.run([sys.executable, *part.words], capture_output=True, text=True, check=False)
    tail = "\n".join(ran.stderr.splitlines()[-20:])
    return Played(part, ran.returncode, said(ran.stdout), ran.stdout, time.monotonic() - begun, tail)


def said(text: str) -> tuple[dict[str, Any], ...]:
    """One JSON object, or one a line."""
    try:
        return (json.loads(text),)
    except json.JSONDecodeError:
        pass
    try:
        return tuple(json.loads(line) for line in text.splitlines())
    except json.JSONDecodeError:
        return ()
