"""What the key of a head line names: the target, or one bag and what is told of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from daemon.desk.audit.preparation import KINDS, bag_name
from daemon.desk.audit.reading import HeadLine
from daemon.desk.audit.units import is_dose_unit, volume_factor

LAST = "\0last"
"""The name of the bag that is used last, whatever it is called."""
_ASPECTS = {
    **dict.fromkeys(("dose", "amount"), "amount"),
    **dict.fromkeys(("concentration", "conc", "strength"), "concentration"),
    **dict.fromkeys(("volume", "vol"), "volume"),
    **dict.fromkeys(("prep", "preparation"), ""),
}
_GLUED = re.compile(rf"({'|'.join(KINDS)})(\d+)")
_IN_VALUE = re.compile(rf"(?P<bag>(?:{'|'.join(KINDS)})\s*#?\s*\w+)\s*[:=]\s*(?P<text>.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BagLine:
    """One line about a bag; `aspect` is amount, concentration, volume, or empty where the text tells."""

    bag: str
    aspect: str
    text: str


def target_line(line: HeadLine) -> HeadLine:
    """`target`, `target_mg` and `target_dose_mg` as `target_dose`; another line as it is."""
    words = line.key.split("_")
    unit = words[-1] if is_dose_unit(words[-1]) else ""
    rest = words[:-1] if unit else words
    if rest not in (["target"], ["target", "dose"]):
        return line
    bare = unit and not re.search(r"[^\W\d]", line.value)
    return HeadLine("target_dose", f"{line.value} {unit}" if bare else line.value, line.text)


def bag_line(line: HeadLine) -> BagLine | None:
    """The bag a line is about; None if its key names none."""
    words = [word for word in _GLUED.sub(r"\1_\2", line.key.replace("#", "_")).split("_") if word]
    text, aspect = line.value, ""
    last = words[0] in {"last", "final"} if words else False
    if words and (last or words[0] in _ASPECTS) and words[1:2] and words[1] in KINDS:
        aspect = _ASPECTS.get(words.pop(0), "")
    if not words or words[0].rstrip("s.") not in KINDS:
        return None
    units = []
    while len(words) > 1 and (words[-1] in _ASPECTS or is_dose_unit(words[-1]) or volume_factor(words[-1])):
        word = words.pop()
        aspect = aspect or _ASPECTS.get(word, "")
        units += [word] if word not in _ASPECTS else []
    if len(words) > 2 and words[1] in _ASPECTS:
        aspect = aspect or _ASPECTS[words.pop(1)]
    within = _IN_VALUE.fullmatch(text) if len(words) == 1 and not last else None
    if within is not None:
        return BagLine(bag_name(within["bag"]), aspect, within["text"])
    if len(words) == 1 and not last:
        return None
    if units and not re.search(r"[^\W\d]", text):
        text = f"{text} {'/'.join(reversed(units))}"
    return BagLine(LAST if last else bag_name(" ".join(words)), aspect, text)
