"""What counts as yes: the command said again. Negative answers are not public, so all else is a no. Pure."""

from __future__ import annotations

from decimal import Decimal

from drivers.errors import BadFrame, Refused
from drivers.pumps.alaris_asena import frames
from drivers.pumps.alaris_asena.frames import Fields


def right(word: str, answer: Fields, where: str) -> Fields:
    """The answer, if it begins with the word that was asked; else Refused."""
    if answer[0] != word:
        raise refused(word, answer, where)
    return answer


def bare(word: str, answer: Fields, where: str) -> None:
    """The word alone, as START and STOP are answered; else Refused."""
    if answer != (word,):
        raise refused(word, answer, where)


def rate(wanted_ml_h: Decimal, answer: Fields, where: str) -> None:
    """The same rate, whatever its places; else Refused."""
    said = (frames.RATE, frames.field(answer, 1), "ml/h")
    _same(said, answer, where)
    _value(wanted_ml_h, answer, 1, "ml/h", where)


def limit(wanted_ml: Decimal, answer: Fields, where: str) -> None:
    """The same limit, active and with the end action STOP; else Refused."""
    said = (frames.LIMIT, "ACTIV", frames.field(answer, 2), "ml", "STOP")
    _same(said, answer, where)
    _value(wanted_ml, answer, 2, "ml", where)


def permits(word: str, state: str, answer: Fields) -> bool:
    """`word^state^****^PERMIT`; how the key is shown, and what follows, is not judged."""
    return answer[:2] == (word, state) and frames.field(answer, 3) == "PERMIT"


def refused(what: str, answer: Fields, where: str) -> Refused:
    """The error for an answer that is not the echo."""
    said = "^".join(answer)
    return Refused(f"{where}: {what} was answered {said!r}", code=said, reason="not the echo")


def _same(wanted: Fields, answer: Fields, where: str) -> None:
    if tuple(field.strip() for field in answer) != wanted:
        raise refused(wanted[0], answer, where)


def _value(wanted: Decimal, answer: Fields, place: int, unit: str, where: str) -> None:
    try:
        value = frames.number(answer, place, unit)
    except BadFrame:
        raise refused(answer[0], answer, where) from None
    if value != wanted:
        raise refused(answer[0], answer, where)
