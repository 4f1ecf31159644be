"""HL7 v2 text: fields into segments into messages, escaped; and the little that is read back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ENCODING = "^~\\&"
_ESCAPES = {
    "\\": "\\E\\",
    "|": "\\F\\",
    "^": "\\S\\",
    "&": "\\T\\",
    "~": "\\R\\",
    **{chr(code): f"\\X{code:02X}\\" for code in (*range(32), 127)},
}
"""No control character goes out as it is: 0x0B and 0x1C are the frame's (MLLP)."""
_LETTERS = {"E": "\\", "F": "|", "S": "^", "T": "&", "R": "~"}


def escape(value: str) -> str:
    """A value as it stands in a field, repetition, component or subcomponent; exact both ways (2.6, 2.7)."""
    return "".join(_ESCAPES.get(letter, letter) for letter in value)


def unescape(text: str) -> str:
    """The value of such a text; a sequence that is not known stays as it stands."""
    parts = text.split("\\")
    value = [parts[0]]
    index = 1
    while index < len(parts):
        meaning = _meaning(parts[index]) if index + 1 < len(parts) else None
        if meaning is None:
            value.append("\\" + parts[index])
            index += 1
        else:
            value.append(meaning + parts[index + 1])
            index += 2
    return "".join(value)


def _meaning(word: str) -> str | None:
    if word in _LETTERS:
        return _LETTERS[word]
    if word.startswith("X") and len(word) > 1:
        try:
            return bytes.fromhex(word[1:]).decode("latin-1")
        except ValueError:
            return None
    return None


def components(*values: str) -> str:
    """One field of components, idle ones at the end left out."""
    return "^".join(escape(value) for value in values).rstrip("^")


def subcomponents(*values: str) -> str:
    """One component of subcomponents."""
    return "&".join(escape(value) for value in values).rstrip("&")


def segment(name: str, *fields: str) -> str:
    """A segment; the fields are encoded already, idle ones at the end left out."""
    return "|".join((name, *fields)).rstrip("|")


def message(segments: Iterable[str]) -> bytes:
    """Segments, each ended by CR, in UTF-8."""
    return "".join(f"{one}\r" for one in segments).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement: `code` AA, AE, AR, CA, CE or CR; `about` the control id it answers (MSA-2)."""

    code: str
    about: str
    text: str


def read_answer(data: bytes) -> Answer | None:
    """The MSA segment of a message; None where there is none. Four encoding characters or five."""
    text = data.decode("utf-8", "replace").replace("\n", "\r")
    segments = [one for one in text.split("\r") if one]
    if not segments or not segments[0].startswith("MSH") or len(segments[0]) < 4:
        return None
    separator = segments[0][3]
    found = next((one.split(separator) for one in segments if one.startswith(f"MSA{separator}")), None)
    if found is None or len(found) < 3:
        return None
    return Answer(found[1].strip(), unescape(found[2]).strip(), _said(segments, separator, found))


def _said(segments: Sequence[str], separator: str, msa: Sequence[str]) -> str:
    """MSA-3, or the user's message of the first ERR (ERR-8), or its code (ERR-3)."""
    if len(msa) > 3 and msa[3]:
        return unescape(msa[3])
    error = next((one.split(separator) for one in segments if one.startswith(f"ERR{separator}")), [])
    return next((unescape(error[at]) for at in (8, 7, 3) if len(error) > at and error[at]), "")
