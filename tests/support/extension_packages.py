"""Packages with extensions, installed into a folder as pip would, without a network and a build."""

import shutil
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

EXAMPLES: Final = Path(__file__).parents[2] / "examples" / "extensions"


def install_examples(target: Path) -> None:
    """Install the package of the examples, as its own pyproject.toml says."""
    project = tomllib.loads((EXAMPLES / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (package,) = (found for found in EXAMPLES.iterdir() if (found / "__init__.py").exists())
    shutil.copytree(package, target / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    _announce(target, project["name"], project["version"], project["entry-points"])


def install_measures(target: Path, code: str, *names: str, version: str = "1.0", api: int = 1) -> None:
    """Install a package whose module ``strange`` has the code; each name is a class in it that measures."""
    _install(target, code, names, "strange", version, f"passagework.measures.v{api}")


def install_evidence(target: Path, code: str, *names: str) -> None:
    """Install a package whose module ``stating`` has the code; each name is a class in it that states things."""
    _install(target, code, names, "stating", "1.0", "passagework.evidence.v1")


def _install(target: Path, code: str, names: Iterable[str], module: str, version: str, group: str) -> None:
    target.mkdir(exist_ok=True)
    (target / f"{module}.py").write_text(code, encoding="utf-8")
    points = {name: f"{module}:{name.title().replace('-', '')}" for name in names}
    _announce(target, f"{module}-extensions", version, {group: points})


def _announce(target: Path, name: str, version: str, points: Mapping[str, Mapping[str, str]]) -> None:
    folder = target / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    lines = [
        line
        for group, of_group in points.items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in of_group.items()))
    ]
    (folder / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
