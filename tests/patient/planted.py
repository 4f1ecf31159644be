"""Bugs planted in a copy of the tree for the campaign; `python -m tests.patient.planted`: every one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PARTS = ("config", "daemon", "drivers", "simulators")
SEEDS = {"wire": "0:40", "engine": "0:400"}
CPU_S = 60


MORE, DEFAULTS = ("profile", "bed", "only"), ("wire", "", "")


@dataclass(frozen=True)
class Bug:
    """Edits of (file, old, new), and the invariant that has to tell."""

    name: str
    by: str
    edits: tuple[tuple[str, str, str], ...]
    profile: str = "wire"
    """Of the campaign that is to find it."""
    bed: str = ""
    """Where it can be seen; empty = at any."""
    only: str = ""
    """What has to strike; empty = whatever is drawn."""

    def __str__(self) -> str:
        return self.name


def bugs() -> list[Bug]:
    """All of planted.toml."""
    found = tomllib.loads(Path(__file__).with_name("planted.toml").read_text(encoding="utf-8"))["bug"]
    return [
        Bug(one["name"], one["by"], tuple(map(tuple, one["edits"])), *map(one.get, MORE, DEFAULTS))
        for one in found
    ]


def plant(bug: Bug, folder: Path) -> None:
    """A copy of the tree with the bug in it; AssertionError where the text to change is not there once."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in bug.edits:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"planted.toml: {bug}: {name} holds {text.count(old)} times: {old}"
        file.write_text(text.replace(old, new), encoding="utf-8")


def find(bug: Bug, folder: Path) -> dict[str, Any]:
    """What the campaign says of the copy, up to the first story that breaks."""
    plant(bug, folder)
    drawn = ["--profile", bug.profile, "--seeds", SEEDS[bug.profile]]
    drawn += [word for name in MORE[1:] if getattr(bug, name) for word in (f"--{name}", getattr(bug, name))]
    call = [sys.executable, "-m", "simulators.cli", "campaign", "--first", *drawn, "--json"]
    there = {**os.environ, "PYTHONPATH": str(folder)}
    ran = subprocess.run(call, cwd=folder, env=there, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stderr
    assert ran.stdout, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def main(names: list[str]) -> int:
    """Each bug, or those named; the invariant that told, and the CPU time it took; 1 if one was missed."""
    missed = 0
    for bug in [one for one in bugs() if not names or one.name in names]:
        with tempfile.TemporaryDirectory() as folder:
            report = find(bug, Path(folder))
        told = [violation["broken"] for violation in report["violations"]]
        good = told == [bug.by] and report["cpu_s"] < CPU_S
        missed += not good
        word = "found" if good else f"MISSED by {bug.by}"
        print(f"{word}: {bug}: {told}, {report['runs']} runs, {report['cpu_s']} s of CPU", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
