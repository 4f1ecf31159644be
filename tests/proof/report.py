"""What a proof came to, for people (build/proof.md) and for the matrix (build/proof.json)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.proof.parts import Played

CAMPAIGNS = ("wire", "engine", "sweep")
FIGURES = ("runs", "patient_hours", "cpu_s", "patient_hours_per_cpu_hour")


def told(played: Sequence[Played], commit: str, machine: str) -> str:
    """The whole report, Markdown."""
    campaigns = {
        one.part.name: one.reports[0] for one in played if one.part.name in CAMPAIGNS and one.reports
    }
    lines = ["# Proof", "", f"Of {commit}, on {machine}.", ""]
    lines += ["| part | ended | minutes |", "|---|---|---|"]
    lines += [f"| {one.part.name} | {_ended(one)} | {one.seconds / 60:.1f} |" for one in played]
    if campaigns:
        lines += ["", "## Campaigns", "", *_figures(campaigns)]
        lines += ["", "## Faults and acts by kind", "", *_counts(campaigns, "faults")]
        lines += ["", "## Checks by invariant", "", *_counts(campaigns, "invariants")]
        lines += ["", "## Violations", "", *_violations(campaigns)]
    for one in played:
        if one.part.name not in CAMPAIGNS:
            lines += ["", f"## {one.part.name}", "", *_plain(one)]
    return "\n".join([*lines, ""])


def _ended(one: Played) -> str:
    if one.code == 0:
        return "held"
    return "found something" if one.code == 1 and one.text else f"did not end: exit code {one.code}"


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _head(cells: Sequence[str]) -> list[str]:
    return [_row(cells), f"|{'---|' * len(cells)}"]


def _figures(campaigns: Mapping[str, Mapping[str, Any]]) -> list[str]:
    sums = ("faults", "checks", "violations")
    rows = _head(["campaign", *(name.replace("_", " ") for name in FIGURES), *sums])
    for name, report in campaigns.items():
        totals = (
            sum(report["faults"].values()),
            sum(report["invariants"].values()),
            len(report["violations"]),
        )
        rows.append(
            _row([name, *(f"{report[figure]:,}" for figure in FIGURES), *(f"{one:,}" for one in totals)])
        )
    return rows


def _counts(campaigns: Mapping[str, Mapping[str, Any]], what: str) -> list[str]:
    kinds = sorted({kind for report in campaigns.values() for kind in report[what]})
    rows = _head(["", *campaigns])
    return rows + [
        _row([kind, *(report[what].get(kind, "") for report in campaigns.values())]) for kind in kinds
    ]


def _violations(campaigns: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = [
        f"- {name}, story {one['story']}: {one['text']}"
        for name, report in campaigns.items()
        for one in report["violations"]
    ]
    return found or ["None."]


def _plain(one: Played) -> list[str]:
    if not one.reports:
        return [f"- {line}" for line in one.text.splitlines()] or ["It gave no report."]
    return [f"- {', '.join(f'{key} {value}' for key, value in report.items())}" for report in one.reports]


def kept(played: Sequence[Played]) -> dict[str, Any]:
    """Everything, by the name of the part."""
    return {
        one.part.name: {
            "code": one.code,
            "seconds": round(one.seconds, 1),
            "reports": list(one.reports) or one.text.splitlines(),
        }
        for one in played
    }
