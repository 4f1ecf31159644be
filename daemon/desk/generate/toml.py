"""A shape written as a protocol file: numbers whole, each block with what it amounts to, rules as blanks."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from fractions import Fraction

from daemon.desk.generate.exact import said, written
from daemon.desk.generate.refused import Refused
from daemon.desk.generate.rules_to_order import ordered_keys, rules_to_order
from daemon.desk.generate.shape import PART_OF_TARGET, Bag, ByHand, Content, End, Infusion, Shape

_WIDTH = 100
_LONGEST_ID = 64
_RULE = "# " + "=" * 92 + "\n"
_HEAD = """\
The numbers below are whole and follow from this order; the rules are not there yet. Whatever begins with \
____ is to be filled in by the person named above it: `infusiond check` refuses the file until all are, \
`infusiond plan` shows the table all the same. Not a medical device; every number is to be checked and \
signed before it is used."""


def protocol_text(shape: Shape) -> str:
    """The whole file."""
    return "".join((_head(shape), _identity(shape), _bags(shape), _steps(shape), rules_to_order(shape)))


def title_of(shape: Shape) -> str:
    """The title that was asked for, or drug and shape."""
    return shape.order.title or f"{shape.order.drug}: {shape.words}"


def id_of(shape: Shape) -> str:
    """The id that was asked for, or one made of drug, family or way, and steps."""
    if shape.order.id:
        return shape.order.id
    way = shape.order.family if shape.order.route == "iv" else shape.order.route
    words = f"{shape.order.drug} {way} {len(shape.steps)} steps".lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:_LONGEST_ID].strip("-")


def _head(shape: Shape) -> str:
    known = shape.order.unit != PART_OF_TARGET
    target = f"{said(shape.target)} {shape.order.unit}" if known else "in parts of a target that is not named"
    lines = [f"# {title_of(shape)}, {target}"]
    if shape.order.asked:
        lines += ["#", *_comment(shape.order.asked, first="#     ", more="#         ")]
    lines += ["#", *_comment(_HEAD)]
    if shape.notes:
        lines += ["#", "# What was asked, and what it became:"]
        for note in shape.notes:
            lines += _comment(note, first="# - ", more="#   ")
    return "\n".join(lines) + "\n"


def _comment(text: str, first: str = "# ", more: str = "# ") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=more,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _identity(shape: Shape) -> str:
    order = shape.order
    target = "" if order.unit == PART_OF_TARGET else f"target_dose = {_number(shape.target)}\n"
    if order.size:
        lines = [f"{key} = {_number(value)}" for key, value in order.size]
        target = "\n".join(lines) + f" # {said(shape.target)} {order.unit} for this patient\n"
    return (
        f"\nid = {_text(id_of(shape))}\ntitle = {_text(title_of(shape))}\ndrug = {_text(order.drug)}\n"
        f"route = {_text(order.route)}\ndose_unit = {_text(order.unit)}\n{target}"
        f"\n# The prescriber:\n{ordered_keys(shape)}"
        '\n[source]\ncitation = "____ the publication or order whose rules and numbers these are"\n'
    )


def _bags(shape: Shape) -> str:
    if not shape.bags:
        return ""
    who = "# THE PREPARATIONS. What is left blank is for the PHARMACY (how each is made"
    who += (
        ").\n"
        if not shape.driven
        else ", how long it keeps)\n# and for the WARD (the line: measure the set in use).\n"
    )
    return "\n" + _RULE + who + _RULE + "".join(_bag(shape, bag) for bag in shape.bags)


def _bag(shape: Shape, bag: Bag) -> str:
    unit, strength = shape.order.unit_in_words, said(bag.concentration)
    amount = (
        ""
        if bag.amount is None
        else f"{said(bag.amount)} {unit} in {said(bag.volume_ml or Fraction(0))} mL = "
    )
    drawn = sum((step.volume_ml or Fraction(0) for step in shape.steps if step.bag == bag.id), Fraction(0))
    left = None if bag.volume_ml is None else bag.volume_ml - drawn
    rest = "" if not left else f", {said(left)} mL are discarded"
    told = f"{bag.id}: {amount}{strength} {unit}/mL; {said(drawn)} mL are given{rest}"
    lines = ["", *_comment(told), "[[solutions]]", f"id = {_text(bag.id)}", f"label = {_text(bag.label)}"]
    if bag.content is Content.CORRECTED:
        lines.append("corrected = true # the target less what the other bags give")
    else:
        lines.append(f"{bag.content} = {_number(bag.value)}")
    if bag.rounded_to is not None:
        exact = said(bag.value * shape.target)
        lines.append(f"rounded_to = {_number(bag.rounded_to)} # {exact} {unit} asked")
    if bag.volume_ml is not None:
        lines.append(f"volume_ml = {_number(bag.volume_ml)}")
    lines.append('preparation = "____ pharmacy: what is drawn from what; or leave the line out"')
    if shape.driven:
        lines += _line(bag)
    return "\n".join(lines) + "\n"


def _line(bag: Bag) -> Iterator[str]:
    yield 'stable_h = "____ pharmacy: hours from making within which it may be used"'
    yield "[solutions.line]"
    if bag.dead_volume_ml is None:
        yield 'dead_volume_ml = "____ ward: mL from pump to patient, or to the Y-site if there is one"'
        yield 'primed = "____ ward: true if the line is filled with this solution up to the hub, else false"'
    else:
        yield f"dead_volume_ml = {_number(bag.dead_volume_ml)} # ward: of the set in use"
        yield "primed = false # the line-fill step fills it"
    yield 'y_site_ml = "____ ward: mL behind the Y-site, 0 if there is none"'


def _steps(shape: Shape) -> str:
    blocks: list[str] = []
    cumulative = elapsed = Fraction(0)
    day = 0
    for number, step in enumerate(shape.steps, start=1):
        if step.day != day:
            day, elapsed = step.day, Fraction(0)
            if shape.steps[-1].day > 1:
                blocks.append(f"\n# ---- day {day}\n")
        cumulative += step.dose
        if isinstance(step, Infusion):
            elapsed += step.minutes
            blocks.append(_infusion(shape, number, step, cumulative, elapsed))
        else:
            blocks.append(_by_hand(shape, number, step, cumulative, elapsed))
            elapsed += step.interval_min or Fraction(0)
    return "\n" + _RULE + "# THE STEPS\n" + _RULE + "".join(blocks)


def _infusion(shape: Shape, number: int, step: Infusion, cumulative: Fraction, elapsed: Fraction) -> str:
    unit = shape.order.unit_in_words
    what = "fills the line (print counts 0), " if step.line_fill else ""
    told = (
        f"step {number}: {what}{said(step.rate_ml_h)} mL/h for {said(step.minutes)} min, "
        f"{said(step.volume_ml)} mL, {said(step.dose)} {unit}; "
        f"in all {said(cumulative)} {unit} after {said(elapsed)} min"
    )
    lines = ["", *_comment(told), "[[steps]]", f"solution = {_text(step.bag)}"]
    if step.by_dose:
        lines.append(f"dose_rate_h = {_number(step.dose * 60 / step.minutes)}")
    else:
        lines.append(f"rate_ml_h = {_number(step.rate_ml_h)}")
    match step.end:
        case End.MINUTES:
            lines.append(f"minutes = {_number(step.minutes)}")
        case End.VOLUME:
            lines.append(f"volume_ml = {_number(step.volume_ml)}")
        case End.EMPTY | End.TARGET:
            lines.append(f'until = "{step.end}"')
    if step.line_fill:
        lines.append("line_fill = true")
    return "\n".join([*lines, *_day(step.day)]) + "\n"


def _by_hand(shape: Shape, number: int, step: ByHand, cumulative: Fraction, elapsed: Fraction) -> str:
    unit = shape.order.unit_in_words
    volume = "" if step.volume_ml is None else f", {said(step.volume_ml)} mL of {step.bag}"
    told = (
        f"step {number}: {said(step.dose)} {unit}{volume}, {said(elapsed)} min after the first of the day; "
        f"in all {said(cumulative)} {unit}"
    )
    lines = ["", *_comment(told), "[[steps]]"]
    if step.bag is not None:
        lines.append(f"solution = {_text(step.bag)}")
    lines.append(f"dose = {_number(step.dose)}")
    if step.interval_min is not None:
        lines.append(f"interval_min = {_number(step.interval_min)}")
    return "\n".join([*lines, *_day(step.day)]) + "\n"


def _day(day: int) -> list[str]:
    return [f"day = {day}"] if day > 1 else []


def _number(number: Fraction) -> str:
    found = written(number)
    if found is None:
        problem = "a number of the table that no file can hold exactly"
        raise Refused("", said(number), problem, "ask for numbers with fewer digits")
    return found


def _text(text: str) -> str:
    """A TOML string: JSON escapes the same characters, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
