"""Commands are imported when they are run, and import only what they need."""

import shutil
import subprocess
import sys

import click
import pytest

from passagework.cli.group import COMMANDS, cli

HEAVY = {"av", "mutagen", "numpy", "PIL", "structlog", "rich", "asyncio", "distributed", "pykka"}
"""What only an import, the services, or pictures need."""


MOST_MODULES = {
    "--version": (16, 20),
    "--help": (16, 20),
    "list": (145, 70),
    "show": (152, 70),
    "status": (157, 70),
    "set": (184, 70),
}
"""How many modules of ours and of other packages each command may import: each takes about a millisecond."""


def modules_of(*words):
    """Run a command in a process of its own; return the modules that it has imported, and the folder of each."""
    code = (
        "import sys\n"
        "from passagework.cli.main import main\n"
        f"sys.argv = ['passagework', *{words!r}]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "for name, module in sys.modules.items(): print(f'{name}={getattr(module, \"__file__\", None)}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return dict(line.partition("=")[::2] for line in done.stdout.splitlines() if "=" in line)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_list_says(name):
    command = cli.get_command(click.Context(cli), name)
    assert (command.name, bool(command.help)) == (name, True)


def test_the_list_of_commands_has_a_whole_line_for_each(run):
    listed = run("--help").output.partition("Commands:\n")[2].splitlines()
    assert [tuple(line.split(maxsplit=1)) for line in listed] == [
        (name, COMMANDS[name].line) for name in sorted(COMMANDS)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("command", MOST_MODULES)
def test_a_command_imports_no_audio_no_services_no_actors_and_no_more_modules_than_it_needs(
    small_library, tmp_path, command
):
    path = tmp_path / "music.passages"
    shutil.copyfile(small_library.path, path)
    file = str(small_library.music / "One.flac")
    words = {"show": [file], "set": [file, "title=Mine"]}.get(command, [])
    at = [] if command.startswith("--") else ["--library", str(path)]
    modules = modules_of(command, *at, *words)
    unneeded = HEAVY if at else HEAVY | {"pydantic", "sqlite3"}
    assert {name.partition(".")[0] for name in modules} & unneeded == set()
    ours = [name for name in modules if name.partition(".")[0] == "passagework"]
    others = [name for name, file in modules.items() if "site-packages" in file and name not in ours]
    # Of an editable install: its own finder.
    others = [name for name in others if not name.startswith(("editables", "_editable"))]
    assert (len(ours) <= MOST_MODULES[command][0], len(others) <= MOST_MODULES[command][1]) == (True, True), (
        len(ours),
        len(others),
        modules.keys(),
    )
