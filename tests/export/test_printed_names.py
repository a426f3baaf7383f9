"""A file's own print is shown wherever passages are listed, whatever other files say of the same song and artists."""

from contextlib import closing
from dataclasses import replace

import pytest

from passagework.domain.analysis import FileAnalysis
from passagework.domain.edits import Edit
from passagework.domain.given_cuts import PieceTags
from passagework.domain.identification.linking.at_once import links_of_tags
from passagework.domain.links import FileLinks
from passagework.domain.tags import Tags
from passagework.export.files.reading import playable_passages
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.read.queries import ListPassages, ShowFile
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import StoreAnalysis, StoreLinks
from tests.support.distinct import Distinct, without_pieces

JAY, BEE, DEE, EFF = (f"{number}aaaaaaa-0000-4000-8000-00000000000{number}" for number in (1, 2, 3, 4))
BOOK, DUET, ALONE, STRANGERS = (f"{number}bbbbbbb-0000-4000-8000-00000000000{number}" for number in (1, 2, 3, 4))

FILES = (
    Tags(title="Prologue", artist_credit="Jay", artist_ids=(JAY,), recording_ids=(BOOK,)),
    Tags(title="Chapter One", artist_credit="Jay", artist_ids=(JAY,), recording_ids=(BOOK,)),
    Tags(title="Together", artist_credit="Jay feat. Bee", artist_ids=(JAY, BEE), recording_ids=(DUET,)),
    Tags(title="Alone", artist_credit="Jay feat. Bee", artist_ids=(JAY,), recording_ids=(ALONE,)),
    Tags(title="Strangers", artist_credit="Dee feat. Eff", artist_ids=(DEE, EFF), recording_ids=(STRANGERS,)),
)
SHOWN = [
    ("Prologue", ("Jay",), (JAY,)),
    ("Chapter One", ("Jay",), (JAY,)),
    ("Together", ("Jay feat. Bee",), (None,)),
    ("Alone", ("Jay feat. Bee",), (None,)),
    ("Strangers", ("Dee feat. Eff",), (None,)),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "test.passages"


@pytest.fixture
def library(path):
    store = LibraryStore(path, synchronous="normal")
    run = store.open_run("hash", "{}", (b"/music",), 1)
    for number, tags in enumerate(FILES):
        made = without_pieces(Distinct().of(FileAnalysis))
        one = replace(made, path=b"/music/%d.flac" % number, tags=tags, passages=made.passages[:1])
        store.write([StoreAnalysis(run, one)], 2)
        (passage,) = store.query(ShowFile(one.path)).passages
        (links,) = links_of_tags(one)
        store.write([StoreLinks(run, FileLinks(one.path, (replace(links, passage=passage.guid),)))], 3)
    yield store
    store.close()


def shown_by(library, path):
    """Return what lists, exports and the views show: title, artists and, but for the views, their MBIDs."""
    listed = [
        (one.title.name, tuple(a.name for a in one.artists), tuple(a.mbid for a in one.artists))
        for one in library.query(ListPassages(100))
    ]
    with playable_passages(path) as passages:
        exported = [(n["title"], n["artists"], n["artist_mbids"]) for n in (row.names for row in passages.rows())]
    with closing(open_readonly(path)) as connection:
        view = connection.execute("SELECT title, artists FROM playable_passage ORDER BY path").fetchall()
    return listed, exported, view


def test_each_file_is_shown_with_its_own_title_and_credit(library, path):
    listed, exported, view = shown_by(library, path)
    assert listed == exported == SHOWN
    assert view == [(title, credit) for title, (credit,), _ in SHOWN]


def test_what_a_person_set_of_a_song_or_an_artist_goes_before_the_print(library, path):
    library.edit((Edit(BOOK, "title", "My book"), Edit(JAY, "name", "My Jay"), Edit(EFF, "name", "My Eff")), 4)
    listed, exported, view = shown_by(library, path)
    mine = [("My book", ("My Jay",), (JAY,))] * 2
    alone = ("Alone", ("My Jay",), (JAY,))
    assert listed == exported == [*mine, SHOWN[2], alone, SHOWN[4]]
    assert view == [(title, credit) for title, (credit,), _ in listed]


def test_the_source_of_a_title_is_the_tags_where_the_song_has_another(library, path):
    with playable_passages(path) as passages:
        sources = [row.names["title_source"] for row in passages.rows()]
    assert sources == ["tags", "song", "song", "song", "song"]


def test_what_is_said_of_a_piece_goes_before_the_print_of_its_file(path):
    tags = Tags(title="Whole", artist_credit="Band & Guest", artists=("Band", "Guest"), album="Album", track_number=9)
    pieces = (PieceTags(track=3, title="Three", performer="Singer", isrc="USABC9900003"), PieceTags(title="Four"))
    with closing(LibraryStore(path, synchronous="normal")) as store:
        run = store.open_run("hash", "{}", (b"/music",), 1)
        made = without_pieces(Distinct().of(FileAnalysis))
        passages = tuple(replace(one, piece=piece) for one, piece in zip(made.passages, pieces, strict=True))
        store.write([StoreAnalysis(run, replace(made, path=b"/music/a.flac", tags=tags, passages=passages))], 2)
        listed, exported, view = shown_by(store, path)
        assert listed == exported == [("Three", ("Singer",), (None,)), ("Four", ("Band", "Guest"), (None, None))]
        assert view == [("Three", "Singer"), ("Four", "Band & Guest")]
        assert [one.track for one in store.query(ListPassages(9))] == [3, 9]
        for text, found in (("three", 1), ("singer", 1), ("four album", 1), ("band", 2), ("three four", 0)):
            assert len(store.query(ListPassages(9, text=text))) == found, text
