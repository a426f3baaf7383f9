"""What an export says of a passage, by what the library holds of it."""

import io

import pytest

from passagework.domain.analysis import AudioFormat
from passagework.domain.edits import Edit
from passagework.domain.gains import Mono
from passagework.domain.given_cuts import PieceTags
from passagework.domain.tags import ReplayGain, Tags
from passagework.export.files.export import export_file
from passagework.persistence.user.edits import apply_edits
from tests.support.library import Maker, OpenedLibrary

GAINS = ReplayGain(
    track_gain=-1.5, track_peak=0.25, album_gain=-2.5, album_peak=0.75, r128_track_gain=-6.5, r128_album_gain=-7.5
)
TAGS = Tags(title="All", artist_credit="Somebody", album="Album", disc_number=2, replay_gain=GAINS)


@pytest.fixture
def library(tmp_path):
    opened = OpenedLibrary(tmp_path / "music.passages", "normal")
    opened.new_run()
    joined = {"lead_in": 0, "lead_out": 0}
    piece = PieceTags(track=3, title="North", performer="A. Singer")
    passages = (Maker.passage(0, 20, piece=piece, **joined), Maker.passage(20, 60, **joined))
    form = AudioFormat("flac", "flac", 44_100, 1, None)
    opened.write(Maker.store(opened.run, tags=TAGS, passages=passages, format=form, cut_by="cue-sheet"))
    yield opened
    opened.close()


def rows(library, **how):
    found = export_file(library.path, io.BytesIO(), lambda rows, _: [row.values() for row in rows], **how)
    return sorted(found, key=lambda row: row["start_seconds"])


def test_a_piece_has_its_own_names_and_runs_on_and_the_gains_of_the_tags_are_shown_as_they_are(library):
    one, other = rows(library)
    names = ("title", "artists", "track", "gapless_with_next")
    assert [[row[name] for name in names] for row in (one, other)] == [
        ["North", ("A. Singer",), 3, True],
        ["All", ("Somebody",), None, False],
    ]
    tagged = [value for name, value in one.items() if name.startswith("tag_")]
    assert tagged == [-1.5, 0.25, -2.5, 0.75, -6.5, -7.5]


def test_a_lead_counts_as_a_person_set_it(library):
    apply_edits(library.connection, [Edit(library.passages()[0].guid, "lead_in", 1.25)], 1)
    assert [row["lead_in_seconds"] for row in rows(library)] == [1.25, 0.0]


@pytest.mark.parametrize(
    ("length", "seconds", "runs_on"), [("lead_in", 1.25, True), ("lead_out", 1.25, False), ("lead_out", 0, True)]
)
def test_a_passage_that_a_person_wants_to_be_overlapped_does_not_run_on(library, length, seconds, runs_on):
    apply_edits(library.connection, [Edit(library.passages()[0].guid, length, seconds)], 1)
    assert [row["gapless_with_next"] for row in rows(library)] == [runs_on, False]


def test_a_file_with_one_channel_has_the_gain_that_the_player_needs(library):
    panned, copied = rows(library)[0], rows(library, mono=Mono.COPIED)[0]
    assert panned["replaygain_track_gain_db"] - copied["replaygain_track_gain_db"] == pytest.approx(3.01, abs=0.001)
