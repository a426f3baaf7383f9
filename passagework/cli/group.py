"""The group of all commands. Errors become one line and an exit code."""

from io import StringIO
from typing import Final

import click

from passagework.cli.lazy_commands import CommandPlace, LazyCommands
from passagework.cli.output.say import put_all, say
from passagework.cli.streams import reader_has_left, show_what_can_be_shown
from passagework.domain.credentials import without_credentials
from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode

VERSION: Final = "0.1.0"
"""As pyproject.toml has it. To read it from the installed package takes as long as the rest of ``--version``."""


def _place(module: str, attribute: str, line: str) -> CommandPlace:
    return CommandPlace(f"passagework.cli.commands.{module}", attribute, line)


COMMANDS: Final = {
    "backup": _place("backup", "backup", "Copy the library to a file, also during an import."),
    "check": _place("check", "check", "Look for damage in all of the library."),
    "compact": _place("compact", "compact", "Give back the unused space of the library."),
    "config": _place("config", "config", "Show, check or create the configuration."),
    "cut": _place("cut", "cut", "Cut a file by hand."),
    "demo": _place("demo", "demo", "Create a small folder of music."),
    "doctor": _place("doctor", "doctor", "Check what an import needs."),
    "duplicates": _place("duplicates", "duplicates", "List what the library has more than once."),
    "export": _place("export", "export", "Export the library for other programs."),
    "flavor": _place("flavor", "flavor", "Tell how far two passages are apart; import AcousticBrainz."),
    "forget": _place("forget", "forget", "Delete what the library knows of files and folders."),
    "import": _place("run_import", "import_", "Import folders of music into the library."),
    "list": _place("list", "list_", "List or search the passages."),
    "next": _place("next", "next_", "Choose what to play next."),
    "played": _place("played", "played", "Report what was played."),
    "plot": _place("plot", "plot", "Draw a file with its passages."),
    "review": _place("review", "review", "List passages and cuts that need a decision, and decide."),
    "runs": _place("runs", "runs", "List the imports, and show what each found."),
    "serve": _place("serve", "serve", "Serve the library over HTTP, and import what changes."),
    "set": _place("set", "set_", "Set user values, which no import changes."),
    "show": _place("show", "show", "Show a file with its passages, or a passage."),
    "similar": _place("similar", "similar", "What is like this? List similar passages."),
    "stand-in": _place("standin", "stand_in", "Answer like AcoustID and MusicBrainz, without a network."),
    "status": _place("status", "status", "Count what the library holds, and show the last import."),
    "undo": _place("undo", "undo", "Restore the library to its state before an import."),
    "watch": _place("watch", "watch", "Import folders, then follow what changes in them."),
}


class _Commands(LazyCommands):
    places = COMMANDS

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a reader that closes the output early is no error."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                put_all()
        except BrokenPipeError:
            reader_has_left()
            return ExitCode.OK


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="passagework")
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
