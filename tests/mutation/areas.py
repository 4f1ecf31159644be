"""What is mutated, by area, and the tests that may kill: they need no port, no process, no real time."""

from __future__ import annotations

import ast
import fnmatch
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "mutation"
AREAS = {
    "guard": ("daemon/guard/*.py",),
    "gap and resume": (
        "daemon/engine/gap.py",
        "daemon/engine/resume.py",
        "daemon/engine/gate.py",
        "daemon/engine/recovery.py",
        "daemon/engine/acts/going_on.py",
        "daemon/protocols/rules.py",
    ),
    "dose": (
        "daemon/engine/account.py",
        "daemon/engine/counter.py",
        "daemon/engine/doses.py",
        "daemon/engine/dosing.py",
        "daemon/engine/fraction.py",
        "daemon/engine/slices.py",
        "daemon/engine/totals.py",
        "daemon/engine/tube.py",
        "daemon/engine/y_site.py",
        "daemon/protocols/compile*.py",
        "daemon/protocols/exposure.py",
        "daemon/protocols/margin.py",
        "daemon/protocols/measure.py",
        "daemon/protocols/numbers.py",
        "daemon/protocols/plan.py",
    ),
    "frames": (),
    "engine": ("daemon/engine/*.py", "daemon/engine/acts/*.py"),
}
"""A file belongs to the first area that names it; `frames` are the modules the import contract calls pure."""
TEXTS = ("daemon/engine/texts*.py",)
"""Sentences and nothing else: no word of them is mutated."""
TESTS = (
    "tests/guard",
    "tests/engine",
    "tests/protocols",
    "tests/drivers",
    "tests/patient/test_campaign.py",
    "tests/runtime/test_by_hand.py",
    "tests/runtime/test_by_hand_ceiling.py",
)
NOT_TESTS = (
    "tests/drivers/mqtt/test_link_and_bridge.py",
    "tests/drivers/test_every_link.py",
    "tests/drivers/test_links.py",
    "tests/drivers/test_listening.py",
    "tests/drivers/test_lost_bytes.py",
    "tests/drivers/test_tcp_link.py",
    "tests/drivers/test_udp_link.py",
)
"""They open ports or wait for real time: what fails there may be the machine."""


def files() -> dict[str, str]:
    """Each mutated file and its area."""
    sources = [
        path.relative_to(ROOT).as_posix()
        for top in ("daemon", "drivers")
        for path in (ROOT / top).rglob("*.py")
    ]
    found: dict[str, str] = {}
    for area, patterns in AREAS.items():
        wanted = patterns or tuple(_pure_frames())
        for name in sorted(sources):
            if any(fnmatch.fnmatch(name, one) and name.count("/") == one.count("/") for one in wanted):
                found.setdefault(name, area)
    return {name: area for name, area in found.items() if not _is_text(name)}


def users(name: str) -> set[str]:
    """Mutated files that import this one, and those that import them in turn where they hold no function."""
    sources = {one: parsed(one) for one in files()}
    found, left = set(), {name}
    while left:
        wanted = left.pop().removesuffix(".py").replace("/", ".")
        for one, tree in sources.items():
            if one not in found and wanted in _imported(tree):
                found.add(one)
                left |= set() if any(isinstance(node, ast.FunctionDef) for node in ast.walk(tree)) else {one}
    return found


def _imported(tree: ast.Module) -> set[str]:
    """Dotted names of all that may be a module."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return found


def _is_text(name: str) -> bool:
    return any(fnmatch.fnmatch(name, one) for one in TEXTS)


def _pure_frames() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (pure,) = (one["source_modules"] for one in contracts if one["name"] == "frames are pure")
    return [module.replace(".", "/") + ".py" for module in pure]


def parsed(name: str) -> ast.Module:
    """The syntax tree of a file of the project."""
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)
