"""What a campaign ends with when it succeeds in hurting somebody."""

from __future__ import annotations


class Broken(AssertionError):
    """An invariant was broken."""

    def __init__(self, invariant: str, text: str) -> None:
        super().__init__(f"{invariant}: {text}")
        self.invariant = invariant
