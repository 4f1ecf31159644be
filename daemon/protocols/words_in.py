"""The words a file may use, read into the terms of the rules; each refusal names the words that fit."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, PlainValidator

from daemon.protocols.fraction_text import part_of
from daemon.protocols.numbers import refusal
from daemon.protocols.rules import (
    Choice,
    ChoiceKind,
    GapAction,
    GateAction,
    Grade,
    HoldCause,
    Then,
    ThenKind,
)
from drivers.values import EndAction, Signal

Word = TypeVar("Word", bound=StrEnum)
_BACK = re.compile(r"back\s*=\s*([1-9]\d?)")


def word(kind: type[Word]) -> BeforeValidator:
    """Reads one of the words of an enumeration."""

    def read(value: object) -> Word:
        for member in kind:
            if value == member.value:
                return member
        raise refusal("unknown_word", "this word is not known here", "write one of: " + ", ".join(kind))

    return BeforeValidator(read)


def _choice(value: object) -> Choice:
    if isinstance(value, str):
        found = _BACK.fullmatch(value.strip())
        if found:
            return Choice(ChoiceKind.BACK, int(found[1]))
        part = part_of(value)
        if part is not None:
            return Choice(ChoiceKind.FRACTION, 0, part)
        if value in set(ChoiceKind) - {ChoiceKind.BACK, ChoiceKind.FRACTION}:
            return Choice(ChoiceKind(value))
    raise refusal(
        "unknown_word",
        "this is no way to go on",
        'write "rest_of_step", "same_step", "fraction=0.5" (more than 0, less than 1), '
        '"back=1" (or more), "start_over" or "never"',
    )


def _then(value: object) -> Then:
    if isinstance(value, str):
        found = _BACK.fullmatch(value.strip())
        if found:
            return Then(ThenKind.BACK, int(found[1]))
        if value in (ThenKind.SAME_STEP, ThenKind.REPEAT):
            return Then(ThenKind(value))
    raise refusal(
        "unknown_word",
        "this does not follow a fraction",
        'write "same_step", "back=1" (or more) or "repeat"',
    )


def _gap_action(value: object) -> tuple[GapAction, int]:
    if isinstance(value, str):
        found = _BACK.fullmatch(value.strip())
        if found:
            return GapAction.BACK, int(found[1])
        if value != GapAction.BACK and value in list(GapAction):
            return GapAction(value), 0
    raise refusal(
        "unknown_word",
        "this is no gap action",
        'write "continue", "back=1" (or more), "start_over" or "abandon"',
    )


CauseWord = Annotated[HoldCause, word(HoldCause)]
GradeWord = Annotated[Grade, word(Grade)]
GateWord = Annotated[GateAction, word(GateAction)]
SignalWord = Annotated[Signal, word(Signal)]
EndWord = Annotated[EndAction, word(EndAction)]
ChoiceText = Annotated[Choice, PlainValidator(_choice)]
ThenText = Annotated[Then, PlainValidator(_then)]
GapActionText = Annotated[tuple[GapAction, int], PlainValidator(_gap_action)]
