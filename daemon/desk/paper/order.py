"""What the papers are made from: the numbers of a file, its rules, and who stands for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from daemon.protocols.plan import Finding, Plan, Severity
from daemon.protocols.sheet import Sheet

NOTICE = "infusiond is NOT A MEDICAL DEVICE. Check every number before it is signed and before it is given."


@dataclass(frozen=True, slots=True)
class Order:
    """`plan` holds the rules of what a pump gives; those of what no pump gives are on the sheet."""

    sheet: Sheet
    plan: Plan | None
    findings: tuple[Finding, ...]
    refused: bool
    file_sha256: str
    signed: tuple[str, ...]
    """Sentences: who has signed the file, or that nobody has."""
    printed: str
    """When."""
    codes: Mapping[str, str]
    """The code of each bag; empty where there are no labels."""

    def told(self, severity: Severity) -> tuple[str, ...]:
        """The findings of one severity in words."""
        return tuple(one.message for one in self.findings if one.severity is severity)

    def errors(self) -> tuple[str, ...]:
        """Why it is refused, each with its place in the file."""
        found = [one for one in self.findings if one.severity is Severity.ERROR]
        return tuple(f"{one.where}: {one.message}" if one.where else one.message for one in found)
