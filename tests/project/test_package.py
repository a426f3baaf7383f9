"""What a host gets from ``import passagework``: a version, types, and no side effects."""

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import get_args

import pytest
from packaging.requirements import Requirement

import passagework
from passagework import PassageworkError
from tests.support.public_stub import public_stub


def _python(code):
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert result.stderr == ""
    return result.stdout


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_importing_the_package_imports_nothing_but_the_standard_library():
    loaded = _python("import sys; there = set(sys.modules); import passagework; print(*set(sys.modules) - there)")
    assert {name.partition(".")[0] for name in loaded.split()} - sys.stdlib_module_names == {"passagework"}


@pytest.mark.slow
def test_importing_everything_public_prints_nothing_starts_nothing_and_configures_nothing():
    code = """
import logging, signal, threading, warnings
warnings.simplefilter("error")
handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
import passagework
public = [getattr(passagework, name) for name in passagework.__all__]
import structlog
assert len(public) >= 5
assert threading.active_count() == 1, threading.enumerate()
assert not logging.getLogger().handlers
assert not structlog.is_configured()
assert {number: signal.getsignal(number) for number in signal.valid_signals()} == handlers
"""
    assert _python(code) == ""


def test_every_public_name_is_there_and_an_unknown_one_is_an_attribute_error():
    for name in passagework.__all__:
        found = getattr(passagework, name)
        assert not isinstance(found, type) or found.__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = passagework.nothing


def test_type_checkers_are_told_the_names_that_there_are(root):
    assert (root / "passagework" / "__init__.pyi").read_text(encoding="utf-8") == public_stub(), (
        "python -m tests.support.public_stub > passagework/__init__.pyi"
    )


def test_every_name_is_shown_before_it_is_asked_for():
    shown = _python("import passagework, sys; print(*dir(passagework)); print('numpy' in sys.modules)").split()
    assert {*passagework.__all__, "__doc__"} <= set(shown)
    assert shown[-1] == "False"


def test_every_error_with_a_code_and_every_event_is_public():
    for module in {*passagework._HOMES, "passagework.domain.errors"}:
        for name, found in vars(import_module(module)).items():
            if isinstance(found, type) and issubclass(found, PassageworkError) and found.__module__ == module:
                assert name in passagework.__all__
    assert {event.__name__ for event in get_args(passagework.Event)} <= set(passagework.__all__)


def test_the_package_says_that_it_is_typed(root):
    assert (root / "passagework" / "py.typed").is_file()


@pytest.mark.slow
def test_the_installed_version_and_the_command_line_say_what_pyproject_says(project):
    try:
        installed = version("passagework")
    except PackageNotFoundError:
        pytest.skip("passagework is not installed here; bootstrap.py installs it")
    assert installed == project["version"]
    shown = _python(
        "from passagework.cli.main import main; import sys; sys.argv = ['passagework', '--version']; main()"
    )
    assert project["version"] in shown


def test_the_changelog_has_a_place_for_this_version(root, project):
    headings = re.findall(r"^## \[(.+?)\]", (root / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert project["version"] in headings or headings == ["Unreleased"]


def _names(requirements):
    return {re.split(r"[<>=!~;\[ ]", line)[0].lower().replace("_", "-") for line in requirements}


@pytest.fixture(scope="module")
def pins(root):
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_every_dependency_is_pinned_to_one_version_without_a_host(project, pins):
    wanted = {
        *project["dependencies"],
        *(line for lines in project["optional-dependencies"].values() for line in lines),
    }
    assert _names(wanted) <= _names(pins)
    assert all(re.fullmatch(r'[a-z0-9-]+==[\w.]+( ; python_version (<|>=) "3\.\d+")?', line) for line in pins)


def test_every_dependency_has_its_line_in_the_documentation(root, project):
    text = (root / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    wanted = {
        *project["dependencies"],
        *(line for lines in project["optional-dependencies"].values() for line in lines),
    }
    assert not [name for name in _names(wanted) if f"| {name} |" not in text]


def test_every_installed_package_has_the_pinned_version(pins):
    wrong = []
    for line in pins:
        pin = Requirement(line)
        if pin.marker is None or pin.marker.evaluate():
            try:
                installed = version(pin.name)
            except PackageNotFoundError:
                continue
            if not pin.specifier.contains(installed):
                wrong.append(f"{line}, installed {installed}")
    assert not wrong


def test_the_archives_whose_data_the_tests_use_are_those_of_the_pinned_versions(root, pins):
    lines = (root / ".ci" / "archives.txt").read_text(encoding="utf-8").splitlines()
    named = [line.partition(" ")[0] for line in lines if not line.startswith("#")]
    assert named
    assert set(named) <= set(pins)
