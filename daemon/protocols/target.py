"""The target dose of a file: named, by weight or body surface, or not named at all (doses in parts of it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from daemon.exact_json import plain
from daemon.protocols.blanks import blank_fault, is_blank
from daemon.protocols.faults import Fault, shown
from daemon.protocols.numbers import Positive
from daemon.protocols.parse import Raw
from daemon.protocols.plan import Finding, Severity

FRACTION = "fraction"
_PRODUCT = Context(prec=40)
_PER = {"dose_per_kg": ("weight_kg", "kg"), "dose_per_m2": ("surface_m2", "m²")}
_OWN_KEYS = (*_PER, "target_max", "weight_kg", "surface_m2")
_SIZES = {"weight_kg": (Decimal("0.2"), Decimal(500)), "surface_m2": (Decimal("0.05"), Decimal(4))}
"""Beyond these it is a slip of the keys, not a patient."""
_OPTIONS = {
    "weight_kg": "give --weight-kg N, or weight_kg in the bed file or in this file",
    "surface_m2": "give --surface-m2 N, or surface_m2 in the bed file or in this file",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command line or a bed file says of the dose; None = what the file says."""

    dose: Decimal | None = None
    dose_unit: str | None = None
    weight_kg: Decimal | None = None
    surface_m2: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The file with its target dose in it, and no other word about it; `known` = a target was found."""

    data: Raw
    known: bool
    faults: tuple[Fault, ...] = ()
    findings: tuple[Finding, ...] = ()


def with_target(file: str, data: Raw, asked: Asked) -> Target:
    """`data` with `target_dose` as it follows from what is asked; all faults of the keys about it."""
    rest = {key: value for key, value in data.items() if key not in _OWN_KEYS}
    said = [key for key in ("target_dose", *_PER) if key in data]
    unit = data.get("dose_unit")
    if len(said) > 1:
        problem = "the target dose is said more than once: " + ", ".join(said)
        return Target(
            rest, known=False, faults=(Fault(file, said[1], "", problem, "keep one of them", "one_target"),)
        )
    if unit == FRACTION:
        return _of_parts(file, rest, said, asked)
    if asked.dose_unit is not None and isinstance(unit, str) and asked.dose_unit != unit:
        problem = f"the dose is asked for in {asked.dose_unit}, the file is in {unit}"
        fault = Fault(file, "dose_unit", f'"{unit}"', problem, f"give the dose in {unit}", "unit_differs")
        return Target(rest, known=False, faults=(fault,))
    if said and said != ["target_dose"]:
        return _by_size(file, data, rest, said[0], asked)
    faults = (*_unused(file, data), *_no_size_wanted(file, said, asked))
    if asked.dose is not None:
        return Target({**rest, "target_dose": asked.dose}, known=True, faults=faults)
    return Target(rest, known=True, faults=faults)


def _unused(file: str, data: Raw) -> list[Fault]:
    return [
        Fault(
            file,
            key,
            shown(data[key]),
            "this is for dose_per_kg or dose_per_m2",
            f"leave {key} out",
            "unused",
        )
        for key in _OWN_KEYS
        if key in data
    ]


def _no_size_wanted(file: str, said: list[str], asked: Asked) -> list[Fault]:
    """Nobody may believe that a dose followed from a size it does not follow from."""
    problem = "the file does not order its dose by this"
    return [
        Fault(
            file, said[0] if said else "target_dose", "", f"{name}: {problem}", f"leave {name} out", "unused"
        )
        for name in _SIZES
        if getattr(asked, name) is not None
    ]


def _by_size(file: str, data: Raw, rest: Raw, key: str, asked: Asked) -> Target:
    size_key, per = _PER[key]
    given = getattr(asked, size_key)
    if asked.dose is not None:
        problem = f"the dose is ordered by the {per}: {plain(asked.dose)} would be another order"
        fault = Fault(
            file, key, shown(data[key]), problem, _OPTIONS[size_key] + ", and no dose", "ordered_by_size"
        )
        return Target(rest, known=False, faults=(fault,))
    if given is None and size_key not in data:
        problem = f"the dose is ordered by the {per} of the patient, and no {size_key} is known"
        fault = Fault(file, key, shown(data[key]), problem, _OPTIONS[size_key], "no_size")
        return Target(rest, known=False, faults=(fault,))
    size = given if given is not None else data[size_key]
    read = {
        key: data[key],
        size_key: size,
        **({"target_max": data["target_max"]} if "target_max" in data else {}),
    }
    found = (_fault(file, name, value) for name, value in read.items())
    faults = [fault for fault in found if fault is not None]
    other = next(name for name in _SIZES if name != size_key)
    if other in data or getattr(asked, other) is not None:
        problem = f"the dose is ordered by {size_key}, not by {other}"
        faults.append(Fault(file, other, "", problem, f"leave {other} out", "unused"))
    if faults:
        return Target(rest, known=False, faults=tuple(faults))
    numbers = {name: _positive(value) for name, value in read.items()}
    product = _PRODUCT.multiply(numbers[key], numbers[size_key])
    target = min(product, numbers.get("target_max", product))
    if _fault(file, key, target) is not None:
        problem = f"times {size_key} = {plain(numbers[size_key])} it has more digits than a dose may have"
        fault = Fault(file, key, shown(data[key]), problem, "give both with fewer digits", "out_of_size")
        return Target(rest, known=False, faults=(fault,))
    unit = data.get("dose_unit")
    product_words = (
        f"{plain(numbers[key])} {unit}/{per} x {plain(numbers[size_key])} {per} = {plain(product)}"
    )
    words = f"the target dose is {product_words} {unit}"
    if target != product:
        words += f", at most {plain(target)} {unit}: that is given"
    note = Finding(Severity.NOTE, "target_by_size", key, words)
    return Target({**rest, "target_dose": target}, known=True, findings=(note,))


def _fault(file: str, key: str, value: object) -> Fault | None:
    if is_blank(value):
        return blank_fault(file, key, str(value), "fill it in")
    try:
        read = _positive(value)
    except ValidationError as error:
        context: Mapping[str, object] = error.errors()[0].get("ctx") or {}
        problem = str(context.get("problem", "this is not a number above 0"))
        remedy, code = str(context.get("remedy", "write a number")), str(context.get("code", "invalid"))
        return Fault(file, key, shown(value), problem, remedy, code)
    least, most = _SIZES.get(key, (read, read))
    if not least <= read <= most:
        problem = f"no patient has {key} = {plain(read)}"
        return Fault(
            file, key, shown(value), problem, f"give {plain(least)} to {plain(most)}", "no_such_size"
        )
    return None


def _positive(value: object) -> Decimal:
    return TypeAdapter(Positive, config=ConfigDict(strict=True)).validate_python(value)


def _of_parts(file: str, rest: Raw, said: list[str], asked: Asked) -> Target:
    """Doses in parts of the target: the target is 1, or what is asked for in a unit of its own."""
    if said and (said != ["target_dose"] or rest["target_dose"] != 1):
        problem = "doses are in parts of a target that is not named"
        fault = Fault(file, said[0], "", problem, f"leave {said[0]} out", "unused")
        return Target(rest, known=False, faults=(fault,))
    faults = tuple(_no_size_wanted(file, ["dose_unit"], asked))
    if asked.dose is None and asked.dose_unit not in {None, FRACTION}:
        problem, remedy = f"how much in {asked.dose_unit} the target is, is not said", "give the dose too"
        faults += (Fault(file, "dose_unit", f'"{FRACTION}"', problem, remedy, "no_dose"),)
    if asked.dose is None or faults:
        return Target({**rest, "target_dose": 1}, known=True, faults=faults)
    if asked.dose_unit is None or asked.dose_unit == FRACTION:
        problem = f"doses are in parts of the target: in what unit is {plain(asked.dose)}?"
        remedy = "give --dose-unit, or dose_unit in the bed file, such as mg"
        return Target(
            rest, known=False, faults=(Fault(file, "dose_unit", '"fraction"', problem, remedy, "no_unit"),)
        )
    words = f"doses of the file are parts of {plain(asked.dose)} {asked.dose_unit}"
    note = Finding(Severity.NOTE, "target_of_parts", "dose_unit", words)
    absolute = {**_times(rest, asked.dose), "target_dose": asked.dose, "dose_unit": asked.dose_unit}
    return Target(absolute, known=True, findings=(note,))


_DOSES = {
    "solutions": ("amount", "concentration", "rounded_to"),
    "steps": ("dose", "dose_rate_h"),
    "ceilings": ("max_dose_rate_h", "max_total_dose"),
}
"""Every key whose value is in the dose unit."""


def _times(data: Raw, factor: Decimal) -> dict[str, object]:
    changed: dict[str, object] = dict(data)
    for part, keys in _DOSES.items():
        value = data.get(part)
        if isinstance(value, list):
            changed[part] = [_part_times(entry, keys, factor) for entry in value]
        else:
            changed[part] = _part_times(value, keys, factor)
        if part not in data:
            changed.pop(part)
    return changed


def _part_times(entry: object, keys: tuple[str, ...], factor: Decimal) -> object:
    if not isinstance(entry, Mapping):
        return entry
    return {
        key: _PRODUCT.multiply(Decimal(value), factor)
        if key in keys and isinstance(value, int | Decimal) and not isinstance(value, bool)
        else value
        for key, value in entry.items()
    }
