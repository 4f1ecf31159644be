"""New inputs out of known ones, from a seed: bytes, lines and tokens of text, trees of JSON."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

Mutate = Callable[[Sequence[bytes], random.Random], bytes]
"""A new input out of some that are known."""

INPUT_MAX = 4096
"""Pieces of longer samples are taken, and no input of bytes becomes longer than a few of these."""
MARKS = bytes((0x00, 0x01, 0x02, 0x03, 0x04, 0x0A, 0x0B, 0x0D, 0x1C, 0x22, 0x7D, 0x7E, 0x80, 0xC0, 0xFF))
NUMBERS = (
    "0", "-0", "-1", "1", "0.1", "1e400", "-1e-400", "1e99999999999999999999", "NaN", "inf", "Infinity",
    "99999999999999999999", "9" * 5000, "0x10", "1_000", "0,5", "00", "2147483648", "\u0663",
)  # fmt: skip
WORDS = (
    "", " ", "true", "null", "[]", "{}", "\ud800", "\x00", "\x1b[2J", "é\u0301", "|^~\\&", "../../etc/passwd",
    "A" * 3000, "\u202e", "[[[[", '"', "'", "#", "=", "2026-02-30", "2026-01-01T00:00:00+99:99", "9999-12-31",
)  # fmt: skip
_TOKEN = re.compile(r"[-+]?\d[\d.,]*|\"[^\"\n]*\"|[A-Za-z_]+")
DEEP = 3000
"""Deeper than Python recurses."""


def bytewise(known: Sequence[bytes], rng: random.Random) -> bytes:
    """Anything, a piece, two pieces, or a piece with bits flipped, bytes lost, put in, doubled or moved."""
    kind = rng.randrange(10)
    if kind == 0:
        return rng.randbytes(rng.randint(0, 200))
    if kind == 1:
        return bytes(rng.choices(rng.choice(known)[:INPUT_MAX] + MARKS, k=rng.randint(0, 300)))
    data = _piece(rng.choice(known), rng)
    if kind == 2:
        return data
    if kind == 3:
        return data + _piece(rng.choice(known), rng)
    bad = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        _damage(bad, rng)
    return bytes(bad[: 4 * INPUT_MAX])


def in_place(known: Sequence[bytes], rng: random.Random) -> bytes:
    """A whole sample of any length with a few bytes damaged: most of it stays where it was."""
    bad = bytearray(rng.choice(known))
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(min(len(bad), 100) if rng.randrange(4) == 0 else len(bad))
        bad[at] ^= rng.randint(1, 255)
    if rng.randrange(4) == 0:
        _damage(bad, rng)
    return bytes(bad)


def _piece(data: bytes, rng: random.Random) -> bytes:
    if rng.randrange(3) and len(data) <= INPUT_MAX:
        return data
    start = rng.randrange(len(data) + 1)
    return data[start : start + rng.randint(1, INPUT_MAX)]


def _damage(bad: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(bad) + 1)
    end = min(at + rng.randint(1, 64), len(bad))
    match rng.randrange(6):
        case 0 if at < len(bad):
            bad[at] ^= 1 << rng.randrange(8)
        case 1:
            del bad[at:end]
        case 2:
            bad.insert(at, rng.choice((*MARKS, rng.randrange(256))))
        case 3:
            bad[at:at] = bad[at:end] * rng.randint(1, 8)
        case 4:
            to = rng.randrange(len(bad) + 1)
            bad[to:to] = bad[at:end]
        case _:
            bad[at:end] = rng.randbytes(end - at)


def textual(known: Sequence[bytes], rng: random.Random) -> bytes:
    """Lines dropped, doubled and moved, numbers and words exchanged; now and then plain bytes."""
    if rng.randrange(5) == 0:
        return bytewise(known, rng)
    lines = rng.choice(known).decode("utf-8", "replace").split("\n")
    for _ in range(rng.randint(1, 4)):
        _edit(lines, known, rng)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _edit(lines: list[str], known: Sequence[bytes], rng: random.Random) -> None:
    at = rng.randrange(len(lines)) if lines else 0
    match rng.randrange(6):
        case 0 if lines:
            del lines[at]
        case 1 if lines:
            lines.insert(rng.randrange(len(lines) + 1), lines[at])
        case 2:
            other = rng.choice(known).decode("utf-8", "replace").split("\n")
            lines.insert(at, rng.choice(other))
        case _ if lines:
            lines[at] = _exchanged(lines[at], rng)


def _exchanged(line: str, rng: random.Random) -> str:
    tokens = list(_TOKEN.finditer(line))
    if not tokens:
        return line + rng.choice(WORDS)
    token = rng.choice(tokens)
    new = rng.choice(NUMBERS if token[0][0].isdigit() or rng.randrange(3) == 0 else WORDS)
    return line[: token.start()] + new + line[token.end() :]


def as_json(known: Sequence[bytes], rng: random.Random) -> bytes:
    """A value of the tree exchanged, dropped or doubled; now and then text, or nesting without end."""
    kind = rng.randrange(8)
    if kind == 0:
        return textual(known, rng)
    if kind == 1 and rng.randrange(8) == 0:
        return b"[" * DEEP + b"]" * rng.choice((0, DEEP))
    try:
        tree = json.loads(rng.choice(known))
    except (ValueError, RecursionError):
        return textual(known, rng)
    for _ in range(rng.randint(1, 3)):
        tree = _changed(tree, rng)
    return json.dumps(tree, ensure_ascii=rng.randrange(2) == 0).encode("utf-8", "surrogatepass")


def _changed(tree: Any, rng: random.Random) -> Any:
    """The tree with one change somewhere in it."""
    if isinstance(tree, dict) and tree and rng.randrange(8):
        key = rng.choice(list(tree))
        match rng.randrange(6):
            case 0:
                return {name: value for name, value in tree.items() if name != key}
            case 1:
                return {**tree, rng.choice(WORDS): tree[key]}
        return {**tree, key: _changed(tree[key], rng)}
    if isinstance(tree, list) and tree and rng.randrange(8):
        at = rng.randrange(len(tree))
        match rng.randrange(5):
            case 0:
                return tree[:at] + tree[at + 1 :]
            case 1:
                return tree + tree[at:] * rng.randint(1, 20)
        return [*tree[:at], _changed(tree[at], rng), *tree[at + 1 :]]
    return _junk(rng)


def _junk(rng: random.Random) -> Any:
    plain: tuple[Any, ...] = (
        None,
        True,
        False,
        0,
        -1,
        10**18,
        10**40,
        float("nan"),
        float("inf"),
        0.1,
        [],
        {},
        [[]],
        {"": None},
    )
    match rng.randrange(3):
        case 0:
            return rng.choice(plain)
        case 1:
            return rng.choice(NUMBERS)
    return rng.choice(WORDS)
