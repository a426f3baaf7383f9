"""One file with several places: it is there once, with all that is known of it, whichever of them come and go."""

import os
import shutil
import subprocess

import pytest

from tests.support.importing import FLAC, OGG, WAV, make_old, same_times


def places(importing, path):
    """Give the path of a file and its other places."""
    found = importing.file(path)
    return [os.fsdecode(found.path), *map(os.fsdecode, found.places)]


def pieces_of(importing):
    return [os.fsdecode(passage.path) for passage in importing.library.passages()]


def test_new_hard_links_are_one_file_that_is_decoded_once(importing, folder):
    os.link(folder / FLAC, folder / "9.flac")
    os.link(folder / FLAC, folder / "0/a.flac")
    importing.run(folder)
    assert sorted(importing.decoded) == ["a.flac", "mp3.mp3", "vorbis.ogg", "wav.wav"]
    assert places(importing, folder / "9.flac") == [str(folder / name) for name in ("0/a.flac", FLAC, "9.flac")]
    assert importing.file(folder / FLAC) == importing.file(folder / "0/a.flac")
    assert len(pieces_of(importing)) == 4
    assert importing.library.duplicates() == ()


@pytest.mark.parametrize("make", [os.link, os.symlink])
@pytest.mark.parametrize("name", ["0/a.flac", "9.flac"])
def test_a_second_name_of_a_known_file_is_a_place_of_it(importing, folder, make, name):
    importing.run(folder)
    passage = importing.passage(folder / FLAC)
    importing.library.set(passage.guid, title="Mine")
    make(folder / FLAC, folder / name)
    report = importing.run(folder)
    assert importing.decoded == []
    # A real name is better than a link.
    best = min(name, FLAC) if make is os.link else FLAC
    assert places(importing, folder / FLAC) == [str(folder / one) for one in (best, *({name, FLAC} - {best}))]
    assert importing.passage(folder / name).guid == passage.guid
    assert importing.passage(folder / name).title.name == "Mine"
    assert len(pieces_of(importing)) == 4
    assert importing.run(folder).progress.files_unchanged == 4
    assert importing.compared == []
    importing.undo(report.summary.run.id)
    assert places(importing, folder / FLAC) == [str(folder / FLAC)]


@pytest.mark.parametrize("gone", ["0/a.flac", FLAC, "9.flac"])
def test_a_file_stays_itself_while_one_of_its_places_is_left(importing, folder, gone):
    names = {"0/a.flac", FLAC, "9.flac"}
    os.link(folder / FLAC, folder / "0/a.flac")
    os.symlink(folder / "0/a.flac" if gone == FLAC else folder / FLAC, folder / "9.flac")
    importing.run(folder)
    guid = importing.passage(folder / FLAC).guid
    if gone == FLAC:
        (folder / "9.flac").unlink()
        os.symlink("0/a.flac", folder / "9.flac")
    (folder / gone).unlink()
    if gone == "0/a.flac":
        assert (folder / "9.flac").exists()
    importing.run(folder)
    assert importing.decoded == []
    left = sorted(names - {gone})
    assert places(importing, folder / left[0]) == [str(folder / name) for name in left]
    assert importing.passage(folder / left[0]).guid == guid
    assert len(pieces_of(importing)) == 4
