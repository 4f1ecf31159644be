"""Events as JSON and back, by their own type hints: Decimal as text, enums as values, order kept."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from daemon.engine.events import Event
from daemon.exact_json import LARGEST

EVENTS: Mapping[str, type] = {cls.__name__: cls for cls in get_args(Event)}
"""Every event by the name it has in the journal."""


class CodecError(ValueError):
    """A record's body is not what its event type needs."""


def encode(value: Any) -> Any:
    """A JSON-able picture of a value made of dataclasses, Decimals, enums and containers.

    What UTF-8 cannot carry in a text (a byte some terminal sent) becomes `?`: no record is lost for a letter.
    """
    return _encoder(value.__class__)(value)


@cache
def _encoder(kind: type) -> Callable[[Any], Any]:
    """How values of exactly this type are pictured; found out once for each."""
    if kind is types.NoneType or issubclass(kind, bool | int):
        return _itself
    if issubclass(kind, Enum):
        return lambda value: value.value
    if issubclass(kind, str):
        return lambda value: value.encode("utf-8", "replace").decode()
    if issubclass(kind, Decimal):
        return str
    if is_dataclass(kind):
        names = tuple(field.name for field in fields(kind))
        return lambda value: {name: encode(getattr(value, name)) for name in names}
    if issubclass(kind, Mapping):
        return lambda value: {str(encode(key)): encode(item) for key, item in value.items()}
    if issubclass(kind, frozenset):
        return lambda value: sorted(encode(item) for item in value)
    if issubclass(kind, tuple | list):
        return lambda value: [encode(item) for item in value]
    raise CodecError(f"no JSON picture for {kind.__name__}")


def _itself(value: Any) -> Any:
    return value


def decode(kind: Any, data: Any) -> Any:
    """The value of type `kind` that `encode` pictured as `data`; CodecError if it is none."""
    try:
        return _decoder(kind)(data)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise CodecError(f"{kind}: {error}") from error


@cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    """How values of a type are read; its hints are read once."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _decoder_of_union(kind)
    if origin is tuple:
        return _decoder_of_tuple(args)
    if origin is frozenset:
        item = _decoder(args[0])
        return lambda data: frozenset(map(item, _shaped(list, data)))
    if origin is not None and issubclass(origin, Mapping):
        key, value = map(_decoder, args)
        return lambda data: {key(k): value(v) for k, v in _shaped(dict, data).items()}
    if is_dataclass(kind):
        return _decoder_of_fields(kind)
    if kind is Decimal:
        return _decode_number
    if issubclass(kind, Enum):
        member: Callable[[Any], Any] = kind
        return member
    return lambda data: _shaped(kind, data)


def _shaped(kind: type, data: Any) -> Any:
    """The data itself, if JSON gave it this shape; a truth value is no number."""
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise CodecError(f"{data!r} is no {kind.__name__}")
    return data


def _decoder_of_fields(kind: Any) -> Callable[[Any], Any]:
    readers = {name: _decoder(hint) for name, hint in get_type_hints(kind).items()}

    def read(data: Any) -> Any:
        unknown = _shaped(dict, data).keys() - readers.keys()
        if unknown:
            raise CodecError(f"unknown keys {sorted(unknown)}: this journal was written by another version")
        return kind(**{name: reader(data[name]) for name, reader in readers.items()})

    return read


def _decode_number(data: Any) -> Decimal:
    text = _shaped(str, data)
    number = Decimal(text)
    if not number.is_finite() or len(text) > 2 * LARGEST or abs(number.adjusted()) > LARGEST:
        raise CodecError(f"{text:.40} is no number of any use")
    return number


def _decoder_of_union(kind: Any) -> Callable[[Any], Any]:
    members = [member for member in get_args(kind) if member is not types.NoneType]
    if len(members) != 1:
        raise CodecError(f"ambiguous {kind}")
    member = _decoder(members[0])
    return lambda data: None if data is None else member(data)


def _decoder_of_tuple(args: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(args) == 2 and args[1] is Ellipsis:
        item = _decoder(args[0])
        return lambda data: tuple(map(item, _shaped(list, data)))
    items = tuple(map(_decoder, args))
    return lambda data: tuple(item(one) for item, one in zip(items, _shaped(list, data), strict=True))


def decode_event(name: str, data: Any) -> Event:
    """The event a journal record holds."""
    cls = EVENTS.get(name)
    if cls is None:
        raise CodecError(f"unknown event {name!r}: this journal was written by a newer version")
    event: Event = decode(cls, data)
    return event
