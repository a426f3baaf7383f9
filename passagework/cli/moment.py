"""Moments on the command line."""

import datetime as dt

import click


class Moment(click.ParamType[dt.datetime]):
    """A date and time as ISO 8601 has it; without a zone, of this machine."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        """Read it."""
        try:
            return dt.datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError, OSError):
            self.fail(f"{str(value)[:60]} is no moment; write it as 2026-03-04T05:06:07", param, ctx)
