"""What MusicBrainz states of entities goes before what tags say, for as long as it stands."""

import itertools
from dataclasses import replace

import pytest

from passagework.domain.edits import Edit
from passagework.domain.music import Album, AlbumPlace, Artist, ArtistCredit, Song, SongSpan, Work
from passagework.domain.views import RunState
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run

PATHS = tuple(b"/music/%d.flac" % number for number in range(4))


@pytest.fixture
def guids(library, make):
    library.write(*(make.store(library.run, path) for path in PATHS))
    return [library.passages(path)[0].guid for path in PATHS]


@pytest.fixture
def stated(make):
    """Give a function that makes a song as MusicBrainz states it at some time, or tags (None)."""

    def song(at, name, artists=(1,), composers=()):
        credits_ = tuple(
            ArtistCredit(Artist(make.mbid(2, number), f"{name} {number}", at), 1 / len(artists)) for number in artists
        )
        work = Work(
            make.mbid(3, 1),
            name,
            tuple(Artist(make.mbid(2, number), f"{name} {number}", at) for number in composers),
            at,
        )
        return Song(make.mbid(1, 1), name, credits_, (work,), (), at)

    return song


@pytest.fixture
def link(library, make, guids):
    """Give a function that stores the decision about the passage of a file."""

    def write(song, album=None, file=0):
        links = replace(
            make.links(guids[file]), songs=(SongSpan(song, 0, make.second),), album=album and AlbumPlace(album, 2, 7)
        )
        return library.write(make.store_links(library.run, PATHS[file], links))

    return write


def rows(library, sql):
    return library.connection.execute(sql).fetchall()


def names(library):
    """Give title of the song, names of its artists with their weights, and title of its work."""
    artists = "SELECT name, weight FROM song_artist JOIN artist ON id = artist_id ORDER BY position, mbid"
    return (
        rows(library, "SELECT title FROM song")[0][0],
        rows(library, artists),
        rows(library, "SELECT title FROM work"),
    )


@pytest.mark.slow
@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_latest_statement_counts_and_never_a_tag_whatever_the_order(library, link, stated, order):
    songs = (
        stated(None, "A tag"),
        stated(None, "B tag", (1, 3)),
        stated(10, "A stated", (1, 4)),
        stated(20, "Z stated", (1, 2)),
    )
    for index in order:
        link(songs[index], file=index)
    assert names(library) == ("Z stated", [("Z stated 1", 0.5), ("Z stated 2", 0.5)], [("Z stated",)])
    assert rows(library, "SELECT title_source, stated_ns FROM song") == [("musicbrainz", 20)]
    assert link(songs[3], file=3).rows == 0


def test_of_statements_of_one_time_the_smallest_of_each_kind_counts(library, make, guids, stated):
    songs = (stated(20, "Z", (1, 2)), stated(None, "A", (3,)), stated(10, "B", (4,)), stated(20, "Y", (2,)))
    library.write(
        *(
            make.store_links(library.run, path, make.links(guid, [song]))
            for path, guid, song in zip(PATHS, guids, songs, strict=True)
        )
    )
    title, artists, _ = names(library)
    assert title == "Y"
    assert [name for name, _ in artists] == ["Z 1", "Y 2"]


def test_what_musicbrainz_stated_goes_with_the_decision_that_used_it(library, link, stated):
    link(stated(None, "Tag"))
    link(stated(5, "Stated", (2,)), file=1)
    assert names(library)[0] == "Stated"
    link(stated(None, "Tag"), file=1)
    assert names(library) == ("Tag", [("Tag 1", 1.0)], [("Tag",)])
    assert rows(library, "SELECT title_source, stated_ns FROM song") == [("tags", None)]


def test_tags_fill_in_what_musicbrainz_leaves_open(library, link, stated):
    link(stated(None, "Tag"))
    link(replace(stated(5, "Stated", (2,)), title=None), file=1)
    assert names(library) == ("Tag", [("Stated 2", 1.0)], [("Stated",)])


def test_weights_that_somebody_set_stay_with_all_of_their_artists(library, make, link, stated):
    link(stated(None, "Tag", (1, 3)))
    key = make.mbid(1, 1)
    edits = [Edit(key, "weight", weight, make.mbid(2, artist)) for artist, weight in ((1, 0.3), (3, 0.7))]
    apply_edits(library.connection, edits, 1)
    link(stated(5, "MB", (1, 2)), file=1)
    assert names(library)[1] == [("MB 1", 0.3), ("MB 2", 0.0), ("Tag 3", 0.7)]


def test_undo_brings_artists_of_tags_back_beside_those_that_somebody_weighed(library, make, link, stated):
    link(stated(None, "Tag", (1, 3)))
    before = names(library)
    library.close_run(RunState.COMPLETED)
    first = library.new_run()
    link(stated(5, "MB", (1,)), file=1)
    undo_run(library.connection, first, 1)
    assert names(library) == before
    second = library.new_run()
    link(stated(5, "MB", (1, 2)))
    edits = [Edit(make.mbid(1, 1), "weight", weight, make.mbid(2, artist)) for artist, weight in ((1, 0.5), (2, 0.5))]
    apply_edits(library.connection, edits, 1)
    undo_run(library.connection, second, 1)
    assert [weight for _, weight in names(library)[1]] == [0.5, 0.5, 0.0]


def test_composers_belong_to_their_work_and_go_with_the_run(library, make, link, stated):
    link(stated(None, "Tag"))
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    link(stated(5, "MB", composers=(8, 9)))
    found = "SELECT artist.name, role, work_artist.position FROM work_artist JOIN artist ON id = artist_id ORDER BY 1"
    assert rows(library, found) == [("MB 8", "composer", 0), ("MB 9", "composer", 1)]
    assert link(stated(5, "MB", composers=(8, 9))).rows == 0
    undo_run(library.connection, run, 1)
    assert (rows(library, found), rows(library, "SELECT count(*) FROM artist")) == ([], [(1,)])


def test_an_album_keeps_what_musicbrainz_says_of_it(library, make, link, stated):
    album = Album(
        make.mbid(4, 1),
        "Album",
        make.mbid(5, 1),
        "1999-01",
        (),
        country="DE",
        labels=("One", 'Two "2"'),
        media=("CD", None),
        cover_art=False,
        former=(make.mbid(4, 7), make.mbid(4, 8)),
        stated_ns=5,
    )
    link(stated(5, "MB"), replace(album, title="A tag", date="1990", country=None, stated_ns=None, former=()))
    link(stated(5, "MB"), album, file=1)
    link(stated(5, "MB"), replace(album, title="A tag", date="1980", stated_ns=None), file=2)
    columns = "title, title_source, release_group, date, country, labels, media, cover_art"
    assert rows(library, f"SELECT {columns} FROM album") == [
        ("Album", "musicbrainz", make.mbid(5, 1), "1999-01", "DE", '["One", "Two \\"2\\""]', '["CD", null]', 0)
    ]
    assert rows(library, "SELECT DISTINCT medium, track FROM passage_album") == [(2, 7)]
    assert rows(library, "SELECT old, new FROM merged_mbid") == [
        (make.mbid(4, 7), make.mbid(4, 1)),
        (make.mbid(4, 8), make.mbid(4, 1)),
    ]
    assert link(stated(5, "MB"), album, file=1).rows == 0


def test_what_was_merged_twice_leads_to_where_it_is_now_and_back_when_the_run_is_undone(library, make, link, stated):
    link(replace(stated(5, "MB"), former=(make.mbid(1, 8),)))
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    link(replace(stated(6, "MB"), mbid=make.mbid(1, 2), former=(make.mbid(1, 8), make.mbid(1, 1))))
    merged = "SELECT old, new FROM merged_mbid ORDER BY old"
    assert rows(library, merged) == [(make.mbid(1, 1), make.mbid(1, 2)), (make.mbid(1, 8), make.mbid(1, 2))]
    undo_run(library.connection, run, 1)
    assert rows(library, merged) == [(make.mbid(1, 8), make.mbid(1, 1))]
