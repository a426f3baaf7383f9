"""What the library knows nothing of is inserted straight; the staged path, as the oracle, leaves the same content."""

import itertools
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.failures import FailureCode
from passagework.domain.links import CandidateRow, LinkState
from passagework.domain.music import Artist, ArtistCredit, Work
from passagework.domain.tags import Tags
from passagework.persistence.rows.encoded import encode_analysis
from passagework.persistence.write import batch as written
from passagework.persistence.write.writes import MarkMissing, StoreAnalysis
from tests.support.dump import content as all_of
from tests.support.effort import examples

PATHS = tuple(b"/music/%d/%d.flac" % (number % 2, number) for number in range(4))
SPANS = (((0, 60),), ((0, 29), (30, 60)), ())


def linked(make, run, path=PATHS[0], songs=((),), album=None, **more):
    """Make the analysis of a file with a decision for each passage, as a worker sends it."""
    spans = tuple((10 * number, 10 * number + 9) for number in range(len(songs)))
    links = tuple(replace(make.links("0", of_one, album), retry_ns=1) for of_one in songs)
    return StoreAnalysis(run, encode_analysis(make.analysis(path, spans, **more), links))


@contextmanager
def staged():
    """Send everything down the staged path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(written, "_write_straight", lambda *_: ())
        yield


@contextmanager
def paths_of(library):
    """Collect the messages that take the straight path."""
    taken = []
    straight = written._write_straight

    def watched(connection, writes, *more):
        found = straight(connection, writes, *more)
        taken.extend(writes[index] for index in found)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(written, "_write_straight", watched)
        yield taken


@pytest.fixture(scope="module")
def base(open_at, tmp_path_factory):
    """A closed library with two runs, of which the first has found nothing."""
    opened = open_at(tmp_path_factory.mktemp("base") / "base.passages", "normal")
    for _ in range(2):
        opened.new_run()
    opened.close()
    return opened.path


@pytest.fixture(scope="module")
def messages(make):
    """A strategy for messages about a few files that name the same few entities, in agreement or not."""
    path = st.sampled_from(PATHS)
    run = st.sampled_from((1, 2, 2, 2))
    name = st.sampled_from((None, "A", "A", "B"))
    numbers = st.lists(st.integers(1, 3), max_size=2, unique=True).map(tuple)

    def song(number, artists, title, works, names):
        made = make.song(number, artists, title=title, names=dict.fromkeys(artists, names))
        return replace(made, works=tuple(Work(make.mbid(3, work), names) for work in works))

    songs = st.builds(song, st.integers(1, 4), numbers, name, numbers, name)
    stated = songs.map(lambda one: replace(one, stated_ns=5))
    merged = songs.map(lambda one: replace(one, former=(make.mbid(1, 9),)))
    composed = songs.map(lambda one: replace(one, works=(Work(make.mbid(3, 1), "A", (Artist(make.mbid(2, 2), "A"),)),)))
    albums = st.none() | st.builds(
        make.album, st.integers(1, 2), title=name, artists=numbers, date=st.sampled_from((None, "1999"))
    )
    of_file = st.lists(st.lists(songs | songs | songs | stated | merged | composed, max_size=2), max_size=2)
    return st.one_of(
        *[st.builds(lambda r, p, n: make.begin(r, p, n, alone=n == 2), run, path, st.integers(1, 2))] * 3,
        st.builds(make.store, run, path, st.sampled_from(SPANS)),
        *[
            st.builds(
                lambda r, p, of, album, t: linked(make, r, p, of, album, tags=Tags(title=t)),
                run,
                path,
                of_file,
                albums,
                name,
            )
        ]
        * 4,
        st.builds(make.fail, run, path, st.sampled_from((FailureCode.DAMAGED, FailureCode.VANISHED))),
        st.builds(lambda r, p: MarkMissing(r, (p,)), run, path),
        st.builds(lambda p: linked(make, 2, p, ([replace(make.song(1), mbid="bad")],)), path),
        st.builds(lambda p: linked(make, 2, p, samples=2**70), path),
    )


def content_after(copies, base, batches):
    library = copies(base)
    for batch in batches:
        library.write(*batch)
    library.check()
    content = library.content(), all_of(library.connection)
    library.close()
    library.path.unlink()
    return content


@examples(8)
@given(data=st.data())
def test_both_paths_leave_the_same_content(copies, base, messages, data):
    writes = data.draw(st.lists(messages, min_size=1, max_size=12))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(writes)), max_size=3)))
    batches = [writes[start:end] for start, end in itertools.pairwise((0, *cuts, len(writes)))]
    straight = content_after(copies, base, batches)
    with staged():
        assert content_after(copies, base, batches) == straight
        assert content_after(copies, base, [writes]) == straight


def test_a_file_whose_attempt_had_begun_is_left_as_the_staged_path_leaves_it(copies, base, make):
    batches = [[make.begin(2, PATHS[0], alone=True)], [linked(make, 2, PATHS[0], ([make.song(1)],))]]
    straight = content_after(copies, base, batches)
    with staged():
        assert content_after(copies, base, batches) == straight


def kinds_taken(library, *writes):
    with paths_of(library) as taken:
        outcome = library.write(*writes)
    assert not outcome.replayed
    return Counter(type(write).__name__ for write in taken)


def test_a_first_import_takes_the_straight_path_and_a_second_the_staged_one(library, make):
    attempts = [make.begin(library.run, path) for path in PATHS]
    analyses = [linked(make, library.run, path, ([make.song(1)], [make.song(2)]), make.album(1)) for path in PATHS]
    assert kinds_taken(library, *attempts) == {"BeginAttempt": 4}
    assert kinds_taken(library, *analyses) == {"StoreAnalysis": 4}
    assert kinds_taken(library, *attempts, *analyses) == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda _, song: replace(song, title="Another"),
        lambda _, song: replace(song, credits=song.credits[::-1]),
        lambda _, song: replace(song, credits=song.credits[:1]),
        lambda _, song: replace(song, works=()),
        lambda make, song: replace(song, works=(Work(make.mbid(3, 1), "Another"),)),
        lambda make, song: replace(song, credits=(ArtistCredit(Artist(make.mbid(2, 1), "Another"), 1.0),)),
        lambda _, song: replace(song, stated_ns=5),
        lambda make, song: replace(song, former=(make.mbid(1, 9),)),
    ],
)
def test_what_is_stated_otherwise_about_a_known_entity_takes_the_staged_path(library, make, change):
    song = make.song(1, (1, 2), works=(1,))
    assert kinds_taken(library, linked(make, library.run, PATHS[0], ([song],))) == {"StoreAnalysis": 1}
    assert kinds_taken(library, linked(make, library.run, PATHS[1], ([change(make, song)],))) == {}
    assert kinds_taken(library, linked(make, library.run, PATHS[2], ([song],))).total() <= 1
    library.check()


def test_messages_that_agree_about_new_entities_take_the_straight_path_together(library, make):
    writes = [linked(make, library.run, path, ([make.song(1, (1, 2))],), make.album(1)) for path in PATHS]
    other = linked(make, library.run, b"/music/x.flac", ([make.song(1, (2, 1))],), make.album(1))
    assert kinds_taken(library, writes[0], other, *writes[1:]) == {"StoreAnalysis": 4}
    assert library.rows()["song"] == 1


def test_a_message_of_an_earlier_run_takes_the_staged_path(library, make):
    earlier = library.run
    library.new_run()
    assert kinds_taken(library, linked(make, earlier)) == {}
    assert kinds_taken(library, linked(make, library.run, PATHS[1])) == {"StoreAnalysis": 1}


def test_a_file_that_was_missing_before_it_had_a_result_is_there_with_its_result(library, make):
    library.write(make.begin(library.run, PATHS[0]))
    library.write(MarkMissing(library.run, (PATHS[0],)))
    library.write(linked(make, library.run, PATHS[0]))
    assert not library.file(PATHS[0]).missing


def test_an_artist_in_a_gap_of_a_credit_moves_up_as_the_staged_path_moves_it(library, make):
    """A credit that names an artist twice leaves a gap."""
    library.write(linked(make, library.run, PATHS[0], ([make.song(1, (1, 1, 2))],)))
    library.write(linked(make, library.run, PATHS[1], ([make.song(1, (1, 2))],)))
    places = library.connection.execute("SELECT position FROM song_artist ORDER BY artist_id").fetchall()
    assert places == [(0,), (1,)]


@pytest.mark.parametrize("known", [False, True])
def test_the_outcome_names_the_passages_that_an_analysis_linked(library, make, known):
    if known:
        library.write(make.store(library.run, PATHS[1], ((0, 9), (10, 19))))
    outcome = library.write(
        make.store(library.run, PATHS[0]),
        linked(make, library.run, PATHS[1], ([make.song(1)], [make.song(2)])),
    )
    passages = library.passages(PATHS[1])
    assert outcome.linked == {1: tuple(passage.guid for passage in passages)}
    assert [passage.evidence[0].value for passage in passages] == [make.mbid(1, 1), make.mbid(1, 2)]
    assert [passage.link_state for passage in passages] == [LinkState.LINKED] * 2


def test_a_decision_that_comes_with_an_analysis_leaves_passages_that_have_one(library, make):
    library.write(linked(make, library.run, songs=([make.song(1)],)))
    before = library.content()
    outcome = library.write(linked(make, library.run, songs=([make.song(2)],)))
    assert (outcome.rows, outcome.linked, library.content()) == (0, {}, before)


def test_a_decision_that_comes_with_other_tags_replaces_the_former_one(library, make):
    library.write(linked(make, library.run, songs=([make.song(1)],), album=make.album(1)))
    library.write(linked(make, library.run, songs=([make.song(2)],), tags=Tags(title="Other")))
    (passage,) = library.passages(PATHS[0])
    assert [one.value for one in passage.evidence] == [make.mbid(1, 2)]
    assert (passage.album.mbid, library.rows()["passage_album"], library.waiting()) == (None, 0, ())


def test_a_decision_that_comes_with_an_analysis_leaves_what_a_person_said_to_the_linker(library, make):
    library.write(linked(make, library.run, songs=([make.song(1)],)))
    (guid,) = library.guids()
    library.connection.execute("UPDATE passage SET user_recording = 'none'")
    outcome = library.write(linked(make, library.run, songs=([make.song(2)],), tags=Tags(title="Other")))
    assert outcome.linked == {}
    ((passage,),) = [file.passages for file in library.waiting()]
    assert (passage.guid, passage.decided) == (guid, "none")


@pytest.mark.parametrize("known", [False, True])
def test_links_that_cannot_be_stored_cost_no_analysis(library, make, known):
    if known:
        library.write(make.store(library.run, PATHS[0], tags=Tags(title="Before")))
    bad = linked(make, library.run, PATHS[0], ([replace(make.song(1), mbid="bad")],))
    outcome = library.write(bad, linked(make, library.run, PATHS[1], ([make.song(2)],)))
    assert (outcome.committed, outcome.rejected, list(outcome.unlinked), list(outcome.linked)) == ((0, 1), (), [0], [1])
    (passage,) = library.passages(PATHS[0])
    assert library.file(PATHS[0]).tags.title == "Tagged"
    assert (passage.link_state, library.waiting()) == (LinkState.FAILED, ())
    assert library.rows()["rejection"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"passages": (5,)},
        {"passages": None},
        {"stamp": None},
        {"audio": (1, 2)},
        {"tags": ("too", "few")},
        {"curves": (1, None, 1, None)},
    ],
)
def test_what_no_worker_should_send_costs_its_own_file_alone(library, make, change):
    write = linked(make, library.run, PATHS[0])
    outcome = library.write(
        make.store(library.run, PATHS[1]),
        StoreAnalysis(library.run, write.analysis._replace(**change)),
        make.store(library.run, PATHS[2]),
    )
    assert (outcome.committed, [index for index, _ in outcome.rejected]) == ((0, 2), [1])


def test_candidates_are_no_matter_of_the_straight_path(library, make):
    candidate = CandidateRow(make.mbid(1, 1), "", (), 0.5, 0.0, ())
    links = replace(make.links("0", [make.song(1)]), candidates=(candidate,))
    write = StoreAnalysis(library.run, encode_analysis(make.analysis(), (links,)))
    assert kinds_taken(library, write) == {}
    assert library.rows()["candidate"] == 1


def test_what_is_stated_as_before_about_known_entities_takes_the_straight_path(library, make):
    song, album = make.song(1, (1, 2)), make.album(1, artists=(9,))
    for path in PATHS[:3]:
        assert kinds_taken(library, linked(make, library.run, path, ([song],), album)) == {"StoreAnalysis": 1}
    assert (library.rows()["song"], library.rows()["album"]) == (1, 1)
    shown = library.connection.execute(
        "SELECT a.name FROM album_artist AS c JOIN artist AS a ON a.id = c.artist_id"
    ).fetchall()
    assert shown == [("Artist 9",)]
