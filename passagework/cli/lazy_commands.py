"""A group of commands that imports a command when it is needed: most need no numbers, audio, pictures or network."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import click

from passagework.cli.start_up import interrupt_as_usual


@dataclass(frozen=True, slots=True)
class CommandPlace:
    """Where a command is, and the line for it in the list of commands, which imports none."""

    module: str
    attribute: str
    line: str


class LazyCommands(click.Group):
    """A group whose commands are imported one by one."""

    places: Mapping[str, CommandPlace]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Return the names of all commands."""
        return sorted(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click calls it
        """Import a command; None if there is none of this name."""
        if (place := self.places.get(cmd_name)) is None:
            return None
        command = getattr(import_module(place.module), place.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{place.module}.{place.attribute} is no command")
        interrupt_as_usual()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.places[name].line) for name in self.list_commands(ctx)])
