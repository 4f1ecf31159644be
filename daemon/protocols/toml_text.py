"""A TOML file read with exact decimals; what does not parse becomes faults with line and remedy."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from daemon.protocols.faults import Fault
from daemon.protocols.regular_file import MAX_BYTES, read_regular

_DEEPEST = 20
_DOTTED = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){20}""")
"""A key of more than _DEEPEST parts: tomllib takes time as the square of their number."""
_LONG = re.compile(r"(?<!\w)0[xob]\w{1001}")
"""A number that Python reads and does not write again."""
_COMMA = re.compile(r"(?<![\w-])(?P<key>[\w-]++)\s*+=\s*+(?P<number>[+-]?\d++,\d++)(?=\s*+(?:$|[#},]))")
_HEADER = re.compile(r"^\s*(?P<open>\[\[?)\s*(?P<name>[\w.-]+)\s*\]")
_LINE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """`data` is what could be read, also beside faults, so that all faults of a file come together."""

    data: dict[str, object] | None
    faults: tuple[Fault, ...]
    raw: bytes = b""
    """The bytes it was read from."""
    mode: int = 0
    """The mode of the file they were in."""


def read_toml(path: Path) -> TomlFile:
    """Read a file; numbers with a point become Decimal, whole numbers int. Never raises."""
    file = str(path)
    try:
        found = read_regular(path)
    except OSError as error:
        reason = error.strerror or str(error)
        return _unusable(file, f"the file cannot be read: {reason}", "give the path of a readable file")
    return dataclasses.replace(toml_of(found.raw, file), mode=found.mode)


def toml_of(raw: bytes, file: str) -> TomlFile:
    """What the bytes of a file say. Never raises."""
    if len(raw) > MAX_BYTES:
        return _unusable(file, "the file is too long", f"give a file of at most {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"the file is not UTF-8 text (byte {error.start})"
        return _unusable(file, problem, "save it as plain text in UTF-8")
    return dataclasses.replace(parse_toml(file, text.replace("\r\n", "\n")), raw=raw)


def parse_toml(file: str, text: str) -> TomlFile:
    """Parse text; a decimal comma is a fault of its own and read on as a point, only to find more faults."""
    data, syntax = _parse(file, text)
    if syntax is None:
        return TomlFile(data, ())
    commas, repaired = _decimal_commas(file, text)
    if not commas:
        return TomlFile(None, (syntax,))
    data, further = _parse(file, repaired)
    return TomlFile(data, commas if further is None else (*commas, further))


def _unusable(file: str, problem: str, remedy: str) -> TomlFile:
    return TomlFile(None, (Fault(file, "", "", problem, remedy, "unreadable"),))


def _parse(file: str, text: str) -> tuple[dict[str, object] | None, Fault | None]:
    dotted, long = _DOTTED.search(text), _LONG.search(text)
    if dotted is not None:
        return None, _too_deep(file, _line_of(dotted))
    if long is not None:
        problem = "this number has more than 1000 digits"
        return None, Fault(file, _line_of(long), "", problem, "write it with decimal digits", "syntax")
    try:
        data = tomllib.loads(text, parse_float=_decimal)
    except (ValueError, RecursionError) as error:
        message = str(error)
    else:
        return (data, None) if _depth(data) <= _DEEPEST else (None, _too_deep(file, ""))
    found = _LINE.search(message)
    what = _LINE.sub("", message)
    lines = text.splitlines()
    number = int(found["line"]) if found and found["line"] else max(len(lines), 1)
    line = lines[number - 1].strip() if number <= len(lines) else ""
    fault = Fault(
        file,
        f"line {number}",
        line,
        f"this is not TOML: {what}",
        'write `key = value`, text in "quotes", lists in [brackets], each key once',
        "syntax",
    )
    return None, fault


def _line_of(found: re.Match[str]) -> str:
    before = found.string.count("\n", 0, found.start())
    return f"line {before + 1}"


def _depth(data: object) -> int:
    """How many tables and lists lie in each other, at most; without recursion."""
    depth, level = 0, [data]
    while level:
        depth += 1
        inner: list[object] = []
        for value in level:
            inner += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        level = inner
    return depth


def _too_deep(file: str, place: str) -> Fault:
    problem = f"tables and lists lie more than {_DEEPEST} deep in each other"
    return Fault(
        file, place, "", problem, "write the keys as the reference of this file shows them", "syntax"
    )


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


def _decimal_commas(file: str, text: str) -> tuple[tuple[Fault, ...], str]:
    """Every `key = 2,5` of the text as a fault, and the text with points instead."""
    faults: list[Fault] = []
    lines: list[str] = []
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = header["name"]
            if header["open"] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}[{counts[table]}]"
        code, hash_sign, comment = line.partition("#")
        for match in _COMMA.finditer(code):
            key = f"{table}.{match['key']}" if table else match["key"]
            faults.append(_comma_fault(file, key, match["number"], number))
        fixed = _COMMA.sub(lambda match: match[0].replace(",", "."), code)
        lines.append(fixed + hash_sign + comment)
    return tuple(faults), "\n".join(lines) + "\n"


def _comma_fault(file: str, key: str, given: str, line: int) -> Fault:
    point = given.replace(",", ".")
    return Fault(
        file,
        key,
        given,
        f"a decimal comma on line {line} is not TOML",
        f"use a decimal point: {point}",
        "decimal_comma_syntax",
    )
