"""Libraries on disk."""

import itertools
import shutil

import pytest

from passagework.persistence.write.opening import open_writer
from tests.support.library import Maker, OpenedLibrary


@pytest.fixture(scope="session")
def make():
    return Maker


@pytest.fixture(scope="session")
def empty_library(tmp_path_factory):
    """The path of a closed library with nothing in it."""
    path = tmp_path_factory.mktemp("empty") / "empty.passages"
    open_writer(path).close()
    return path


@pytest.fixture
def library(tmp_path, empty_library):
    path = tmp_path / "test.passages"
    shutil.copyfile(empty_library, path)
    opened = OpenedLibrary(path, "normal")
    opened.new_run()
    yield opened
    opened.check()
    opened.close()


@pytest.fixture(scope="session")
def open_at():
    """Give a function that opens the library at a path, for tests that need several or their own."""
    return OpenedLibrary


@pytest.fixture(scope="session")
def copies(tmp_path_factory):
    """Give a function that opens a fresh copy of a closed library file."""
    folder = tmp_path_factory.mktemp("copies")
    numbers = itertools.count()

    def copy(original):
        path = folder / f"{next(numbers)}.passages"
        shutil.copyfile(original, path)
        return OpenedLibrary(path, "normal")

    return copy
