"""Two witnesses of an exact pump at any rate and counter unit: never apart, and the truth between (F25)."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from hypothesis import given
from hypothesis import strategies as st

from daemon.engine.account import Account, Moved, Odometer, Span, volume_ml

D = Decimal
RATES = st.decimals("0.1", "1200", places=2)
UNITS = st.sampled_from([D("0.001"), D("0.01"), D("0.1")])
POLLS_MS = st.lists(st.integers(100, 60_000), min_size=1, max_size=60)
ACCURACY = D("0.05")


@given(
    rate=RATES, unit=UNITS, hidden=st.decimals(0, 1, places=3), polls_ms=POLLS_MS, drift=st.integers(-4, 4)
)
def test_f25_an_exact_counter_is_never_taken_for_a_false_one(
    rate: Decimal, unit: Decimal, hidden: Decimal, polls_ms: list[int], drift: int
) -> None:
    """F25: 0.1 to 1200 mL/h, units 0.001 to 0.1 mL, any polls, 4 % of drift: no difference, true bounds."""
    offset = hidden * unit
    odometer = Odometer.unread(unit)
    account = Account.opened(odometer)
    true_ml = D(0)
    shown = offset // unit * unit
    for poll_ms in polls_ms:
        true_ml += volume_ml(rate, poll_ms) * (100 + drift) / 100
        now = ((offset + true_ml) / unit).to_integral_value(rounding=ROUND_DOWN) * unit
        timed = volume_ml(rate, poll_ms)
        moved = Moved(now - shown, Span(timed, timed), poll_ms)
        shown = now
        odometer, account = odometer.advance(moved, ACCURACY), account.add(moved)
        assert not account.behind(unit, ACCURACY)
        assert not account.ahead(unit, ACCURACY)
        bounds = account.given(odometer, ACCURACY)
        assert bounds.low <= true_ml <= bounds.high
        assert bounds.high - bounds.low <= 2 * unit


@given(rate=st.decimals("5", "1200", places=2), unit=UNITS, lie=st.sampled_from([0, 50, 85, 115, 200]))
def test_f25_a_false_counter_is_found_within_its_tolerance(rate: Decimal, unit: Decimal, lie: int) -> None:
    """F25: standing, half, 85 %, 115 %, double: told before 45 units were counted wrong or not at all."""
    account, shown, true_ml = Account.opened(Odometer.unread(unit)), D(0), D(0)
    step_ms = max(int(unit * 3_600_000 / rate), 1)
    for _ in range(45):
        true_ml += volume_ml(rate, step_ms)
        now = true_ml * lie / 100 // unit * unit
        timed = volume_ml(rate, step_ms)
        account = account.add(Moved(now - shown, Span(timed, timed), step_ms))
        shown = now
    assert account.behind(unit, ACCURACY) is (lie < 100)
    assert account.ahead(unit, ACCURACY) is (lie > 100)
