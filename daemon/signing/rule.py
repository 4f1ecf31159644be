"""What a bed asks of the signatures of its protocol, and what of it is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from daemon.signing.values import Verdict


@dataclass(frozen=True, slots=True)
class SigningRule:
    """So many different persons of the list `signers` have signed, and each of `roles` is among them."""

    signers: Path
    required: int
    roles: tuple[str, ...]


def signed_by(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """Names that count, each once, in the order of signing."""
    return tuple(dict.fromkeys(one.signer for one in verdicts if one.valid and one.known))


def missing(rule: SigningRule, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """Every way in which the signatures are not enough, in words; empty = they are."""
    return tuple(_missing(rule, verdicts))


def _missing(rule: SigningRule, verdicts: Sequence[Verdict]) -> Iterator[str]:
    names = signed_by(verdicts)
    if len(names) < rule.required:
        told = f"signed by {', '.join(names)}" if names else "signed by nobody who counts"
        yield f"{told}: {rule.required} different signers are required"
    have = Counter({one.signer: one.role for one in verdicts if one.signer in names and one.known}.values())
    for role, times in Counter(rule.roles).items():
        if have[role] < times:
            yield f"no signature of a {role}" if times == 1 else f"{have[role]} of {times} signed as {role}"
