"""What `try` and `replay` have in common: a duration."""

from __future__ import annotations

import click

from gazelled.units import parse_duration


class Since(click.ParamType[float]):
    """A duration, in seconds."""

    name = "TIME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it."""
        if isinstance(value, float):
            return value
        try:
            return parse_duration(value)
        except ValueError as error:
            return self.fail(str(error), param, ctx)
