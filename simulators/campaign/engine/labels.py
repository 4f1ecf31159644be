"""Bag codes: the same for the same solution, so that everybody can read its label."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache

from daemon.engine.codes import ALPHABET, RANDOM, BagCodes, check_character, hashed

PATIENT = "4711-0815"
SALT = "a set for trials"


@cache
def code_of(solution: str, salt: str = SALT) -> str:
    """What stands on the label of this solution's bag."""
    noise = hashlib.sha256(f"{salt}/{solution}".encode()).digest()
    characters = "".join(ALPHABET[byte % len(ALPHABET)] for byte in noise[:RANDOM])
    return characters + check_character(characters)


@cache
def _hash_of(solution: str, salt: str) -> str:
    return hashed(code_of(solution, salt), salt)


def codes_of(solutions: Iterable[str], salt: str = SALT) -> BagCodes:
    """What the daemon knows of these labels."""
    return BagCodes(salt, {solution: _hash_of(solution, salt) for solution in solutions})
