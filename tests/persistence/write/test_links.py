"""Entities and links: unique by MBID, the same whatever the order in which files arrive."""

import itertools

import pytest

from passagework.domain.edits import Edit
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.links import LinkState
from passagework.domain.tags import Tags
from passagework.domain.views import Named
from passagework.persistence.user.edits import apply_edits

PATHS = (b"/music/a.flac", b"/music/b.flac")


@pytest.fixture
def guids(library, make):
    library.write(*(make.store(library.run, path) for path in PATHS))
    return [library.passages(path)[0].guid for path in PATHS]


def weights(library):
    query = """
        SELECT s.mbid, a.mbid, sa.weight FROM song_artist AS sa JOIN song AS s ON s.id = sa.song_id
        JOIN artist AS a ON a.id = sa.artist_id ORDER BY s.mbid, sa.position, a.mbid
    """
    return library.connection.execute(query).fetchall()


def test_a_linked_passage_shows_its_entities(library, make, guids):
    song = make.song(1, (1, 2), works=(5, 6))
    library.write(make.store_links(library.run, PATHS[0], make.links(guids[0], [song], make.album(9, artists=(1, 3)))))
    passage = library.passages()[0]
    assert passage.link_state is LinkState.LINKED
    assert passage.title == Named("Song", song.mbid)
    assert passage.artists == (Named("Artist 1", make.mbid(2, 1)), Named("Artist 2", make.mbid(2, 2)))
    assert (passage.album, passage.medium, passage.track) == (Named("Album", make.mbid(4, 9)), 1, 7)
    assert passage.evidence == (Statement(EvidenceSource.TAG_MBID, "recording", song.mbid),)
    rows = library.rows()
    assert {table: rows[table] for table in ("song", "artist", "work", "album", "song_artist", "song_work")} == {
        "song": 1,
        "artist": 3,
        "work": 2,
        "album": 1,
        "song_artist": 2,
        "song_work": 2,
    }
    assert (rows["album_artist"], rows["passage_song"], rows["passage_album"]) == (2, 1, 1)


def test_names_fall_back_to_the_tags_where_no_entity_is_linked(library, make):
    tags = Tags(title="T", artist_credit="A & B", artists=("A", "B"), album="L", disc_number=2, track_number=4)
    library.write(make.store(library.run, tags=tags))
    passage = library.passages()[0]
    assert (passage.title, passage.artists) == (Named("T", None), (Named("A", None), Named("B", None)))
    assert (passage.album, passage.medium, passage.track) == (Named("L", None), 2, 4)
    library.write(make.store_links(library.run, PATHS[0], make.links(passage.guid, state=LinkState.TEXT_ONLY)))
    assert library.passages()[0].title == Named("T", None)
    assert library.passages()[0].link_state is LinkState.TEXT_ONLY


def test_several_songs_of_a_passage_follow_each_other(library, make, guids):
    songs = [make.song(2, (2,), title="Second"), make.song(1, (1, 2), title="First")]
    library.write(make.store_links(library.run, PATHS[0], make.links(guids[0], songs)))
    passage = library.passages()[0]
    assert passage.title == Named("Second / First", make.mbid(1, 2))
    assert [artist.mbid for artist in passage.artists] == [make.mbid(2, 2), make.mbid(2, 1)]


def test_two_files_with_one_recording_in_one_batch_share_the_song(library, make, guids):
    library.write(
        *(
            make.store_links(library.run, path, make.links(guid, [make.song(1)], make.album(n)))
            for n, (path, guid) in enumerate(zip(PATHS, guids, strict=True))
        )
    )
    rows = library.rows()
    assert (rows["song"], rows["artist"], rows["passage_song"], rows["album"]) == (1, 1, 2, 2)


def test_two_artists_of_one_name_stay_two(library, make, guids):
    names = {1: "Nirvana", 2: "Nirvana"}
    song = make.song(1, (1, 2), names=names)
    library.write(make.store_links(library.run, PATHS[0], make.links(guids[0], [song])))
    assert library.rows()["artist"] == 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_entities_have_what_most_files_state_in_every_order(library, make, order):
    """Of equally many files the longest text counts, then the smallest; a file that states nothing has no vote."""
    paths = [b"/music/%d.flac" % number for number in range(4)]
    library.write(*(make.store(library.run, path) for path in paths))
    guids = [library.passages(path)[0].guid for path in paths]
    messages = [
        make.links(guids[0], [make.song(1, (2,), title=None, names={2: None})], make.album(1, title=None, date="2001")),
        make.links(
            guids[1], [make.song(1, (1,), title="Aardvarks")], make.album(1, title="B", artists=(2,), date=None)
        ),
        make.links(guids[2], [make.song(1, (1, 2), title="Zebra", works=(1,))], make.album(1, title="A", date="1999")),
        make.links(guids[3], [make.song(1, (1, 2), title="Zebra")], make.album(1, title="Ab", artists=(2, 1))),
    ]
    runs = (library.run, library.run, library.run, library.new_run())
    for index in order:
        library.write(make.store_links(runs[index], paths[index], messages[index]))
    passage = library.passages(paths[1])[0]
    assert passage.title.name == "Zebra"
    assert passage.album.name == "Ab"
    assert library.connection.execute("SELECT date FROM album").fetchall() == [("1999",)]
    assert [artist.name for artist in passage.artists] == ["Artist 1", "Artist 2"]
    assert weights(library) == [(make.mbid(1, 1), make.mbid(2, 1), 0.5), (make.mbid(1, 1), make.mbid(2, 2), 0.5)]


def test_the_artists_of_a_song_are_those_of_one_credit_and_share_its_weight(library, make, guids):
    library.write(make.store_links(library.run, PATHS[0], make.links(guids[0], [make.song(1, (1, 2))])))
    library.write(make.store_links(library.run, PATHS[1], make.links(guids[1], [make.song(1, (2, 3, 4))])))
    assert [(artist[-1], weight) for _, artist, weight in weights(library)] == [
        *(("2", 1 / 3), ("3", 1 / 3), ("4", 1 / 3))
    ]


def test_weights_and_names_that_somebody_set_are_left_alone(library, make, guids):
    earlier, later = library.run, library.new_run()
    library.write(make.store_links(later, PATHS[0], make.links(guids[0], [make.song(1, (1, 2))])))
    edits = [Edit(make.mbid(1, 1), "weight", share, make.mbid(2, n)) for n, share in ((1, 0.9), (2, 0.1))]
    apply_edits(library.connection, [*edits, Edit(make.mbid(1, 1), "title", "My title")], 1)
    library.write(make.store_links(earlier, PATHS[1], make.links(guids[1], [make.song(1, (1, 3, 4), title="A")])))
    assert [weight for *_, weight in weights(library)] == [0.9, 0.1, 0.0, 0.0]
    assert library.passages()[0].title.name == "My title"


def test_a_new_decision_replaces_the_links_of_its_passage_only(library, make, guids):
    library.write(
        make.store_links(library.run, PATHS[0], make.links(guids[0], [make.song(1), make.song(2)], make.album(1))),
        make.store_links(library.run, PATHS[1], make.links(guids[1], [make.song(1)], make.album(1))),
    )
    other = library.passages(PATHS[1])
    library.write(make.store_links(library.run, PATHS[0], make.links(guids[0], [make.song(2)], make.album(2))))
    passage = library.passages()[0]
    assert (passage.title.mbid, passage.album.mbid) == (make.mbid(1, 2), make.mbid(4, 2))
    assert [evidence.value for evidence in passage.evidence] == [make.mbid(1, 2)]
    assert library.passages(PATHS[1]) == other


def test_the_same_links_again_change_no_row(library, make, guids):
    doubled = Statement(EvidenceSource.TAG_TEXT, "title", "T")
    links = make.links(guids[0], [make.song(1, (1, 2), works=(1,))], make.album(1), evidence=(doubled, doubled))
    library.write(make.store_links(library.run, PATHS[0], links))
    assert library.passages()[0].evidence == (doubled,)
    assert library.write(make.store_links(library.run, PATHS[0], links)).rows == 0


def test_links_for_passages_that_are_gone_are_ignored(library, make, guids):
    library.write(make.store(library.run, spans=((100, 200),)))
    outcome = library.write(
        make.store_links(library.run, PATHS[0], make.links(guids[0], [make.song(1)])),
        make.store_links(library.run, PATHS[0], make.links(guids[1], [make.song(2)])),
        make.store_links(library.run, PATHS[0], make.links("no-such-guid", [make.song(3)])),
    )
    assert (outcome.rejected, outcome.rows, library.rows()["song"]) == ((), 0, 0)


def test_waiting_files_carry_what_the_linker_needs(library, make):
    tags = Tags(title="T", raw=(("T", ("T",)),))
    library.write(make.store(library.run, spans=((0, 20), (30, 60)), tags=tags))
    first, second = library.passages()
    library.write(make.store_links(library.run, PATHS[0], make.links(first.guid, [make.song(1)])))
    (waiting,) = library.waiting()
    assert (waiting.path, waiting.tags, waiting.passage_count) == (PATHS[0], tags, 2)
    assert [(p.guid, p.start, p.end) for p in waiting.passages] == [(second.guid, second.start, second.end)]


def test_evidence_that_holds_a_nul_is_not_cut_there(library, make, guids):
    odd = Statement(EvidenceSource.TAG_TEXT, "title", 'a\0b \\u0000 "c"')
    library.write(make.store_links(library.run, PATHS[0], make.links(guids[0], evidence=(odd,))))
    assert [row.value for row in library.passages()[0].evidence] == ['a\N{REPLACEMENT CHARACTER}b \\u0000 "c"']


def test_evidence_that_differs_only_in_a_nul_settles_at_the_first_time(library, make, guids):
    odd = tuple(Statement(EvidenceSource.TAG_TEXT, "title", text) for text in ("a\0", "a\N{REPLACEMENT CHARACTER}"))
    links = make.store_links(library.run, PATHS[0], make.links(guids[0], evidence=odd))
    library.write(links)
    assert library.write(links).rows == 0
