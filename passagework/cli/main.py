"""The entry point: the group of commands. Errors become one line and an exit code."""

import sys
from importlib.metadata import version
from io import StringIO

import click

from passagework.cli.commands.config import config
from passagework.cli.commands.demo import demo
from passagework.cli.commands.doctor import doctor
from passagework.cli.commands.export import export
from passagework.cli.commands.list import list_
from passagework.cli.commands.plot import plot
from passagework.cli.commands.review import review
from passagework.cli.commands.run_import import import_
from passagework.cli.commands.set import set_
from passagework.cli.commands.show import show
from passagework.cli.commands.standin import stand_in
from passagework.cli.commands.status import status
from passagework.cli.commands.undo import undo
from passagework.cli.output.say import say
from passagework.cli.streams import reader_has_left, show_what_can_be_shown
from passagework.domain.credentials import without_credentials
from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a reader that closes the output early is no error."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            reader_has_left()
            return ExitCode.OK


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("passagework"), prog_name="passagework")
def cli() -> None:
    """Turn folders of music into a passage library: where the music begins and ends, how loud it is, what it is.

    \b
    Exit codes: 0 all went well · 1 new failures in this run · 2 usage or configuration ·
    3 library unavailable · 4 nothing found, or a folder is missing · 5 done, with items waiting · 130 interrupted
    """  # noqa: D301 - \b is click's mark for a paragraph that is not wrapped


for command in (import_, status, show, list_, review, set_, undo, plot, demo, doctor, stand_in, export, config):
    cli.add_command(command)


def main() -> None:
    """Run the command line and exit with its code."""
    show_what_can_be_shown()
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.Abort:
        code = ExitCode.INTERRUPTED
    except click.ClickException as error:
        shown = StringIO()
        error.show(shown)
        for line in without_credentials(shown.getvalue().removesuffix("\n")).split("\n"):
            say(line, err=True)
        code = ExitCode.USAGE
    except PassageworkError as error:
        for line in without_credentials(str(error)).split("\n"):
            say(f"passagework: {error.code}: {line}", err=True)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else ExitCode.OK)
