"""Commands are imported when they are run, and import only what they need."""

import subprocess
import sys

import click
import pytest

from passagework.cli.group import COMMANDS, cli

HEAVY = {"av", "mutagen", "numpy", "PIL", "structlog", "rich", "asyncio", "distributed"}
"""What only an import, the services, or pictures need."""


def imported_by(*words):
    """Run a command in a process of its own; return the packages that it has imported."""
    code = (
        "import sys\n"
        "from passagework.cli.main import main\n"
        f"sys.argv = ['passagework', *{words!r}]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('imported', *{name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_list_says(name):
    command = cli.get_command(click.Context(cli), name)
    assert (command.name, bool(command.help)) == (name, True)


def test_the_list_of_commands_has_a_whole_line_for_each(run):
    listed = run("--help").output.partition("Commands:\n")[2].splitlines()
    assert [tuple(line.split(maxsplit=1)) for line in listed] == [
        (name, COMMANDS[name].line) for name in sorted(COMMANDS)
    ]


def test_the_version_needs_no_settings_and_no_library():
    assert imported_by("--version") & {*HEAVY, "pydantic", "sqlite3"} == set()


def test_a_list_needs_no_audio_no_services_and_no_actors(small_library):
    assert imported_by("list", "--library", str(small_library.path)) & {*HEAVY, "pykka"} == set()
