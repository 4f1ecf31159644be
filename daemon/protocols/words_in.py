"""The words a file may use, read into the terms of the rules; each refusal names the words that fit."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, PlainValidator

from daemon.protocols.numbers import refusal
from daemon.protocols.rules import Choice, ChoiceKind, GapAction, GateAction, Grade, HoldCause
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
        if value != ChoiceKind.BACK and value in list(ChoiceKind):
            return Choice(ChoiceKind(value))
    raise refusal(
        "unknown_word",
        "this is no way to go on",
        'write "rest_of_step", "same_step", "back=1" (or more), "start_over" or "never"',
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
GapActionText = Annotated[tuple[GapAction, int], PlainValidator(_gap_action)]
