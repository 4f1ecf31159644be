"""The page of logs and metrics names what the code says, and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from daemon.feeds.metrics.exporter import METRICS
from tests.docs.pages import REFERENCE, ROOT

LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
OWN = {"infusiond_up", "infusiond_daemon_losses_total", "infusiond_heard_age_seconds", "infusiond_bed_info"}
"""Of the listener itself, beside the tables."""


def events(path: Path) -> Iterator[str]:
    """The event of every line a file logs; one that is not written out is a fault of its own."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            owner = ast.unparse(node.func.value)
            if owner in ("log", "self._log", "structlog.get_logger()"):
                named = node.args[1 if node.func.attr == "log" else 0]
                assert isinstance(named, ast.Constant), f"{path}:{node.lineno}"
                yield str(named.value)


def first_cells(head: str) -> set[str]:
    """Names in the first column of the table beneath a heading."""
    text = (REFERENCE / "logs-and-metrics.md").read_text(encoding="utf-8")
    part = text.split(f"\n## {head}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_the_page_has_every_event_that_is_logged_and_no_other() -> None:
    logged = {event for file in (ROOT / "daemon").rglob("*.py") for event in events(file)}
    assert "pump.lost" in logged
    assert first_cells("Events") == logged


def test_the_page_has_every_metric_and_no_other() -> None:
    assert first_cells("Metrics") == {metric.name for metric in METRICS} | OWN
