"""The loudness of albums and discs, from the passages of which they consist now."""

from dataclasses import replace

import numpy as np
import pytest

from passagework.domain.analysis import AudioFormat
from passagework.domain.edits import Edit
from passagework.domain.gains import UNKNOWN, Mono, PassageGains, Programme
from passagework.domain.loudness_distribution import STEP, distribution
from passagework.domain.measured import Loudness
from passagework.domain.music import AlbumPlace
from passagework.domain.tags import Tags
from passagework.persistence.read.gains import MEMBERS
from passagework.persistence.read.queries import GainsOf
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.write.writes import MarkMissing

ALBUM = {"album": "Album", "album_artist_credit": "Someone"}


def levels(lufs, true_peak, sample_peak):
    """Give what is measured of a passage of one level."""
    packed = None if lufs is None else distribution(np.full(100, lufs))
    return {"loudness": Loudness(lufs, 5.0, true_peak, sample_peak), "loudness_distribution": packed}


@pytest.fixture
def store(library, make):
    """Give a function that imports a file with one passage, and returns its guid."""

    def store_(name, lufs, *, tags=ALBUM, medium=None, channels=2, peaks=(-3.0, -4.0), **more):
        path = b"/music/" + name.encode()
        passage = make.passage(0, 60, **(levels(lufs, *peaks) | more))
        tags = Tags(**{**tags, "disc_number": medium})
        form = AudioFormat("flac", "flac", 44_100, channels, None)
        library.write(make.store(library.run, path, tags=tags, passages=(passage,), format=form))
        return library.passages(path)[0].guid

    return store_


def gains(library, guid, mono=Mono.PANNED):
    return library.ask(GainsOf([guid], mono))[guid]


def near(lufs):
    return pytest.approx(lufs, abs=STEP)


def link(library, make, guid, path, place):
    links = make.links(guid, (make.song(1),))
    library.write(make.store_links(library.run, path, replace(links, album=place)))


def test_an_album_is_what_its_passages_are_together_and_a_disc_what_those_of_a_medium_are(library, store):
    one = store("a", -20.0, medium=1, peaks=(-1.0, -5.5))
    other = store("b", -26.0, medium=2, peaks=(-2.0, -2.5))
    assert gains(library, one) == PassageGains(
        Programme(-20.0, -1.0, -5.5), Programme(near(-20.0), -1.0, -5.5), Programme(near(-22.02), -1.0, -2.5)
    )
    assert gains(library, other).disc == Programme(near(-26.0), -2.0, -2.5)
    assert gains(library, other).album == gains(library, one).album


def test_discs_are_told_apart_by_their_folders_too_and_one_that_cannot_be_played_has_no_loudness(library, store):
    one, other = store("CD 1/a", -20.0), store("CD 2/b", -26.0)
    assert [gains(library, guid).disc.integrated for guid in (one, other)] == [near(-20.0), near(-26.0)]
    apply_edits(library.connection, (Edit(other, "approval", "rejected"),), 1)
    assert (gains(library, other).disc, gains(library, other).album.integrated) == (UNKNOWN, near(-20.0))


def test_passages_without_an_album_and_of_others_do_not_count(library, store):
    one = store("a", -20.0)
    other = store("b", -30.0, tags=ALBUM | {"album": "Another"})
    alone = store("c", -40.0, tags={"title": "None"})
    assert [gains(library, guid).album.integrated for guid in (one, other)] == [near(-20.0), near(-30.0)]
    assert (gains(library, alone).disc, gains(library, alone).album) == (UNKNOWN, UNKNOWN)


def test_what_cannot_be_played_does_not_count(library, store):
    one, rejected, missing = store("a", -20.0), store("b", -15.0), store("c", -14.0)
    assert gains(library, one).album.integrated == near(-15.66)
    apply_edits(library.connection, (Edit(rejected, "approval", "rejected"),), 1)
    library.write(MarkMissing(library.run, (b"/music/c",)))
    assert [gains(library, guid).album.integrated for guid in (one, rejected, missing)] == [near(-20.0)] * 3


def test_linked_passages_are_of_the_album_that_is_shown_wherever_their_files_are(library, store, make):
    one, other, third = store("x/a", -20.0), store("y/b", -26.0), store("x/c", -10.0)
    link(library, make, one, b"/music/x/a", AlbumPlace(make.album(1), 1, 1))
    link(library, make, other, b"/music/y/b", AlbumPlace(make.album(1), 2, 1))
    assert gains(library, one).album.integrated == gains(library, other).album.integrated == near(-22.02)
    assert [gains(library, guid).disc.integrated for guid in (one, other)] == [near(-20.0), near(-26.0)]
    assert gains(library, third).album.integrated == near(-10.0)
    # Of several albums, that with the last MBID is shown.
    library.connection.execute("INSERT INTO album (mbid, first_run) VALUES (?, 1)", (make.mbid(4, 2),))
    library.connection.execute(
        "INSERT INTO passage_album (passage_id, album_id, run_id) SELECT p.id, b.id, 1 FROM passage AS p, album AS b "
        "WHERE p.guid = ? AND b.mbid = ?",
        (other, make.mbid(4, 2)),
    )
    assert [gains(library, guid).album.integrated for guid in (one, other)] == [near(-20.0), near(-26.0)]
    apply_edits(library.connection, (Edit(one, "approval", "rejected"),), 1)
    assert gains(library, one).album.integrated is None


def test_silence_does_not_count_and_a_passage_of_an_earlier_version_leaves_the_album_unknown(library, store):
    one = store("a", -20.0)
    silent = store("b", None, peaks=(None, None))
    assert gains(library, one).album == gains(library, silent).album == Programme(near(-20.0), -3.0, -4.0)
    early = store("c", -25.0, loudness_distribution=None)
    assert gains(library, early) == PassageGains(
        Programme(-25.0, -3.0, -4.0), Programme(None, -3.0, -4.0), Programme(None, -3.0, -4.0)
    )
    library.connection.execute("UPDATE passage SET loudness_distribution = x'00' WHERE guid = ?", (early,))
    assert gains(library, one).album.integrated is None


def test_a_file_with_one_channel_counts_as_it_is_played(library, store):
    mono, stereo = store("a", -20.0, channels=1), store("b", -20.0)
    assert gains(library, mono, Mono.PANNED).album.integrated == near(-20.0)
    copied = gains(library, mono, Mono.COPIED)
    assert (copied.track.integrated, copied.album.integrated) == (near(-16.99), near(-18.24))
    assert gains(library, stereo, Mono.COPIED).track.integrated == -20.0


def test_a_passage_that_the_library_does_not_know_is_left_out(library, store):
    one = store("a", -20.0)
    assert library.ask(GainsOf([one, "f" * 32], Mono.PANNED)).keys() == {one}


def test_an_album_is_found_without_looking_at_other_files(library, store):
    store("a", -20.0)
    plan = [row[3] for row in library.connection.execute(f"EXPLAIN QUERY PLAN {MEMBERS}", {"group": "g"})]
    assert [step for step in plan if step.startswith("SCAN")] == []
