"""`[monitors.topics]` of a bed file: where a publisher's signals stand in its messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from daemon.protocols.faults import Fault
from daemon.protocols.numbers import refusal
from daemon.protocols.section import Section, Text
from drivers.links.text import read_link
from drivers.published import Place, Places
from drivers.values import Signal


def _topic(value: str) -> str:
    try:
        read_link(f"mqtt:{value}")
    except ValueError:
        raise refusal("topic", "this is no topic below the link's", 'write such as "vitals/hr"') from None
    return value


class TopicIn(Section):
    """One signal: its topic below the link's, and the keys of its JSON object (`a.b` = b inside a)."""

    topic: Annotated[Text, AfterValidator(_topic)] = Field(
        description='the topic below that of link, such as topic = "hr"'
    )
    value: Text = "value"
    unit: Text = "unit"
    unit_is: Text | None = None
    time: Text = "time"
    valid: Text | None = None
    good: list[Text] = Field(default_factory=lambda: ["true"])


def places_of(topics: Mapping[Signal, TopicIn] | None) -> Places | None:
    """The places of a table that holds; None = it is not there."""
    if topics is None:
        return None
    return {
        signal: Place(one.topic, one.value, one.unit, one.unit_is, one.time, one.valid, tuple(one.good))
        for signal, one in topics.items()
    }


def topic_faults(
    file: str, place: str, topics: Mapping[Signal, TopicIn] | None, signals: list[Signal], *, mapped: bool
) -> Iterator[Fault]:
    """A table for a model that has none, or a signal that is not in it."""
    if topics is None:
        return
    if not mapped:
        problem = "this model's signals stand where its maker has put them"
        yield Fault(file, f"{place}.topics", "", problem, "leave [monitors.topics] out", "topics")
        return
    for signal in signals:
        if signal not in topics:
            problem = "the topic of this signal is not said"
            remedy = f'write {signal} = {{ topic = "…" }} into [monitors.topics]'
            yield Fault(file, f"{place}.topics.{signal}", "", problem, remedy, "missing")
