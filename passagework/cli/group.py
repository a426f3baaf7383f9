"""The group of all commands. Errors become one line and an exit code."""

from collections.abc import Mapping
from importlib import import_module
from io import StringIO
from types import MappingProxyType
from typing import Final

import click

from passagework.cli.output.say import say
from passagework.cli.start_up import interrupt_as_usual
from passagework.cli.streams import reader_has_left, show_what_can_be_shown
from passagework.domain.credentials import without_credentials
from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode

_COMMANDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "import": ("run_import", "import_"),
        "status": ("status", "status"),
        "show": ("show", "show"),
        "list": ("list", "list_"),
        "review": ("review", "review"),
        "set": ("set", "set_"),
        "undo": ("undo", "undo"),
        "plot": ("plot", "plot"),
        "demo": ("demo", "demo"),
        "doctor": ("doctor", "doctor"),
        "stand-in": ("standin", "stand_in"),
        "export": ("export", "export"),
        "config": ("config", "config"),
    }
)
"""The module of each command, and its name there. It is imported when it is used: few need the audio libraries."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is no such one."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"passagework.cli.commands.{module}"), name)
        interrupt_as_usual()
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a reader that closes the output early is no error."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            reader_has_left()
            return ExitCode.OK


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="passagework", prog_name="passagework")
def cli() -> None:
    """Turn folders of music into a passage library: where the music begins and ends, how loud it is, what it is.

    \b
    Exit codes: 0 all went well · 1 new failures in this run · 2 usage or configuration ·
    3 library unavailable · 4 nothing found, or a folder is missing · 5 done, with items waiting · 130 interrupted
    """  # noqa: D301 - \b is click's mark for a paragraph that is not wrapped


def run_command() -> object:
    """Run the command that was asked for, and return its exit code. What is no fault of ours is one line."""
    show_what_can_be_shown()
    try:
        return cli.main(standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        shown = StringIO()
        error.show(shown)
        for line in without_credentials(shown.getvalue().removesuffix("\n")).split("\n"):
            say(line, err=True)
        return ExitCode.USAGE
    except PassageworkError as error:
        for line in without_credentials(str(error)).split("\n"):
            say(f"passagework: {error.code}: {line}", err=True)
        return error.exit_code
