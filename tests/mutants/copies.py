"""Copies of the project, in which faults do no harm."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def project_files() -> list[str]:
    """Name the files of the project, without what git ignores."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(name for name in listed if name and os.path.lexists(ROOT / name))


def digest() -> str:
    """Name the state of code and tests: what is known of one state says nothing about another."""
    found = hashlib.sha256()
    for name in project_files():
        counts = name.startswith(("passagework/", "tests/")) and not name.startswith("tests/mutants/")
        if counts and (ROOT / name).is_file():
            found.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return found.hexdigest()[:12]


def copy_of_project(folder: Path) -> Path:
    """Copy the project as it is now."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in project_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


def copy_of_copy(copy: Path, folder: Path) -> Path:
    """Copy a copy: the project may have changed meanwhile."""
    shutil.rmtree(folder, ignore_errors=True)
    without = shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(copy, folder, symlinks=True, ignore=without)
    return folder


def environment(copy: Path) -> dict[str, str]:
    """Give the variables with which a Python imports the copy, and the programs beside this file."""
    return os.environ | {"PYTHONPATH": f"{copy}:{Path(__file__).parent}", "PYTHONDONTWRITEBYTECODE": "1"}
