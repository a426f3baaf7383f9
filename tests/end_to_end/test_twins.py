"""Two files with the same content: each has a row of its own, and together they name one of everything."""

import os
import shutil

import pytest

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.ids import Mbid
from passagework.domain.tags import Tags

RATE = 22_050
RECORDING = Mbid("0a5a6f6e-4f3b-4b5c-9a53-0d7f5e6c1a01")
ARTIST = Mbid("0a5a6f6e-4f3b-4b5c-9a53-0d7f5e6c1a02")
RELEASE = Mbid("0a5a6f6e-4f3b-4b5c-9a53-0d7f5e6c1a03")


@pytest.fixture
def twins(tmp_path):
    """Give a folder with a file, and another with a copy of it, byte by byte."""
    first, second = tmp_path / "music" / "a" / "piece.flac", tmp_path / "music" / "b" / "copy.flac"
    first.parent.mkdir(parents=True)
    second.parent.mkdir()
    write_audio(first, compose(RATE, RATE, 7), RATE, AudioForm.FLAC)
    write_tags(
        first,
        Tags(
            title="Piece",
            artist_credit="Somebody",
            artists=("Somebody",),
            album="Pieces",
            recording_ids=(RECORDING,),
            artist_ids=(ARTIST,),
            release_id=RELEASE,
        ),
    )
    shutil.copyfile(first, second)
    return first, second


def what_is_known(importer, path):
    view = importer.library.file(os.fsencode(path))
    (passage,) = view.passages
    return view.guid, passage.guid, passage.title, passage.artists, passage.album, (passage.start, passage.end)


def assert_both_are_there(importer, twins):
    first, second = (what_is_known(importer, path) for path in twins)
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert first[2:] == second[2:]
    assert (first[2].name, first[2].mbid, first[4].mbid) == ("Piece", RECORDING, RELEASE)
    status = importer.library.status()
    assert dict(status.file_states) == {"analysed": 2}
    rows = dict(status.rows)
    assert (rows["file"], rows["passage"], rows["song"], rows["artist"], rows["album"]) == (2, 2, 1, 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("files_per_batch", [1, 100], ids=["a batch each", "one batch"])
def test_twins_of_one_import_are_two_files_with_one_song(open_importer, twins, files_per_batch):
    with open_importer(batch__max_files=files_per_batch) as importer:
        importer.start([twins[0].parents[1]]).wait(180)
        assert_both_are_there(importer, twins)


@pytest.mark.slow
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["the original first", "the copy first"])
def test_a_twin_that_comes_later_changes_nothing_of_the_other(open_importer, twins, order):
    with open_importer() as importer:
        importer.start([twins[order[0]].parent]).wait(180)
        alone = what_is_known(importer, twins[order[0]])
        importer.start([twins[order[1]].parent]).wait(180)
        assert what_is_known(importer, twins[order[0]]) == alone
        assert_both_are_there(importer, twins)


@pytest.mark.slow
def test_twins_in_another_workers_hands_at_the_same_time_are_two_files_with_one_song(open_importer, twins):
    with open_importer(analysis__workers=2) as importer:
        importer.start([twins[1].parent, twins[0].parent]).wait(180)
        assert_both_are_there(importer, twins)


@pytest.mark.slow
def test_a_twin_that_is_analysed_again_keeps_its_own_passage(open_importer, twins):
    with open_importer() as importer:
        importer.start([twins[0].parents[1]]).wait(180)
        before = [what_is_known(importer, path) for path in twins]
        os.utime(twins[0], ns=(0, 1))
        importer.start([twins[0].parents[1]]).wait(180)
        assert [what_is_known(importer, path) for path in twins] == before
        assert_both_are_there(importer, twins)
