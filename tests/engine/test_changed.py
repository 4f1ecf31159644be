"""The core's way to change one field of a frozen record gives what `dataclasses.replace` gives."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from daemon.changed import replace
from daemon.engine.account import NO_VOLUME, Span
from daemon.guard.bound import nothing


def test_it_changes_what_is_named_and_leaves_the_old_one() -> None:
    before = Span(Decimal(1), Decimal(2))
    after = replace(before, high=Decimal(3))
    assert (after, before) == (Span(Decimal(1), Decimal(3)), Span(Decimal(1), Decimal(2)))
    assert after == dataclasses.replace(before, high=Decimal(3))
    assert replace(NO_VOLUME) == NO_VOLUME


def test_a_record_with_slots_is_changed_too() -> None:
    """The guard's bound on a fraction is one: it must not end the daemon when it is over."""
    bound = nothing(3)
    assert replace(bound, over=True) == dataclasses.replace(bound, over=True)


def test_what_comes_out_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        replace(NO_VOLUME, high=Decimal(1)).low = Decimal(5)  # type: ignore[misc]
