"""Undoing a run leaves the library as it was before the run, but for what people set."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.edits import Edit
from passagework.domain.errors import NotFoundError
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.failures import FailureCode
from passagework.domain.links import CandidateRow, LinkState
from passagework.domain.music import Artist
from passagework.domain.tags import Tags
from passagework.domain.undo import Undone, UndoRefusedError
from passagework.domain.user_fields import FIELDS
from passagework.domain.views import FileState, RunState
from passagework.persistence.file.opening import PAGE_BYTES
from passagework.persistence.read.queries import Runs
from passagework.persistence.store import LibraryStore
from passagework.persistence.user import undo as undoing
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write import journal
from passagework.persistence.write.writes import DeferIdentification, MarkExcluded, MarkMissing, MarkPresent
from tests.support.effort import examples

A, B, C = b"/music/a.flac", b"/music/b.flac", b"/music/sub/c.flac"
SPANS = (((0, 60),), ((0, 29), (30, 60)), ((2, 58),), ((0, 60), (60, 70)), ((0, 40),), ())
OF_RUNS = {"library", "run", "run_root", "run_settings", "before_image", "edit"}


def rows(library):
    """Give every row of every table with its row id, but for those that tell of runs and of what people set."""
    tables = library.connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"
    ).fetchall()
    return {
        table: sorted(library.connection.execute(f"SELECT * FROM {table}"), key=repr)
        for (table,) in tables
        if table not in OF_RUNS and not table.startswith("sqlite_")
    }


def images(library):
    return library.connection.execute("SELECT of_table, count(*) FROM before_image GROUP BY of_table").fetchall()


def undo(library, run):
    return undo_run(library.connection, run, next(library.clock))


def set_values(library, *edits):
    apply_edits(library.connection, edits, next(library.clock))


def set_value(library, key, field, value):
    set_values(library, Edit(key, field, value))


def next_run(library):
    library.close_run(RunState.COMPLETED)
    return library.new_run()


@pytest.fixture
def filled(library, make):
    """Give a library with one run's import of two files, one of them linked, and a second run under way."""
    library.write(make.begin(1, A), make.begin(1, B), make.store(1, A), make.store(1, B, SPANS[1], audio=b"b"))
    (guid,) = library.guids()[:1]
    library.write(make.store_links(1, A, make.links(guid, [make.song(1, (1, 2), works=(1,))], make.album(1))))
    next_run(library)
    return library


@pytest.fixture(scope="module")
def messages(make):
    """Give a function that makes a strategy for messages of one run about a few files, old and new."""
    path = st.sampled_from((A, B, C))
    paths = st.lists(path, max_size=3).map(tuple)
    stamp = st.sampled_from((make.stamp, replace(make.stamp, size=7)))
    tags = st.sampled_from((Tags(title="One"), Tags(title="Two", artist_credit="B")))
    names = st.sampled_from((None, "A", "B"))
    numbers = st.lists(st.integers(1, 3), max_size=3, unique=True).map(tuple)
    stated = st.sampled_from((None, None, 5, 9))
    song = st.builds(
        lambda song, at, former: replace(song, stated_ns=at, former=tuple(make.mbid(8, n) for n in former)),
        st.builds(make.song, st.integers(1, 3), numbers, title=names, works=numbers),
        stated,
        numbers,
    )
    composed = st.builds(
        lambda song, composers: replace(
            song,
            works=tuple(
                replace(work, composers=tuple(Artist(make.mbid(2, n), "C") for n in composers)) for work in song.works
            ),
        ),
        song,
        numbers,
    )
    album = st.none() | st.builds(make.album, st.integers(1, 2), title=names, artists=numbers)
    links = st.tuples(
        st.lists(song | composed, max_size=2),
        album,
        st.sampled_from((LinkState.LINKED, LinkState.LIKELY, LinkState.PROPOSAL, LinkState.TEXT_ONLY)),
        st.integers(0, 9),
        st.builds(lambda kept: tuple(CandidateRow(make.mbid(1, n), "T", (), 0.5, 0.0, ()) for n in kept), numbers),
        stated,
    )
    codes = st.sampled_from((FailureCode.DAMAGED, FailureCode.VANISHED, FailureCode.QUARANTINED))

    def of_run(run, known):
        def link(drawn):
            songs, place, state, number, candidates, retry_ns = drawn
            of_file, guid = known[number % len(known)]
            decided = replace(make.links(guid, songs, place, state=state), candidates=candidates, retry_ns=retry_ns)
            return make.store_links(run, of_file, decided)

        def delay(number, until_ns):
            of_file, guid = known[number % len(known)]
            return DeferIdentification(run, of_file, (guid,), until_ns, "away")

        kinds = [
            st.builds(lambda p, n, s: make.begin(run, p, n, stamp=s), path, st.integers(1, 2), stamp),
            st.builds(
                lambda p, spans, t, a, s: make.store(run, p, spans, tags=t, audio=a, stamp=s),
                path,
                st.sampled_from(SPANS),
                tags,
                st.sampled_from((b"x", b"y")),
                stamp,
            ),
            st.builds(lambda p, code: make.fail(run, p, code), path, codes),
            st.builds(MarkMissing, st.just(run), paths),
            st.builds(MarkPresent, st.just(run), paths),
            st.builds(lambda p: make.store(run, p, tags=Tags(title="\udc80")), path),
        ]
        if known:
            kinds += [links.map(link), links.map(link), st.builds(delay, st.integers(0, 9), st.integers(1, 2))]
        return st.lists(st.one_of(*kinds), max_size=6)

    return of_run


@pytest.mark.slow
@examples(10)
@given(data=st.data())
def test_runs_that_are_undone_one_after_the_other_leave_what_each_found(copies, empty_library, messages, data):
    library = copies(empty_library)
    found = {}
    for _ in range(3):
        before = rows(library)
        run = library.new_run()
        for _ in range(2):
            known = [(path, p.guid) for path in (A, B, C) if library.file(path) for p in library.passages(path)]
            library.write(*data.draw(messages(run, known)))
        library.close_run(RunState.COMPLETED)
        found[run] = before
    for run, before in reversed(found.items()):
        # A run may have had nothing to do.
        with suppress(UndoRefusedError):
            undo(library, run)
        assert rows(library) == before
    assert images(library) == []
    library.check()
    library.close()
    library.path.unlink()


def test_the_first_import_is_undone_to_an_empty_library_and_can_be_made_again(library, make):
    empty = rows(library)
    messages = [make.begin(1, A), make.store(1, A, SPANS[1])]
    library.write(*messages)
    assert undo(library, 1) == Undone(1, files=1, passages=2, restored=0, kept=0)
    assert rows(library) == empty
    run = library.new_run()
    library.write(*(replace(message, run=run) for message in messages))
    assert [(p.start, p.end) for p in library.passages(A)] == [
        (0, 29 * make.second),
        (30 * make.second, 60 * make.second),
    ]


def test_nothing_watches_the_first_run_of_a_library_nor_a_run_that_changes_nothing(library, make):
    def watching():
        triggers = "SELECT count(*) FROM temp.sqlite_schema WHERE type = 'trigger' AND name LIKE 'before%'"
        return library.connection.execute(triggers).fetchone() > (0,)

    library.write(make.store(1, A))
    assert not watching()
    next_run(library)
    assert not watching()
    library.write(make.fail(2, A))
    assert watching()
    next_run(library)
    assert not watching()


def test_new_files_of_a_later_run_need_no_images(filled, make):
    filled.write(make.begin(2, C), make.store(2, C, SPANS[1], audio=b"c"))
    filled.write(make.store_links(2, C, *(make.links(p.guid, [make.song(5, (4,))]) for p in filled.passages(C))))
    assert images(filled) == []


def test_a_row_that_a_run_changes_twice_is_kept_once(filled, make):
    for lead in (3, 4):
        filled.write(make.store(2, A, passages=(make.passage(0, 60, lead_in=lead * make.second),)))
    assert images(filled) == [("passage", 1)]


def test_what_a_run_rolled_back_leaves_no_image(filled, make):
    before = rows(filled)
    outcome = filled.write(make.store(2, A, ((5, 9), (5, 9)), tags=Tags(title="New")))
    assert len(outcome.rejected) == 1
    undo(filled, 2)
    assert rows(filled) == before


def test_guids_links_and_states_come_back_with_the_passages_of_a_file_that_was_replaced(filled, make):
    before, guids = rows(filled), filled.guids()
    filled.write(make.store(2, A, ((0, 20), (25, 45)), tags=Tags(title="Other"), audio=b"z"), make.fail(2, B))
    assert filled.guids() != guids
    undone = undo(filled, 2)
    assert (undone.files, undone.passages, undone.kept) == (0, 2, 0)
    assert (rows(filled), filled.guids()) == (before, guids)


def test_passages_that_changed_places_go_back_to_their_own(library, make):
    for spans in (((0, 60),), ((0, 29),), ((0, 60),)):
        library.write(make.store(1, A, spans))
    next_run(library)
    before = rows(library)
    for spans in (((0, 29), (30, 60)), ((0, 58),), ((0, 60),)):
        library.write(make.store(2, A, spans))
    assert rows(library)["passage"] != before["passage"]
    undo(library, 2)
    assert rows(library) == before


def test_what_people_set_between_runs_is_no_change_of_a_run(filled, make):
    filled.close_run(RunState.COMPLETED)
    set_value(filled, filled.guids()[0], "title", "Mine")
    assert images(filled) == []
    undo(filled, 1)
    assert len(rows(filled)["passage"]) == 1


def test_only_the_newest_run_that_changed_anything_can_be_undone(filled, make):
    filled.write(make.fail(2, A))
    assert next_run(filled) == 3
    with pytest.raises(UndoRefusedError, match="run 3 changed nothing"):
        undo(filled, 3)
    with pytest.raises(UndoRefusedError, match="undo run 2 first"):
        undo(filled, 1)
    undo(filled, 2)
    with pytest.raises(UndoRefusedError, match="already"):
        undo(filled, 2)
    undo(filled, 1)
    with pytest.raises(NotFoundError, match="no run 9"):
        undo(filled, 9)


def test_a_run_that_left_anything_counts_an_attempt_a_missing_file_a_rejection(filled, make):
    unstorable = (Statement(EvidenceSource.TAG_MBID, "recording", "\udc80"),)
    filled.write(make.begin(2, C))
    next_run(filled)
    filled.write(MarkMissing(3, (A,)))
    next_run(filled)
    filled.write(make.store_links(4, b"/unknown.flac", make.links("unknown", evidence=unstorable)))
    for newest in (4, 3, 2):
        with pytest.raises(UndoRefusedError, match=f"undo run {newest} first"):
            undo(filled, 1)
        undo(filled, newest)
    undo(filled, 1)


def test_a_run_that_was_undone_stays_in_the_history_with_the_moment(filled, make):
    filled.write(make.fail(2, A))
    undo(filled, 2)
    assert [(run.id, run.undone_ns is None) for run in filled.ask(Runs(5))] == [(2, False), (1, True)]


def test_a_run_whose_process_died_can_be_undone(filled, make):
    before = rows(filled)
    filled.write(make.begin(2, A))
    filled.reopen()
    undo(filled, 2)
    assert rows(filled) == before
    assert filled.ask(Runs(1))[0].state is RunState.CRASHED


def test_a_store_that_takes_the_place_of_another_in_the_middle_of_a_run_goes_on_with_the_journal(filled, make):
    before = rows(filled)
    filled.close()
    store = LibraryStore(filled.path)
    store.write([make.store(2, A, SPANS[2])], next(filled.clock))
    store.close()
    filled.reopen()
    undo(filled, 2)
    assert rows(filled) == before


def test_what_people_set_before_during_and_after_a_run_stays_when_it_is_undone(filled, make):
    (guid, other, _), song, artist = filled.guids(), make.mbid(1, 1), make.mbid(2, 1)
    set_value(filled, guid, "title", "Before")
    filled.write(make.store(2, A, SPANS[2], tags=Tags(title="New")), make.store(2, B, ((0, 28), (30, 60))))
    set_value(filled, other, "approval", "rejected")
    filled.write(make.store_links(2, A, make.links(guid, [make.song(1, (1, 2, 3), names={1: "A"})], make.album(2))))
    filled.close_run(RunState.COMPLETED)
    set_value(filled, guid, "probability", 0.5)
    set_value(filled, guid, "title", "After")
    set_value(filled, song, "cooldown_seconds", 60)
    set_value(filled, artist, "name", "Mine")
    undo(filled, 2)
    values = filled.connection.execute("SELECT guid, user_title, probability, approval FROM passage ORDER BY id")
    assert values.fetchall()[:2] == [(guid, "After", 0.5, None), (other, None, None, "rejected")]
    assert filled.connection.execute("SELECT cooldown_seconds FROM song").fetchall() == [(60,)]
    assert filled.connection.execute("SELECT name, user_name FROM artist ORDER BY mbid").fetchall() == [
        ("Artist 1", "Mine"),
        ("Artist 2", None),
    ]


def test_a_passage_of_the_run_with_a_title_of_somebody_is_retired_and_comes_back_with_the_next_import(filled, make):
    filled.write(make.store(2, C, SPANS[1], audio=b"c"))
    kept, dropped = (passage.guid for passage in filled.passages(C))
    set_value(filled, kept, "title", "Mine")
    assert undo(filled, 2) == Undone(2, files=0, passages=1, restored=0, kept=1)
    assert (filled.file(C).state, filled.file(C).duration, filled.passages(C)) == (FileState.PENDING, None, ())
    filled.check()
    run = filled.new_run()
    filled.write(make.store(run, C, SPANS[1], audio=b"c"))
    again = filled.passages(C)
    assert [passage.guid == kept for passage in again] == [True, False]
    assert dropped not in {passage.guid for passage in again}
    assert filled.connection.execute("SELECT user_title FROM passage WHERE guid = ?", (kept,)).fetchone() == ("Mine",)
    undo(filled, run)
    assert filled.file(C).state is FileState.PENDING


def test_entities_of_the_run_on_which_somebody_set_a_value_stay(filled, make):
    filled.write(make.store(2, C, audio=b"c"))
    song = make.song(7, (7, 8), works=(7,))
    filled.write(make.store_links(2, C, make.links(filled.passages(C)[0].guid, [song], make.album(7, artists=(8,)))))
    set_value(filled, make.mbid(1, 7), "probability", 2.0)
    set_value(filled, make.mbid(2, 8), "name", "Mine")
    undo(filled, 2)
    names = {
        table: filled.connection.execute(f"SELECT mbid FROM {table}").fetchall()
        for table in ("song", "artist", "work", "album")
    }
    assert (make.mbid(1, 7),) in names["song"]
    assert (make.mbid(2, 8),) in names["artist"]
    assert (make.mbid(2, 7),) not in names["artist"]
    assert (len(names["work"]), len(names["album"])) == (1, 1)


def weights(library):
    return library.connection.execute("SELECT weight, weight_source FROM song_artist ORDER BY artist_id").fetchall()


def test_weights_that_somebody_set_stay_and_those_that_are_nobodys_are_equal_shares(filled, make):
    (guid, *_), song = filled.guids(), make.mbid(1, 1)
    assert weights(filled) == [(0.5, "equal")] * 2
    filled.write(make.store_links(2, A, make.links(guid, [make.song(1, (1, 2, 3, 4))])))
    assert weights(filled) == [(0.25, "equal")] * 4
    undo(filled, 2)
    assert weights(filled) == [(0.5, "equal")] * 2
    set_values(filled, *(Edit(song, "weight", w, make.mbid(2, number)) for number, w in ((1, 0.7), (2, 0.3))))
    filled.write(make.store_links(filled.new_run(), A, make.links(guid, [make.song(1, (1, 2, 3))])))
    assert weights(filled) == [(0.7, "user"), (0.3, "user"), (0.0, "equal")]
    set_value(filled, song, "weight", None)
    undo(filled, 3)
    assert weights(filled) == [(0.5, "equal")] * 2


def test_many_images_are_put_back_in_small_portions(filled, make, monkeypatch):
    monkeypatch.setattr(journal, "AT_ONCE", 2)
    before = rows(filled)
    (guid, *_) = filled.guids()
    for number in (1, 2, 3):
        filled.write(make.store(2, B, SPANS[number], tags=Tags(title=f"{number}"), audio=b"b"), make.fail(2, A))
        filled.write(make.store_links(2, A, make.links(guid, [make.song(1, (number, 9), title=f"{number}")])))
    kept = sum(count for _, count in images(filled))
    assert undo(filled, 2).restored == kept > 8
    assert rows(filled) == before


def test_images_of_the_latest_runs_are_kept_and_older_ones_forgotten_in_small_portions(filled, make, monkeypatch):
    monkeypatch.setattr(journal, "AT_ONCE", 2)
    for number in range(5):
        filled.write(make.store(filled.run, B, SPANS[number % 2], tags=Tags(title=f"{number}"), audio=b"b"))
        next_run(filled)
    assert filled.run == 7
    found = filled.connection.execute("SELECT DISTINCT run_id FROM before_image ORDER BY run_id").fetchall()
    assert found == [(4,), (5,), (6,)]
    for run in (6, 5, 4):
        undo(filled, run)
    with pytest.raises(UndoRefusedError, match="the journal of run 3 no longer exists"):
        undo(filled, 3)


def test_the_log_stays_short_however_many_images_are_forgotten(filled, make, monkeypatch):
    monkeypatch.setattr(journal, "AT_ONCE", 1)
    monkeypatch.setattr("passagework.persistence.file.checkpoint.LOG_BYTES", 1)
    filled.write(*(make.store(2, path, SPANS[1], tags=Tags(title="New"), audio=b"n") for path in (A, B)))
    for number in range(journal.KEPT_RUNS):
        next_run(filled)
        filled.write(make.store(filled.run, B, SPANS[number % 2], tags=Tags(title=f"{number}"), audio=b"b"))
    of_run = "SELECT count(*) FROM before_image WHERE run_id = 2"
    assert filled.connection.execute(of_run).fetchone() == (9,)
    filled.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    next_run(filled)
    assert filled.connection.execute(of_run).fetchone() == (0,)
    assert filled.path.with_name(filled.path.name + "-wal").stat().st_size < 9 * PAGE_BYTES


def test_a_run_of_a_schema_without_a_journal_cannot_be_undone(filled, make):
    filled.connection.execute("UPDATE run SET has_images = 0")
    filled.write(make.fail(2, A))
    with pytest.raises(UndoRefusedError, match="no longer exists"):
        undo(filled, 2)


def test_every_table_that_bears_runs_has_its_place(library):
    bearing = {
        table
        for (table,) in library.connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"
        )
        for (parent,) in library.connection.execute('SELECT "table" FROM pragma_foreign_key_list(?)', (table,))
        if parent == "run"
    }
    without_undo = {"run_root", "run_file", "run_change", "rejection", "before_image", "answer"}
    assert bearing - without_undo == {*journal.REPLACED, *journal.UPDATED}


def test_the_journal_is_wide_enough_for_every_table_and_knows_every_column_of_a_person(library):
    def columns(table):
        return [row[1] for row in library.connection.execute(f"PRAGMA table_info({table})")]

    room = sum(name.startswith("c") for name in columns("before_image"))
    assert max(len(columns(table)) for table in (*journal.REPLACED, *journal.UPDATED)) <= room
    for subject, fields in FIELDS.items():
        for field in fields:
            holders = set(columns("song_artist" if field == "weight" else subject))
            assert {f"user_{field}", f"user_{field}_ticks", field} & holders & undoing._OWN, (subject, field)


def test_a_file_that_stays_for_what_a_person_set_is_there_whatever_the_undone_run_said_of_it(filled, make):
    for mark, path in ((MarkMissing, b"/music/d.flac"), (MarkExcluded, b"/music/e.flac")):
        filled.write(make.store(2, path, audio=path[-6:-5]), mark(2, (path,)))
        set_value(filled, filled.passages(path)[0].guid, "title", "Mine")
    filled.close_run(RunState.COMPLETED)
    undo(filled, 2)
    for path in (b"/music/d.flac", b"/music/e.flac"):
        file = filled.file(path)
        assert (file.state, file.missing, file.excluded) == (FileState.PENDING, False, False)
