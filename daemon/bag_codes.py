"""Draws a set of bag codes: they leave this module for a printed label and for nothing else (F13)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence

from daemon.engine.codes import ALPHABET, RANDOM, BagCodes, check_character, hashed

SALT = 20
"""Characters of the salt; it also names the set."""

Choose = Callable[[Sequence[str]], str]


def draw(solutions: Sequence[str], choose: Choose = secrets.choice) -> tuple[Mapping[str, str], BagCodes]:
    """A different code for each solution, and what the daemon may know of them."""
    salt = "".join(choose(ALPHABET) for _ in range(SALT))
    codes: dict[str, str] = {}
    for solution in solutions:
        code = _one(choose)
        while code in codes.values():
            code = _one(choose)
        codes[solution] = code
    return codes, BagCodes(salt, {solution: hashed(code, salt) for solution, code in codes.items()})


def _one(choose: Choose) -> str:
    characters = "".join(choose(ALPHABET) for _ in range(RANDOM))
    return characters + check_character(characters)
