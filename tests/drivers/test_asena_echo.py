"""What an Asena says counts as yes only if it is the command said again, value by value; all else is a no."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from drivers.errors import Refused
from drivers.pumps.alaris_asena import echo
from drivers.pumps.alaris_asena.frames import Fields

D = Decimal
RATE = ("INF_RATE", "12.50", "ml/h")
LIMIT = ("INF_VTBI", "ACTIV", "11.000", "ml", "STOP")
Heard = Callable[[Fields], object]


def rate(answer: Fields) -> None:
    echo.rate(D("12.5"), answer, "p1")


def limit(answer: Fields) -> None:
    echo.limit(D(11), answer, "p1")


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        (rate, RATE),
        (rate, ("INF_RATE", " 12.5 ", "ml/h ")),
        (rate, ("INF_RATE", "12.500", "ml/h")),
        (limit, LIMIT),
        (limit, ("INF_VTBI", "ACTIV", "11", " ml", "STOP ")),
    ],
)
def test_the_same_value_however_it_is_padded_is_a_yes(heard: Heard, answer: Fields) -> None:
    heard(answer)


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        (rate, ("INF_RATE",)),
        (rate, ("INF_RATE", "12.50")),
        (rate, ("INF_RATE", "12.51", "ml/h")),
        (rate, ("INF_RATE", "12.49", "ml/h")),
        (rate, ("INF_RATE", "125.0", "ml/h")),
        (rate, ("INF_RATE", "", "ml/h")),
        (rate, ("INF_RATE", "12,5", "ml/h")),
        (rate, ("INF_RATE", "12.50", "ml/min")),
        (rate, ("INF_RATE", "12.50", "")),
        (rate, ("INF_RATE", "12.50", "ml/h", "")),
        (rate, ("INF_RATE", "12.50", "ml/h", "DENIED")),
        (rate, ("INF_VTBI", "12.50", "ml/h")),
        (rate, ("", "12.50", "ml/h")),
        (limit, ("INF_VTBI", "DEACT")),
        (limit, ("INF_VTBI", "", "11.000", "ml", "STOP")),
        (limit, ("INF_VTBI", "ACTIV", "11.001", "ml", "STOP")),
        (limit, ("INF_VTBI", "ACTIV", "10.999", "ml", "STOP")),
        (limit, ("INF_VTBI", "ACTIV", "x", "ml", "STOP")),
        (limit, ("INF_VTBI", "ACTIV", "11.000", "l", "STOP")),
        (limit, ("INF_VTBI", "ACTIV", "11.000", "ml", "KVO")),
        (limit, ("INF_VTBI", "ACTIV", "11.000", "ml")),
        (limit, ("INF_RATE", "ACTIV", "11.000", "ml", "STOP")),
    ],
)
def test_another_word_value_unit_or_field_is_a_no(heard: Heard, answer: Fields) -> None:
    """DESIGN 3.3, asked is not given; the answer is told as it came."""
    with pytest.raises(Refused) as caught:
        heard(answer)
    assert (caught.value.code, caught.value.reason) == ("^".join(answer), "not the echo")


def test_start_and_stop_are_answered_by_their_word_alone() -> None:
    echo.bare("INF_STOP", ("INF_STOP",), "p1")
    for answer in (("INF_START",), ("INF_STOP", ""), ("INF_STOP", "DENIED"), ("",)):
        with pytest.raises(Refused):
            echo.bare("INF_STOP", answer, "p1")


def test_an_answer_begins_with_the_word_that_was_asked() -> None:
    assert echo.right("INF", ("INF", "8002-51740"), "p1") == ("INF", "8002-51740")
    for answer in (("INF_RATE", "8002-51740"), ("ALARM",), ("",), ("inf",)):
        with pytest.raises(Refused):
            echo.right("INF", answer, "p1")


@pytest.mark.parametrize(
    ("answer", "permits"),
    [
        (("REMOTE_CTRL", "ENABLED", "****", "PERMIT", "0", "ms"), True),
        (("REMOTE_CTRL", "ENABLED", "3CC1", " PERMIT "), True),
        (("REMOTE_CTRL", "ENABLED", "****", "DENY", "0", "ms"), False),
        (("REMOTE_CTRL", "ENABLED", "PERMIT"), False),
        (("REMOTE_CTRL", "DISABLED", "****", "PERMIT", "0", "ms"), False),
        (("REMOTE_CFG", "ENABLED", "****", "PERMIT", "0", "ms"), False),
        (("REMOTE_CTRL",), False),
    ],
)
def test_remote_control_is_given_by_the_word_permit_behind_the_same_state(
    answer: Fields, *, permits: bool
) -> None:
    assert echo.permits("REMOTE_CTRL", "ENABLED", answer) is permits
