"""Preparation text: what a bag is said to be made of, and the strength that gives.

The grammar, in mL and the dose unit; the part in brackets may be left out, and `:` may stand for `=`:

    bag 1: 150 mg in 100 mL [= 1.5 mg/mL]
    bag 3: 1 mL of bag 1 in 100 mL [= 0.01 mg/mL]           the whole is 100 mL
    bag 3: 1 mL of bag 1 added to 100 mL [= ...]            the whole is 101 mL, also: into, +
    bag 3: 1 mL of 10 mg/mL in 100 mL [= ...]               a parent known by its strength
    bag 1: 100 mL, remove 13 mL, add 150 mg in 3 mL [= ...] the whole is 90 mL and `overfill_ml`
    bag 1: 1.5 mg/mL        bag 1: 50 mL                    strength or volume alone
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from daemon.desk.audit.figures import Figure, read_number
from daemon.desk.audit.units import dose_factor

KINDS = ("bag", "solution", "preparation", "prep", "syringe", "dilution", "vial")
_NUMBER = r"\d[\d.,'\u00a0\u202f]*"
_DOSE = rf"(?P<dose>{_NUMBER})\s*(?P<dose_unit>[a-zµμ]*)"
_PARENT = rf"(?P<drawn>{_NUMBER})\s*ml\s+of\s+(?P<parent>[^:=(+]+?)(?:\s*\([^()]*\))?"
_STATED = rf"(?:\s*[:=]\s*(?P<stated>{_NUMBER})\s*(?P<stated_unit>[a-zµμ]*)\s*/\s*ml)?"
_WHOLE = rf"(?P<how>in|into|\+|added to|to|diluted to|with)\s+(?P<volume>{_NUMBER})\s*ml(?:\s+[a-z0-9%. ]+?)?"
_FORMS = (
    re.compile(rf"{_DOSE}\s+{_WHOLE}{_STATED}"),
    re.compile(rf"{_PARENT}\s+{_WHOLE}{_STATED}"),
    re.compile(
        rf"(?P<base>{_NUMBER})\s*ml(?:\s+[a-z0-9%]+)?,\s*remove\s+(?P<removed>{_NUMBER})\s*ml,?\s+"
        rf"(?:and\s+)?(?:add|inject)\s+(?:{_DOSE}\s*(?:in|/)\s*(?P<drawn>{_NUMBER})\s*ml|"
        rf"(?P<drawn_b>{_NUMBER})\s*ml\s+of\s+(?P<parent>[^:=(+]+?)){_STATED}"
    ),
    re.compile(rf"(?P<stated>{_NUMBER})\s*(?P<stated_unit>[a-zµμ]*)\s*/\s*ml"),
    re.compile(rf"(?P<volume>{_NUMBER})\s*ml"),
)
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Recipe:
    """One bag's text: `amount` of drug or `drawn_ml` of `parent`, making `volume_ml` of `stated` strength."""

    bag: str
    text: str
    amount: Figure | None = None
    parent: str | None = None
    drawn_ml: Fraction | None = None
    volume_ml: Fraction | None = None
    stated: Figure | None = None


def bag_name(text: str) -> str:
    """The name two texts must share to mean one bag: `Bag #3`, `bag 3` and `3` do."""
    words = text.casefold().replace("#", " ").replace("_", " ").split()
    if len(words) > 1 and words[0].rstrip("s.:") in KINDS:
        words = words[1:]
    return " ".join(words)


def read_recipe(bag: str, text: str, dose_unit: str, overfill_ml: Fraction) -> Recipe | None:
    """The recipe a head line tells; None if the grammar does not know it."""
    low = " ".join(text.casefold().split()).rstrip(".")
    if len(low) > _LONGEST:
        return None
    for form in _FORMS:
        found = form.fullmatch(low)
        if found is not None:
            return _recipe(bag, text, found.groupdict(), dose_unit, overfill_ml)
    return None


def _recipe(
    bag: str, text: str, part: dict[str, str | None], dose_unit: str, overfill_ml: Fraction
) -> Recipe | None:
    stated = _dose(part.get("stated"), part.get("stated_unit"), dose_unit)
    amount = _dose(part.get("dose"), part.get("dose_unit"), dose_unit)
    if (part.get("stated") and stated is None) or (part.get("dose") and amount is None):
        return None
    drawn = _ml(part.get("drawn") or part.get("drawn_b"))
    volume = _ml(part.get("volume"))
    if part.get("base"):
        base, removed = _ml(part["base"]), _ml(part["removed"])
        if base is None or removed is None or drawn is None:
            return None
        volume = base - removed + drawn + overfill_ml
    elif volume is not None and drawn is not None and part.get("how") in {"into", "added to", "+"}:
        volume += drawn
    if volume is not None and volume <= 0:
        return None
    parent = part.get("parent")
    name = None if parent is None else bag_name(parent)
    return Recipe(bag, text, amount, name, drawn if name is not None else None, volume, stated)


def _ml(text: str | None) -> Fraction | None:
    readings = read_number(text).readings if text else ()
    return readings[0].value if readings else None


def _dose(text: str | None, unit: str | None, dose_unit: str) -> Figure | None:
    readings = read_number(text).readings if text else ()
    factor = dose_factor(unit or "", dose_unit)
    return readings[0].scaled(factor) if readings and factor is not None else None
