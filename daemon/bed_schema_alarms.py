"""What a bed file may say of its alarms."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from daemon.engine.alarms import CATALOGUE
from daemon.protocols.numbers import refusal
from daemon.protocols.section import Section


def _alarm(value: str) -> str:
    if value not in CATALOGUE:
        remedy = 'give ids of the alarm table, such as latching = ["sound_lost"]'
        raise refusal("alarm", "no alarm has this id", remedy)
    return value


class AlarmsIn(Section):
    """Which alarms stay shown until a named person resets them."""

    latching: list[Annotated[str, AfterValidator(_alarm)]] = Field(
        description='ids of the alarm table, such as latching = ["sound_lost"]; [] = none'
    )
