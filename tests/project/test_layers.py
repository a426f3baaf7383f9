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


AGAINST_THE_ARROWS = [
    ("cli/options.py", "passagework.persistence", "The command line uses the embedding API only"),
    ("cli/options.py", "passagework.actors", "The command line uses the embedding API only"),
    ("actors/runtime/clock.py", "passagework.config", "Config is read by the doors"),
    ("workers/executor.py", "passagework.actors", "Imports point one way"),
    ("domain/units.py", "passagework.audio", "Imports point one way"),
    ("domain/units.py", "sqlite3", "The domain is pure"),
    ("persistence/write/writes.py", "pykka", "Only the actors know Pykka"),
    ("config/places.py", "passagework.actors", "Config knows the domain only"),
]


@pytest.mark.slow
def test_imports_against_the_arrows_break_their_contracts(unpacked):
    copy = unpacked("broken")
    for module, imported, _ in AGAINST_THE_ARROWS:
        with (copy / "passagework" / module).open("a", encoding="utf-8") as file:
            file.write(f"\nimport {imported}\n")
    result = _lint(copy)
    assert result.returncode != 0
    broken = {row.partition(" BROKEN")[0] for row in result.stdout.splitlines() if row.endswith("BROKEN")}
    for module, imported, contract in AGAINST_THE_ARROWS:
        assert any(name.startswith(contract) for name in broken), result.stdout
        importer = f"passagework.{module.removesuffix('.py').replace('/', '.')}"
        assert f"{importer} -> {imported}" in result.stdout, result.stdout
