"""Numbers and words: rounding never hides, codes never stay codes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.engine.alarms import CATALOGUE
from daemon.engine.gate import STOPPING
from daemon.engine.phases import Phase
from daemon.protocols.rules import HoldCause
from daemon.terminal import glyphs, words
from daemon.terminal.figures import about, between, exact, lasting, middle
from daemon.terminal.sentences import INSTRUCTIONS, without_instructions
from drivers.values import Motion, PumpAlarm, Signal, Validity

amounts = st.decimals(min_value=0, max_value=10_000, places=9)


@given(amounts, amounts)
def test_f11_shown_bounds_hold_the_true_ones(one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    shown_low, _, shown_high = between(low, high).partition("\N{EN DASH}")
    assert Decimal(shown_low) <= low <= high <= Decimal(shown_high)
    assert Decimal(shown_low) <= Decimal(middle(low, high)) <= Decimal(shown_high)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("190.488", "≈190.5"), ("0.06", "0.06"), ("23.811", "≈23.81"), ("1234.5", "≈1234"), ("0", "0")],
)
def test_a_rounded_number_says_so(value: str, shown: str) -> None:
    assert about(Decimal(value)) == shown


def test_unknown_is_unknown() -> None:
    assert exact(None) == about(None) == lasting(None) == "unknown"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1:00 h"), (10_464, "2:54 h")],
)
def test_times(seconds: int, shown: str) -> None:
    assert lasting(seconds) == shown


def test_every_code_of_the_daemon_has_words() -> None:
    assert set(words.SIGNALS) == set(words.SHORT) == set(Signal)
    assert set(words.PHASES) == set(Phase)
    assert set(words.CAUSES) == set(HoldCause)
    assert set(words.MOTIONS) == set(Motion)
    assert set(words.PUMP_ALARMS) == set(PumpAlarm)
    assert set(words.VALIDITIES) == set(Validity)


def test_f31_every_gate_code_has_words() -> None:
    """(A) R8."""
    codes = [f"pump:{alarm}" for alarm in STOPPING]
    codes += [f"{signal}:{why}" for signal in Signal for why in ("missing", "stale", "limit")]
    codes += [f"{signal}:{why}" for signal in Signal for why in Validity if why is not Validity.VALID]
    codes += ["assessment:overdue", "pump:silent", "pump:not_remote", "pump:stop_not_confirmed"]
    codes += ["journal:broken", "volume:differs"]
    for code in codes:
        assert words.reason(code) != code
        assert words.reason(code) in words.in_words(f"the gate lacks: {code}.")


def test_sentences_lose_their_codes() -> None:
    assert words.in_words("a new nibp_sys") == "a new blood pressure (systolic)"
    assert words.in_words("spo2 88, limit below 90 (= 90)") == "SpO2 88, limit: 90 or below"
    assert words.in_words("hr missing (valid) for 66 s") == "heart rate missing (no new value) for 66 s"
    assert words.in_words("never resumed (F22)") == "never resumed"
    assert words.in_words("three hours, 12:30") == "three hours, 12:30"


def test_f03_line_instructions_are_three_and_taken_off_every_hold_text() -> None:
    assert len(INSTRUCTIONS) == 3
    for kind in CATALOGUE.values():
        assert ("CLAMP THE DRUG LINE" in kind.text) == kind.hold
        assert "CLAMP THE DRUG LINE" not in without_instructions(kind.text)


def test_glyphs_are_five_even_rows_and_all_differ() -> None:
    signs = "0123456789.:/<-?"
    drawn = {sign: glyphs.drawn(sign) for sign in signs}
    assert len(set(drawn.values())) == len(signs)
    for rows in drawn.values():
        assert len(rows) == glyphs.ROWS
        assert len({len(row) for row in rows}) == 1
