"""What is read to find what is alike: the vectors, which of them the library has, and what tells pieces apart."""

import pytest

from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from passagework.persistence.read.queries import Pieces, StoredVectors, VectorStamp
from passagework.persistence.user.undo import undo_run
from tests.support.heard_flavors import heard
from tests.support.made_flavors import two_way

A, B, C = b"/music/a.flac", b"/music/b.flac", b"/music/c.flac"


@pytest.fixture
def store(library, make):
    """Give a function that stores a file of one passage with a flavor."""

    def store(path, flavor, *, audio=None, tags=None):
        passage = make.passage(0, 60, flavor=flavor)
        audio = path[-6:-5] if audio is None else audio
        library.write(make.store(library.run, path, passages=(passage,), audio=audio, tags=tags))

    return store


def key(library):
    return library.ask(VectorStamp()).key


def next_run(library):
    library.close_run(RunState.COMPLETED)
    return library.new_run()


def test_what_is_stored_is_returned_of_all_that_were_heard_by_the_newest_version(library, store):
    flavors = {
        A: heard(0, embedding=5, groups=(two_way("mode", 0.5), two_way("pitch", 0.25))),
        B: heard(1, rhythm=False),
        C: heard(2, timbre=False),
    }
    for path, flavor in flavors.items():
        store(path, flavor)
    store(b"/music/d.flac", heard(3, version=0))

    taken = []
    stamp = library.ask(StoredVectors(lambda some, with_nets: taken.append((some, with_nets))))
    ((found, with_nets),) = taken
    assert [(one.flavor.timbre, one.flavor.rhythm, one.flavor.embedding) for one in found] == [
        (flavor.timbre, flavor.rhythm, flavor.embedding) for flavor in (flavors[A], flavors[B])
    ]
    assert [one.flavor.groups for one in found] == [(two_way("pitch", 0.25),), ()]
    assert [one.guid for one in found] == [library.passages(path)[0].guid for path in (A, B)]
    assert (stamp, with_nets) == (library.ask(VectorStamp()), True)


def test_embeddings_are_those_of_the_nets_that_heard_most(library, store):
    for path, embedding, weights in ((A, 5, "new"), (B, 5, "old"), (C, 5, "new")):
        store(path, heard(0, embedding=embedding, weights=weights))
    taken = []
    library.ask(StoredVectors(lambda some, _: taken.extend(some)))

    assert [one.flavor.embedding is not None for one in taken] == [True, False, True]


def test_the_stamp_stays_while_nothing_of_the_vectors_changes(library, store, make):
    store(A, heard(0))
    next_run(library)
    before = key(library)
    (passage,) = library.passages(A)
    library.write(make.store_links(library.run, A, make.links(passage.guid, [make.song(1)])))
    library.connection.execute("UPDATE passage SET probability = 2")
    next_run(library)

    assert key(library) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda store: store(B, heard(1)),
        lambda store: store(A, heard(1)),
    ],
    ids=["another passage", "heard anew"],
)
def test_the_stamp_changes_with_every_change_and_undo_brings_it_back(library, store, change):
    store(A, heard(0))
    run = next_run(library)
    before = key(library)

    change(store)
    assert key(library) != before
    library.close_run(RunState.COMPLETED)
    assert key(library) != before
    undo_run(library.connection, run, 1)
    assert key(library) == before


def test_within_a_run_that_is_running_a_passage_that_is_heard_twice_changes_the_stamp(library, store):
    store(A, heard(0))
    first = key(library)
    store(A, heard(1))

    assert key(library) != first


def test_another_library_with_the_same_rows_has_another_stamp(library, store, open_at, tmp_path, make):
    store(A, heard(0))
    library.close_run(RunState.COMPLETED)
    other = open_at(tmp_path / "other.passages")
    other.new_run()
    other.write(make.store(other.run, A, passages=(make.passage(0, 60, flavor=heard(0)),), audio=b"a"))
    other.close_run(RunState.COMPLETED)

    assert key(other) != key(library)
    other.close()


def test_pieces_have_their_songs_and_what_sounds_alike(library, store, make):
    for path, audio in ((A, b"x"), (B, b"x"), (C, b"y")):
        store(path, heard(0, groups=(two_way("voice", 0.25),)), audio=audio, tags=Tags(title="T"))
    guids = [library.passages(path)[0].guid for path in (C, A, B)]
    library.write(make.store_links(library.run, C, make.links(guids[0], [make.song(1)])))

    found = library.ask(Pieces(guids=[*guids, "unknown"]))
    assert [piece.view.guid for piece in found] == guids
    assert found[1].sounds == found[2].sounds != found[0].sounds
    assert [piece.recordings for piece in found] == [{make.mbid(1, 1)}, set(), set()]
    assert (found[0].seconds, found[0].groups) == (60.0, (two_way("voice", 0.25),))
    assert library.ask(Pieces(rows=[piece.row for piece in found])) == found
    assert library.ask(Pieces(rows=[999])) == ()
