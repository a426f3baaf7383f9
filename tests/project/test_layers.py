"""The layers are kept apart by import-linter, and its contracts would notice."""

import subprocess
import sys

import pytest

LINT = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"


def _lint(folder):
    return subprocess.run([sys.executable, "-c", LINT], cwd=folder, check=False, capture_output=True, text=True)


def test_imports_point_one_way(root):
    result = _lint(root)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("cli/options.py", "import passagework.persistence", "The command line uses the embedding API only"),
        ("cli/options.py", "import passagework.actors", "The command line uses the embedding API only"),
        ("actors/runtime/clock.py", "import passagework.config", "Config is read by the doors"),
        ("workers/executor.py", "import passagework.actors", "Imports point one way"),
        ("domain/units.py", "import passagework.audio", "Imports point one way"),
        ("domain/units.py", "import sqlite3", "The domain is pure"),
        ("persistence/write/writes.py", "import pykka", "Only the actors know Pykka"),
        ("config/places.py", "import passagework.actors", "Config knows the domain only"),
    ],
)
def test_an_import_against_the_arrows_breaks_the_contract(unpacked, module, line, contract):
    copy = unpacked("broken")
    target = copy / "passagework" / module
    target.write_text(f"{target.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    result = _lint(copy)
    assert result.returncode != 0
    assert any(contract in row and "BROKEN" in row for row in result.stdout.splitlines()), result.stdout
