"""A library that is changed without an importer is left to the next one."""

from contextlib import closing

import pytest

from passagework.api.editing import open_to_edit
from passagework.config.sections import LibrarySettings
from passagework.domain.analysis import AudioFormat
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.file.side_files import wal_of
from tests.support.library import Maker, OpenedLibrary


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "music.passages"
    library = OpenedLibrary(path, "normal")
    library.new_run()
    library.write(Maker().store(library.run, format=AudioFormat("flac", "flac", 44_100, 1, None)))
    library.close_run("completed")
    library.close()
    return LibrarySettings(path=path)


def test_after_an_error_it_is_open_to_the_next_writer(settings):
    with pytest.raises(ZeroDivisionError), open_to_edit(settings):
        raise ZeroDivisionError
    with open_to_edit(settings):
        """Nobody else writes it."""


def test_the_log_is_empty_afterwards_also_if_somebody_else_has_the_library_open(settings):
    with closing(open_readonly(settings.path)):
        with open_to_edit(settings) as library:
            library.undo(1)
        assert wal_of(settings.path).stat().st_size == 0


def test_a_file_with_one_channel_is_as_loud_as_the_player_makes_it(settings):
    with open_to_edit(settings) as library:
        (passage,) = library.file(b"/music/a.flac").passages
        played = [
            library.gains([passage.guid], mono=mono)[passage.guid].track.integrated for mono in ("panned", "copied")
        ]
    assert played == [-14.0, pytest.approx(-10.99, abs=0.001)]
