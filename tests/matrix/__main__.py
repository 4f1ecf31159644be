"""`python -m tests.matrix`: what is asked, code, tests, campaign and last result, for rules and table (A)."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.matrix.asked import AskedRow, asked_holes, asked_rows
from tests.matrix.campaign import NO_REPORT, counted, last_report, said_of
from tests.matrix.carried import PROGRAM, ROOT, Place
from tests.matrix.named import Test
from tests.matrix.page import PAGE, written
from tests.matrix.results import NOT_RUN, Result, last_results
from tests.matrix.table import Row, holes, rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the matrix; 1 where it has a hole or a last result is a failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    asked = parser.parse_args(arguments)
    table, asked_for, results = rows(), asked_rows(), last_results()
    found = [*holes(table), *asked_holes(asked_for)]
    if PAGE.read_text(encoding="utf-8") != written():
        found.append(f"{PAGE.relative_to(ROOT)} is not what is generated: python -m tests.docs.write")
    if asked.json:
        print(json.dumps(as_json(table, asked_for, results, found), indent=2))
    else:
        print("\n".join(as_text(table, asked_for, results, found)))
    outcomes = [row.result(results).outcome for row in table]
    outcomes += [row.result(results).outcome for row in asked_for]
    return 1 if found or "failed" in outcomes else 0


def as_text(
    table: Sequence[Row], asked_for: Sequence[AskedRow], results: dict[str, Result], found: Sequence[str]
) -> Iterator[str]:
    """A block of lines for each rule and each requirement, then the sums and the holes."""
    report = last_report()
    for row in table:
        yield f"{row.rule.id}  {row.rule.severity}: {row.rule.hazard}"
        yield from _block(row, results, ("rule", row.rule.answer), said_of(row.rule.id, report))
    for asked in asked_for:
        yield f"{asked.asked.id}  {asked.asked.group}: {asked.asked.asks}"
        yield from _block(asked, results, None, said_of(asked.asked.id, report))
    for head, part in (("rules", table), ("table (A)", asked_for)):
        yield _sum(f"{head}: states", Counter(row.state.word if row.state else "unknown" for row in part))
        yield _sum(f"{head}: last results", Counter(row.result(results).outcome for row in part))
    yield f"campaign counts: {report['from'] if report is not None else NO_REPORT}"
    yield f"holes: {len(found)}"
    yield from (f"  {hole}" for hole in found)


def _block(
    row: Row | AskedRow, results: dict[str, Result], first: tuple[str, str] | None, campaign: str
) -> Iterator[str]:
    width = min(shutil.get_terminal_size((110, 40)).columns, 140)
    lines = [
        *([first] if first else []),
        ("state", str(row.state or "unknown")),
        ("code", _code(row.code)),
        ("tests", _tests(row.tests)),
        *([("campaign", campaign)] if campaign else []),
        ("result", _result(row, results)),
    ]
    for head, text in lines:
        lead = f"     {head:<9}"
        yield textwrap.fill(
            text or "NONE",
            width,
            initial_indent=lead,
            subsequent_indent=" " * len(lead),
            break_on_hyphens=False,
        )
    yield ""


def _sum(of: str, counted: Counter[str]) -> str:
    return f"{of}: " + ", ".join(f"{number} {word}" for word, number in counted.most_common())


def _code(code: Sequence[Place]) -> str:
    symbols: dict[str, list[str]] = defaultdict(list)
    for place in code:
        symbols[place.file].append(place.symbol)
    return "; ".join(_with(file, names) for file, names in symbols.items())


def _with(file: str, names: Sequence[str]) -> str:
    said = ", ".join(name for name in names if name)
    return f"{file} ({said})" if said else file


def _tests(tests: Sequence[Test]) -> str:
    names: dict[str, list[str]] = defaultdict(list)
    for test in tests:
        names[test.file].append(test.name)
    listed = "; ".join(f"{file}: {', '.join(found)}" for file, found in names.items())
    return f"{len(tests)}: {listed}" if tests else ""


def _result(row: Row | AskedRow, results: dict[str, Result]) -> str:
    """The worst outcome, how many tests share it, when, and whether the code is younger."""
    result = row.result(results)
    same = [test for test in row.tests if results.get(test.node, NOT_RUN).outcome == result.outcome]
    share = "" if len(same) == len(row.tests) else f" ({len(same)} of {len(row.tests)})"
    if result.outcome == "failed":
        share += ": " + ", ".join(test.node for test in same)
    if result.outcome == NOT_RUN.outcome:
        return f"{result.outcome}{share}"
    older = ", older than the code" if result.at < _youngest() else ""
    return f"{result.outcome}, {result.at}{older}{share}"


def _youngest() -> str:
    """When a source of program or tests was last changed, UTC."""
    sources = [path for folder in (*PROGRAM, "tests") for path in Path(ROOT / folder).rglob("*.py")]
    changed = max(path.stat().st_mtime for path in sources)
    return datetime.fromtimestamp(changed, UTC).isoformat(timespec="seconds")


def as_json(
    table: Sequence[Row], asked_for: Sequence[AskedRow], results: dict[str, Result], found: Sequence[str]
) -> dict[str, object]:
    """The same for programs."""
    report = last_report()
    return {
        "rules": [
            {
                "rule": row.rule.id,
                "severity": row.rule.severity,
                "hazard": row.rule.hazard,
                "answer": row.rule.answer,
                **_as_json(row, results, row.rule.id, report),
            }
            for row in table
        ],
        "asked": [
            {
                "id": row.asked.id,
                "group": row.asked.group,
                "asks": row.asked.asks,
                **_as_json(row, results, row.asked.id, report),
            }
            for row in asked_for
        ],
        "holes": list(found),
    }


def _as_json(
    row: Row | AskedRow, results: dict[str, Result], name: str, report: Mapping[str, Any] | None
) -> dict[str, object]:
    campaign = counted(name, report) if report is not None else None
    return {
        "state": row.state.word if row.state else "unknown",
        "remark": row.state.remark if row.state else "",
        "code": [{"file": place.file, "symbol": place.symbol} for place in row.code],
        "tests": {test.node: results.get(test.node, NOT_RUN).outcome for test in row.tests},
        "faults": dict(campaign.faults) if campaign else None,
        "checks": dict(campaign.checks) if campaign else None,
        "result": row.result(results).outcome,
        "oldest_result": row.result(results).at,
    }


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
