"""A model's name on the command line."""

from __future__ import annotations

import click

from drivers.registry import models
from drivers.shelf import Shelf


class _Model(click.ParamType[str]):
    name = "model"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name of a model on the shelf."""
        known = sorted(name for name, model in models().items() if model.shelf is not None)
        if str(value) not in known:
            self.fail(f"{value!r} is no model; known: {', '.join(known)}", param, ctx)
        return str(value)


MODEL = _Model()


def shelf_of(name: str) -> Shelf:
    """Where a model stands; the name was checked."""
    shelf = models()[name].shelf
    if shelf is None:
        raise KeyError(name)
    return shelf
