"""The text exposition format of Prometheus, version 0.0.4: families of samples as one page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Value = Decimal | int | float | bool
Sample = tuple[Mapping[str, str], Value]


class Kind(StrEnum):
    """A counter only rises, and begins anew with what counts; its name ends in `_total`."""

    GAUGE = "gauge"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name; none = the whole family is left out of the page."""

    name: str
    kind: Kind
    help: str
    samples: tuple[Sample, ...]


def page(families: Iterable[Family]) -> str:
    """Every family that has samples, each led by its HELP and TYPE."""
    return "".join(line for family in families if family.samples for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {_escaped(family.help)}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for labels, value in family.samples:
        yield f"{family.name}{_labels(labels)} {_number(value)}\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    inside = ",".join(f'{name}="{_escaped(value, quote=True)}"' for name, value in labels.items())
    return f"{{{inside}}}"


def _escaped(text: str, *, quote: bool = False) -> str:
    """A backslash, a line feed and, in a label's value, a quote are escaped; nothing else is."""
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quote else text


def _number(value: Value) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
