"""A model's name on the command line."""

from __future__ import annotations

import click

from drivers.registry import models


class _Model(click.ParamType[str]):
    name = "model"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name of a model on the shelf."""
        known = sorted(models())
        if str(value) not in known:
            self.fail(f"{value!r} is no model; known: {', '.join(known)}", param, ctx)
        return str(value)


MODEL = _Model()
