"""Events as JSON and back, by their own type hints: Decimal as text, enums as values, order kept."""

from __future__ import annotations

import types
from collections.abc import Mapping
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
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Decimal):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(encode(key)): encode(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(encode(item) for item in value)
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    raise CodecError(f"no JSON picture for {type(value).__name__}")


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def decode(kind: Any, data: Any) -> Any:
    """The value of type `kind` that `encode` pictured as `data`; CodecError if it is none."""
    try:
        return _decode(kind, data)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise CodecError(f"{kind}: {error}") from error


def _decode(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _decode_union(kind, data)
    if origin is tuple:
        return _decode_tuple(kind, _shaped(list, data))
    if origin is frozenset:
        return frozenset(_decode(get_args(kind)[0], item) for item in _shaped(list, data))
    if origin is not None and issubclass(origin, Mapping):
        key, item = get_args(kind)
        return {_decode(key, k): _decode(item, v) for k, v in _shaped(dict, data).items()}
    if is_dataclass(kind):
        return _decode_fields(kind, _shaped(dict, data))
    if kind is Decimal:
        return _decode_number(_shaped(str, data))
    if issubclass(kind, Enum):
        return kind(data)
    return _shaped(kind, data)


def _shaped(kind: type, data: Any) -> Any:
    """The data itself, if JSON gave it this shape; a truth value is no number."""
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise CodecError(f"{data!r} is no {kind.__name__}")
    return data


def _decode_fields(kind: Any, data: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    unknown = sorted(data.keys() - hints.keys())
    if unknown:
        raise CodecError(f"unknown keys {unknown}: this journal was written by another version")
    return kind(**{name: _decode(hints[name], data[name]) for name in hints})


def _decode_number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or len(text) > 2 * LARGEST or abs(number.adjusted()) > LARGEST:
        raise CodecError(f"{text:.40} is no number of any use")
    return number


def _decode_union(kind: Any, data: Any) -> Any:
    if data is None:
        return None
    members = [member for member in get_args(kind) if member is not types.NoneType]
    if len(members) != 1:
        raise CodecError(f"ambiguous {kind}")
    return _decode(members[0], data)


def _decode_tuple(kind: Any, data: Any) -> Any:
    args = get_args(kind)
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_decode(args[0], item) for item in data)
    return tuple(_decode(arg, item) for arg, item in zip(args, data, strict=True))


def decode_event(name: str, data: Any) -> Event:
    """The event a journal record holds."""
    cls = EVENTS.get(name)
    if cls is None:
        raise CodecError(f"unknown event {name!r}: this journal was written by a newer version")
    event: Event = decode(cls, data)
    return event
