"""The report's lines about the watch over the patient."""

from __future__ import annotations

from typing import Any

from daemon.terminal import words
from daemon.terminal.figures import exact, in_utc, since_start


def reaction(one: dict[str, Any]) -> tuple[str, str]:
    """A reaction as it was told, or a grade as it was corrected: both stay."""
    when = in_utc(one["utc"])
    if one["witness"] is not None:
        both = f"by {one['by']} and {one['witness']}"
        return since_start(one["at_s"]), (
            f"grade corrected from {one['was']} to {one['grade']} ({one['scale']}) {both}: "
            f"{one['text']} [{when}]"
        )
    said = [*one["symptoms"], *(["epinephrine given"] if one["epinephrine"] else [])]
    told = "; ".join(part for part in (", ".join(said), words.in_words(one["text"])) if part)
    ago = f", began {one['minutes_ago']} min before" if one["minutes_ago"] else ""
    tapped = f", tapped as {one['was']}" if one["was"] not in (None, one["grade"]) else ""
    by = f" by {one['by']}" if one["by"] else ""
    return since_start(one["at_s"]), (
        f"{one['grade']} ({one['scale']}){tapped} in step {one['step']}{ago}{by}: "
        f"{told or 'no details'} [{when}]"
    )


def hold_rate(item: tuple[str, dict[str, Any]]) -> tuple[str, str]:
    """How often one cause held the run, and how often in an hour (F31)."""
    cause, one = item
    return f"{one['times']}x", f"{words.CAUSES.get(cause, cause)}: {exact(one['per_hour'])} in an hour"


def by_hand(one: dict[str, Any]) -> tuple[str, str]:
    """What a named person read off."""
    values = ", ".join(
        f"{words.SIGNALS.get(name, name)} {exact(value)}" for name, value in one["values"].items()
    )
    ago = f", measured {one['minutes_ago']} min before" if one["minutes_ago"] else ""
    return since_start(one["at_s"]), f"{values}{ago}, by {one['by']} [{in_utc(one['utc'])}]"


def excluded(one: dict[str, Any]) -> tuple[str, str]:
    """Which monitor did not count, until when and why."""
    until = since_start(one["until_s"])
    return since_start(one["at_s"]), f"{one['source']} until {until}, by {one['by']}: {one['reason']}"
