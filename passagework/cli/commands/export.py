"""``passagework export``: the library for other programs. Each target is a separate command."""

import re
from typing import Final

import click

from passagework.cli.commands.export_files import csv_, json_, m3u, parquet
from passagework.cli.commands.export_mysql import mysql

# Also of other servers: the command refuses them, and repeats nothing of an address, which may hold a password.
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*:/|.*@", re.IGNORECASE)


class _Targets(click.Group):
    """A group that also accepts the address of a server as a target, for the command ``mysql``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command for a target."""
        if args and _ADDRESS.match(args[0]):
            args = ["mysql", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_Targets)
def export() -> None:
    """Export the library for other programs; the library itself is only read."""


for _command in (json_, csv_, parquet, m3u, mysql):
    export.add_command(_command)
