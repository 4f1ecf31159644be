"""Codes of bags: random, printed on labels only; the software keeps hashes (F13)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 symbols without I, L, O, 0 and 1; 31 is prime, which the check character needs."""
RANDOM = 6
"""Random characters; the check character follows them."""
ROUNDS = 1_000
"""Of PBKDF2: a code cannot be read off its hash in passing. It takes under a millisecond."""


@dataclass(frozen=True, slots=True)
class BagCodes:
    """One set of codes, for one run: the salted hash of each solution's code, never a code."""

    salt: str
    hashes: Mapping[str, str]


class Mismatch(StrEnum):
    """Why a code is not that of the bag a step needs."""

    MISTYPED = "mistyped"
    OTHER_BAG = "other_bag"
    OTHER_RUN = "other_run"


def plain(code: str) -> str:
    """As it is compared: without spaces, in capitals."""
    return "".join(code.split()).upper()


def check_character(characters: str) -> str:
    """The character that makes the sum of values times places divisible by 31.

    Every single wrong character and every exchange of two characters changes that sum.
    """
    total = sum(place * ALPHABET.index(one) for place, one in enumerate(characters, 1))
    own_place = len(characters) + 1
    return ALPHABET[-total * pow(own_place, -1, len(ALPHABET)) % len(ALPHABET)]


def well_formed(code: str) -> bool:
    """Length, alphabet and check character are those of a code."""
    if len(code) != RANDOM + 1 or any(one not in ALPHABET for one in code):
        return False
    return check_character(code[:-1]) == code[-1]


def hashed(code: str, salt: str) -> str:
    """What stands in files and records for a code."""
    return hashlib.pbkdf2_hmac("sha256", code.encode(), salt.encode(), ROUNDS).hex()


def mismatch(code: str, codes: BagCodes, solution: str) -> Mismatch | None:
    """None = the code is that of the bag of `solution`."""
    typed = plain(code)
    if not well_formed(typed):
        return Mismatch.MISTYPED
    found = hashed(typed, codes.salt)
    if found == codes.hashes.get(solution):
        return None
    return Mismatch.OTHER_BAG if found in codes.hashes.values() else Mismatch.OTHER_RUN
