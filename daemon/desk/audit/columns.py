"""The columns a printed table may have, under the names that printers give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Column(StrEnum):
    """A column the audit understands, by its name in the findings."""

    STEP = "step"
    SOLUTION = "solution"
    CONCENTRATION = "concentration"
    RATE = "rate_ml_h"
    MINUTES = "minutes"
    VOLUME = "volume_ml"
    DOSE = "dose"
    CUMULATIVE = "cumulative"
    DOSE_RATE = "dose_rate_h"
    ELAPSED = "elapsed_min"
    INTERVAL = "interval_min"
    PERCENT = "percent"
    DAY = "day"
    LINE_FILL = "line_fill"


TIMES = frozenset({Column.MINUTES, Column.ELAPSED, Column.INTERVAL})
AMOUNTS = frozenset({Column.DOSE, Column.CUMULATIVE, Column.DOSE_RATE, Column.CONCENTRATION})
NUMBERS = tuple(
    column for column in Column if column not in {Column.STEP, Column.SOLUTION, Column.LINE_FILL, Column.DAY}
)
"""The columns whose cells are recomputed."""

_NAMES: Mapping[Column, str] = {
    Column.STEP: "step|step no|step number|dose no|dose number|syringe no|syringe number|no|nr|#",
    Column.SOLUTION: "solution|bag|syringe|bag number|preparation|dilution|solution no|bag no|vial",
    Column.CONCENTRATION: "concentration|conc|strength|solution concentration|bag concentration",
    Column.RATE: "rate|infusion rate|flow rate|flow|pump rate",
    Column.MINUTES: "minutes|time|duration|step time|step minutes|step duration|infusion time|min",
    Column.VOLUME: "volume|vol|administered volume|volume infused|volume per step|step volume|ml",
    Column.DOSE: "dose|dose per step|step dose|administered dose|dose administered|amount|dose given",
    Column.CUMULATIVE: (
        "cumulative|cumulative dose|cum|cum dose|cumulated|cumulated dose|accumulated dose|total given|so far"
    ),
    Column.DOSE_RATE: "dose rate|dose per hour|dose rate h",
    Column.ELAPSED: "elapsed|elapsed time|cumulative time|total time|time elapsed",
    Column.INTERVAL: "interval|wait|time to next dose|interval to next",
    Column.PERCENT: "percent|percentage|percent of dose|percent of target|percent of total|share",
    Column.DAY: "day",
    Column.LINE_FILL: "line fill|linefill|fills line",
}
IGNORED = frozenset(
    {"fold increase", "fold", "ratio", "notes", "note", "comment", "comments", "remarks", "route", "form"}
)
"""Columns that are printed and hold nothing to compute."""
_BY_NAME = {name: column for column, names in _NAMES.items() for name in names.split("|")}

_TIME_UNITS = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("s", "sec", "seconds"), "s"),
}
_DOSE_UNITS = (
    "ng",
    "mcg",
    "µg",
    "μg",
    "ug",
    "mg",
    "g",
    "units",
    "unit",
    "u",
    "iu",
    "miu",
    "mmol",
    "fraction",
)
_TAIL = re.compile(
    r"(?:^|[\s_(\[,])(?P<unit>%|[a-zµμ]+(?:(?:/|_per_|_|\s?per\s)(?:ml|h|hr|hour|kg))?)[\s)\]]*$"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: the column it means (None: not known) and the unit printed with it."""

    text: str
    column: Column | None
    unit: str = ""


def heading_of(text: str) -> Heading:
    """The column a heading means; a unit may stand at its end: `Rate (mL/h)`, `dose_mg`, `time [h]`."""
    plain = text.strip().strip("\ufeff").casefold()
    named = _named(plain)
    if named is not None:
        return Heading(text.strip(), named, "%" if "%" in plain else "")
    tail = _TAIL.search(plain)
    if tail is None:
        return Heading(text.strip(), None)
    unit = tail["unit"].replace("_per_", "/").replace("_", "/").replace(" per ", "/").replace("per ", "/")
    column = _named(plain[: tail.start()])
    if column is None or not _fits(column, unit):
        return Heading(text.strip(), None)
    return Heading(text.strip(), column, unit)


def _named(text: str) -> Column | None:
    words = " ".join(re.sub(r"[^a-z#]+", " ", text).split())
    if words == "" and "%" in text:
        return Column.PERCENT
    try:
        return Column(text.strip())
    except ValueError:
        return _BY_NAME.get(words)


def _fits(column: Column, unit: str) -> bool:
    """The unit is one this column can have."""
    first, _, per = unit.partition("/")
    if column in TIMES:
        return unit in _TIME_UNITS
    if column is Column.RATE:
        return first in {"ml", "l"} and per in {"h", "hr", "hour"}
    if column is Column.VOLUME:
        return unit in {"ml", "l", "µl", "ul"}
    if column is Column.CONCENTRATION:
        return first in _DOSE_UNITS and per == "ml"
    if column is Column.DOSE_RATE:
        return first in _DOSE_UNITS and per in {"h", "hr", "hour"}
    if column in {Column.DOSE, Column.CUMULATIVE}:
        return unit in _DOSE_UNITS
    return column is Column.PERCENT and unit == "%"
