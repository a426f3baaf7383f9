"""bootstrap.py: two commands that a newcomer types, on machines that lack this or that."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FILES = ("bootstrap.py", "constraints.txt", "pyproject.toml")
NO_NETWORK = ("NewConnectionError", "name resolution", "Network is unreachable", "ConnectTimeoutError")


@pytest.fixture
def folder(tmp_path, root):
    """Give a folder with what the first lines of a set-up need, and nothing to install."""
    target = tmp_path / "some where"
    target.mkdir()
    for name in FILES:
        shutil.copy(root / name, target)
    return target


def _run(folder, *arguments, python=sys.executable, **environ):
    home = folder.parent / "closed home"
    home.mkdir(mode=0o500, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return subprocess.run(
        [python, *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env={**kept, "HOME": str(home), **environ},
    )


def _old_python():
    for name in ("3.10", "3.9", "3.8"):
        for found in (shutil.which(f"python{name}"), *Path.home().glob(f".pyenv/versions/{name}.*/bin/python")):
            if found and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0:
                return str(found)
    return None


def test_an_old_python_is_told_what_is_needed(folder):
    old = _old_python()
    if old is None:
        pytest.skip("no Python older than 3.11 here")
    result = _run(folder, "bootstrap.py", "test", python=old)
    assert result.returncode != 0
    assert result.stderr.startswith("Passagework needs Python 3.11 or newer, this is 3.")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_names_the_package_to_install(folder, module):
    code = (
        "import importlib.util, runpy, sys\n"
        "real = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, *rest: None if name == {module!r} else real(name, *rest)\n"
        "sys.argv = ['bootstrap.py', 'import']\n"
        "runpy.run_path('bootstrap.py', run_name='__main__')\n"
    )
    result = _run(folder, "-c", code)
    assert result.returncode == 2
    last = result.stderr.splitlines()[-1]
    assert f"no module '{module}'" in last
    assert f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in last
    assert not (folder / ".venv").exists()


def test_a_folder_in_the_way_is_left_alone(folder):
    (folder / ".venv").mkdir()
    (folder / ".venv" / "mine").write_text("precious")
    result = _run(folder, "bootstrap.py", "import")
    assert result.returncode == 2
    assert "is in the way" in result.stderr
    assert (folder / ".venv" / "mine").read_text() == "precious"


@pytest.fixture
def ready(folder):
    """Give a folder that looks set up: an environment whose Python is this one, with a stamp and stub commands."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    site = next((folder / ".venv" / "lib").glob("python3.*/site-packages"))
    (site / "pip.py").write_text("import sys; print('pip', *sys.argv[1:], file=sys.stderr)")
    for name in ("passagework", "pytest"):
        (folder / ".venv" / "bin" / name).write_text(f"import os, sys; print({name!r}, os.getcwd(), sys.argv[1:])")
    assert _run(folder, "bootstrap.py", "first").returncode == 0
    return folder


def test_arguments_reach_the_command_untouched_where_the_person_stands(ready, tmp_path):
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    result = _run(elsewhere, str(ready / "bootstrap.py"), "import", "a b", "--json", "*")
    assert result.stdout.strip() == f"passagework {elsewhere} ['import', 'a b', '--json', '*']"
    assert result.stderr == ""


def test_the_word_test_runs_the_tests_in_the_folder_of_the_project(ready, tmp_path):
    result = _run(tmp_path, str(ready / "bootstrap.py"), "test", "-k", "a or b")
    assert result.stdout.strip() == f"pytest {ready} ['-k', 'a or b']"
    assert "-e .[test]" in result.stderr, "the tests need more than the command"
    again = _run(tmp_path, str(ready / "bootstrap.py"), "test")
    assert again.stderr == ""
    assert _run(tmp_path, str(ready / "bootstrap.py"), "import").stderr == "", "what the tests need is enough for all"


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml"])
def test_changed_requirements_are_installed_once(ready, name):
    with (ready / name).open("a") as file:
        file.write("\n# changed\n")
    assert "pip install" in _run(ready, "bootstrap.py", "import").stderr
    assert _run(ready, "bootstrap.py", "import").stderr == ""


def test_a_failed_install_says_so_and_is_tried_again(ready):
    site = next((ready / ".venv" / "lib").glob("python3.*/site-packages"))
    (site / "pip.py").write_text("raise SystemExit('no index')")
    (ready / "constraints.txt").write_text("# changed\n")
    for _ in range(2):
        result = _run(ready, "bootstrap.py", "import")
        assert result.returncode == 2
        assert result.stdout == ""
        assert "no index" in result.stderr
        assert "could not be installed" in result.stderr.splitlines()[-1]


def test_trained_nets_that_cannot_be_installed_are_said_to_be_missing_and_nothing_else_is(ready):
    site = next((ready / ".venv" / "lib").glob("python3.*/site-packages"))
    (site / "pip.py").write_text("import sys; sys.exit('no index' if 'musicnn' in sys.argv else 0)")
    (ready / "constraints.txt").write_text("# changed\n")
    result = _run(ready, "bootstrap.py", "import")
    assert result.returncode == 0
    assert result.stdout.startswith("passagework")
    assert "Everything else works without them" in result.stderr
    assert "-m pip install --no-deps" in result.stderr
    assert _run(ready, "bootstrap.py", "import").stderr == "", "it is not tried every time"


def test_the_exit_code_is_that_of_the_command(ready):
    (ready / ".venv" / "bin" / "passagework").write_text("import sys; sys.exit(4)")
    assert _run(ready, "bootstrap.py", "import").returncode == 4


def _skip_without_network(result):
    if result.returncode and any(sign in result.stderr for sign in NO_NETWORK) and not os.environ.get("CI"):
        pytest.skip("no network to install from")


@pytest.mark.once
@pytest.mark.timeout(600)
def test_an_unpacked_archive_sets_itself_up_and_survives_being_moved(unpacked):
    place = unpacked("fresh äöü folder")
    first = _run(place, "bootstrap.py", "config", "show")
    _skip_without_network(first)
    assert first.returncode == 0, first.stderr
    assert "[segmentation]" in first.stdout, "the default and the profiles are installed, too"
    assert len(first.stderr.splitlines()) <= 4, "pip is kept short"

    start = time.perf_counter()
    second = _run(place, "bootstrap.py", "--version")
    assert second.returncode == 0
    assert second.stderr == ""
    assert time.perf_counter() - start < 5

    python = place / ".venv" / "bin" / "python"
    for layer in ("actors", "config", "domain", "persistence"):
        assert _run(place.parent, "-c", f"import {layer}", python=python).returncode == 1
    assert _run(place.parent, "-c", "import passagework", python=python).returncode == 0

    moved = place.rename(place.with_name("moved"))
    third = _run(moved, "bootstrap.py", "--version")
    assert third.returncode == 0, third.stderr
    assert json.loads((moved / ".venv" / "passagework-ready.json").read_text())["place"][0] == str(moved)
