"""A library that is changed without an importer is left to the next one."""

from contextlib import closing

import pytest

from passagework.api.editing import open_to_edit
from passagework.config.sections import LibrarySettings
from passagework.persistence.file.opening import open_library, open_readonly
from passagework.persistence.file.side_files import wal_of


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "music.passages"
    open_library(path).close()
    return LibrarySettings(path=path)


def test_after_an_error_it_is_open_to_the_next_writer(settings):
    with pytest.raises(ZeroDivisionError), open_to_edit(settings):
        raise ZeroDivisionError
    with open_to_edit(settings):
        """Nobody else writes it."""


def test_the_log_is_empty_afterwards_also_if_somebody_else_has_the_library_open(settings):
    with closing(open_readonly(settings.path)):
        with open_to_edit(settings) as library:
            library._store.open_run(config_hash="", config_text="", roots=(), now_ns=1)
        assert wal_of(settings.path).stat().st_size == 0
