"""A story: what strikes one run and when; it is played, shortened and told in words, whatever the profile."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One fault, `at_s` after the first drop or when the one before is over; `number` seeds its details."""

    number: int
    name: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Story:
    """These events from this seed."""

    seed: str
    events: tuple[Event, ...]
    bed: str = "one pump"
    """The name of the bed it is played at."""
    nth: int | None = None
    """At which write, send or await the faults that count strike; None = each draws one."""

    def __str__(self) -> str:
        return f"{self.seed}: {' + '.join(event.name for event in self.events)}"

    @property
    def names(self) -> set[str]:
        """What strikes."""
        return {event.name for event in self.events}

    def without(self, number: int) -> Story:
        """The same story, one event left out."""
        return replace(self, events=tuple(event for event in self.events if event.number != number))


@dataclass
class Ended:
    """What a story came to."""

    story: Story
    seconds: float = 0
    struck: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    broken: str = ""
    """The invariant, or how else the run failed; empty if all held."""
    text: str = ""


@dataclass(frozen=True)
class Profile:
    """How much of a bed a campaign plays, and everything that may strike there."""

    name: str
    acts: Mapping[str, Any]
    """What strikes, by name; the first line of its docstring tells it."""
    invariants: Mapping[str, str]
    drawn: Callable[[str], Story]
    play: Callable[[Story], Ended]
    """Plays a story to its end, or to the first invariant that breaks; never raises for what the run did."""
    where: Callable[[str], str]
    """A bed in words; empty where it goes without saying."""

    def words(self, name: str) -> str:
        """What strikes, as a sentence."""
        return (inspect.getdoc(self.acts[name]) or name).splitlines()[0]

    def told(self, story: Story) -> list[str]:
        """A story in words, a line an event."""
        where = self.where(story.bed)
        told = [
            f"{event.at_s / 60:.1f} min after the first drop: {self.words(event.name)}"
            for event in story.events
        ]
        return [*([where] if where else []), *(told or ["Nothing strikes: the run breaks by itself."])]

    def shortened(self, ended: Ended) -> Ended:
        """The same failure with as few events as will do, dropped one at a time."""
        for event in ended.story.events:
            again = self.play(ended.story.without(event.number))
            if again.broken == ended.broken:
                return self.shortened(again)
        return ended
