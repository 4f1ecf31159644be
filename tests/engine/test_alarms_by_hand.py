"""What an alarm says at a pump that a person sets: nothing was sent, and STOP comes first (F3, F10, F27)."""

from __future__ import annotations

import re

import pytest

from daemon.engine.alarm_kind import LINE_FIRST
from daemon.engine.alarms import CATALOGUE
from daemon.engine.alarms_by_hand import DO, KNOWN, STOP_BY_HAND, text_by_hand

OF_THE_WIRE = {"stop_not_confirmed"}
"""Raised only where STOP is sent; by hand it is `stop_by_hand`."""
HOLDS = [alarm for alarm, kind in CATALOGUE.items() if kind.hold]


def said(alarm: str, *, stands: bool = False) -> str:
    return text_by_hand(alarm, CATALOGUE[alarm], stands=stands)


@pytest.mark.parametrize("alarm", sorted(CATALOGUE.keys() - OF_THE_WIRE))
@pytest.mark.parametrize("stands", [True, False])
def test_f27_no_alarm_says_that_something_was_sent(alarm: str, *, stands: bool) -> None:
    """F27: or that this program has stopped the pump, or stops it."""
    text = said(alarm, stands=stands)
    assert not re.search(r"\b(sent|sends?|sending)\b|has (been )?stopped", text.replace("was sent", "sent"))


def test_f27_words_of_their_own_have_the_rows_they_are_for() -> None:
    """F27: each stands in the text of its row, in the place of what a controlled pump says."""
    for alarm in (*KNOWN, *DO):
        assert alarm in CATALOGUE
        own = [words for words in (KNOWN.get(alarm), DO.get(alarm)) if words is not None]
        assert all(words in said(alarm) for words in own)
        assert said(alarm, stands=True) != CATALOGUE[alarm].text


@pytest.mark.parametrize("alarm", HOLDS)
def test_f3_f27_in_a_hold_the_line_comes_first_and_then_the_hand(alarm: str) -> None:
    """F3, F27: until the pump is seen standing."""
    assert said(alarm).startswith(f"{LINE_FIRST} {STOP_BY_HAND} ")
    assert said(alarm, stands=True).startswith(f"{LINE_FIRST} ")
    assert STOP_BY_HAND not in said(alarm, stands=True)


@pytest.mark.parametrize("alarm", sorted(CATALOGUE.keys() - set(HOLDS)))
def test_f10_outside_a_hold_only_the_stop_itself_is_about_the_line(alarm: str) -> None:
    """F10: asked of a hand it says what a hold says, standing or not."""
    for stands in (True, False):
        stop = alarm == "stop_by_hand"
        assert said(alarm, stands=stands).startswith(LINE_FIRST) is stop
        assert (STOP_BY_HAND in said(alarm, stands=stands)) is stop
