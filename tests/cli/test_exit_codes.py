"""The page of failures lists every error that can end a command, and every exit code."""

import importlib
import re
from pathlib import Path

import passagework
from passagework.cli.group import cli
from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.failures import WarningCode

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")


def table(heading):
    lines = re.search(rf"^## {heading}$.*?((?:^\|[^\n]*\n)+)", PAGE, re.MULTILINE | re.DOTALL)[1].splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def kinds(of):
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_error_of_a_command_is_listed_with_its_exit_code():
    package = Path(passagework.__file__).parent
    for path in package.rglob("*.py"):
        if re.search(r"^    code = ", path.read_text(encoding="utf-8"), re.MULTILINE):
            importlib.import_module(".".join(path.relative_to(package.parent).with_suffix("").parts))
    ours = [kind for kind in (PassageworkError, *kinds(PassageworkError)) if kind.__module__.startswith("passagework")]
    # The last is a warning of a file. What main.py says itself has no class.
    codes = {(str(kind.code), int(kind.exit_code)) for kind in ours if kind.code not in set(WarningCode)}
    listed = [(code.strip("`"), int(number)) for code, _, number in table("Errors of commands")]
    assert listed == sorted({*codes, ("out-of-resources", 1)})


def test_the_exit_codes_are_listed_and_the_help_and_the_readme_name_the_same():
    numbers = [int(code) for code in ExitCode]
    assert [int(number) for number, _ in table("Exit codes")] == numbers
    readme = re.search(r"Exit codes: (.*?)\n\n", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    for text in (readme, cli.help.partition("Exit codes:")[2]):
        assert [int(number) for number in re.findall(r"(?:^|\u00b7)\s*(\d+)\b", text)] == numbers
