"""The number a vital sign is compared with, of every kind of limit, and which side of it is worse (F22)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from daemon.changed import replace
from daemon.engine import vitals
from daemon.engine.phases import Phase
from daemon.engine.state import RunState
from daemon.protocols.rules import Grade, LimitKind, LimitRule
from drivers.values import Signal
from tests.engine.stories import in_phase

D = Decimal
KINDS = {
    LimitKind.BELOW: ("20", "20"),
    LimitKind.ABOVE: ("20", "20"),
    LimitKind.FALL_PERCENT: ("88", "80"),
    LimitKind.RISE_PERCENT: ("120", "120"),
    LimitKind.FALL_BY: ("90", "80"),
    LimitKind.RISE_BY: ("120", "120"),
}
"""Of a limit of 20 and a baseline of 100: where another source said 110, and where none did."""
LOW = {LimitKind.BELOW, LimitKind.FALL_PERCENT, LimitKind.FALL_BY}


def rule(kind: LimitKind) -> LimitRule:
    return LimitRule(Signal.HR, kind, D(20), D(0), Grade.MILD)


def state(*, other: int | None = None, base: int | None = 100) -> RunState:
    """A run whose baseline of the heart rate is this; `other`: what a second source said."""
    found = in_phase(Phase.PLANNED).state
    baseline = {} if base is None else {Signal.HR: D(base)}
    others = {} if other is None else {Signal.HR: D(other)}
    return replace(found, baseline=baseline, baseline_others=others)


@pytest.mark.parametrize("kind", LimitKind)
def test_f22_each_kind_of_limit_has_its_number(kind: LimitKind) -> None:
    """F22: of two sources that disagreed the baseline that is stricter for this limit, whichever is which."""
    strict, plain = KINDS[kind]
    assert vitals.threshold(state(), rule(kind)) == D(plain)
    assert vitals.threshold(state(other=110), rule(kind)) == D(strict)
    assert vitals.threshold(state(base=110, other=100), rule(kind)) == D(strict)


@pytest.mark.parametrize("kind", LimitKind)
def test_f22_a_value_on_the_limit_is_beyond_it(kind: LimitKind) -> None:
    limit = D(KINDS[kind][1])
    worse, better = (limit - 1, limit + 1) if kind in LOW else (limit + 1, limit - 1)
    beyond = [vitals.crossed(state(), rule(kind), value) for value in (worse, limit, better)]
    assert beyond == [True, True, False]


def test_f22_a_relative_limit_without_a_baseline_has_no_number() -> None:
    for kind in LimitKind:
        absolute = kind in (LimitKind.BELOW, LimitKind.ABOVE)
        found = vitals.threshold(state(base=None), rule(kind))
        assert found == (D(20) if absolute else None)
        assert vitals.crossed(state(base=None), rule(kind), D(20)) is absolute
