"""A file that is added, and has the audio of one that is missing, is that file, with all that belongs to it."""

from dataclasses import replace

import pytest

from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.changes import Found
from passagework.domain.edits import Edit
from passagework.domain.failures import FailureCode
from passagework.domain.given_cuts import Bound, CutSource, Given, PieceTags, write_bounds
from passagework.domain.tags import Tags
from passagework.domain.views import FileState, RunState
from passagework.persistence.read.queries import Findings, GivenAbout, MayJoin, SettledFiles
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.runs import close_run
from passagework.persistence.write.writes import JoinMoved, MarkMissing
from tests.support import dump
from tests.support.standing import HISTORY

MBID = "00000001-0000-4000-8000-000000000001"
OLD, NEW, OTHER = b"/music/old.flac", b"/music/new.flac", b"/music/other.flac"


@pytest.fixture
def moved(library, make):
    """Give a function that stores a file, and then as another run its audio elsewhere, with other tags."""

    def move(spans=((0, 29), (31, 60)), between=lambda: None, config="{}", roots=(b"/music",), **now):
        library.write(make.store(library.run, OLD, spans, tags=Tags(title="Old")))
        apply_edits(library.connection, [Edit(guids(library, OLD)[0], "title", "Mine")], 1)
        library.close_run(RunState.COMPLETED)
        library.new_run(roots, config)
        between()
        library.write(make.store(library.run, NEW, **{"spans": spans, "tags": Tags(title="New"), **now}))

    return move


def guids(library, path):
    return [passage.guid for passage in library.passages(path)]


def content(library):
    return [line for line in dump.content(library.connection) if line.partition(":")[0] not in HISTORY]


def named(library):
    return [name for (name,) in library.connection.execute("SELECT name FROM artist")]


def join(library):
    library.write(MarkMissing(library.run, (OLD,)))
    library.write(JoinMoved(library.run))


@pytest.mark.parametrize("state", [RunState.CANCELLED, RunState.CRASHED])
def test_also_when_the_run_that_added_it_was_not_completed(library, moved, state):
    moved()
    expected = library.file(OLD).guid, guids(library, OLD)
    library.close_run(state)
    library.new_run()
    before = content(library)

    join(library)

    assert (library.file(NEW).guid, guids(library, NEW)) == expected
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, library.run, 1)
    assert content(library) == before
    library.check()


def test_a_copy_that_an_earlier_run_has_seen_beside_it_stays_another_file(library, moved):
    moved()
    library.close_run(RunState.COMPLETED)
    library.new_run()
    copy = library.file(NEW).guid

    join(library)

    assert library.file(NEW).guid == copy


@pytest.mark.parametrize("roots", [(b"/music/new.flac",), (b"/mus",), (b"/music/n", b"/musical")])
def test_a_file_is_known_when_its_former_folder_is_imported_after_the_new_one(library, moved, roots):
    moved(roots=roots)
    expected = library.file(OLD).guid, guids(library, OLD)
    library.close_run(RunState.COMPLETED)
    library.new_run()
    before = content(library)

    assert library.ask(MayJoin(news=False, gone=True))
    join(library)

    found = library.file(NEW)
    assert ((found.guid, guids(library, NEW)), found.missing) == (expected, False)
    assert found.passages[0].title.name == "Mine"
    assert [one.found for one in library.ask(Findings(library.run, 10, 0)).findings] == [(Found.MOVED,)]
    assert [one.found for one in library.ask(Findings(library.run - 1, 10, 0)).findings] == [(Found.ADDED,)]
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, library.run, 1)
    assert content(library) == before
    library.check()


def test_what_only_the_new_file_has_stated_names_nobody_any_more(library, make, moved):
    moved(roots=(b"/music/new.flac",), between=lambda: library.write(make.store(library.run, OTHER, audio=b"o")))
    for path, name in ((OTHER, "Jay"), (NEW, "Jay Longer")):
        links = make.links(guids(library, path)[0], (make.song(1, names={1: name}),))
        library.write(make.store_links(library.run, path, links))
    library.close_run(RunState.COMPLETED)
    library.new_run()
    assert named(library) == ["Jay Longer"]

    join(library)

    assert named(library) == ["Jay"]
    library.check()


def test_it_is_not_if_a_run_between_has_looked_for_it(library, moved):
    moved(roots=(b"/music/new.flac",))
    library.close_run(RunState.COMPLETED)
    library.new_run()
    library.close_run(RunState.COMPLETED)
    library.new_run()
    copy = library.file(NEW).guid

    assert not library.ask(MayJoin(news=False, gone=True))
    join(library)

    assert library.file(NEW).guid == copy


def test_what_was_no_music_when_it_was_last_seen_is_music_again(library, make, moved):
    moved(between=lambda: library.write(make.fail(library.run, OLD, FailureCode.DAMAGED)))
    expected = library.file(OLD).guid

    join(library)

    found = library.file(NEW)
    assert (found.guid, found.state, found.failure) == (expected, FileState.ANALYSED, None)
    assert [passage.title.name for passage in found.passages] == ["Mine", "New"]


def test_what_was_measured_otherwise_is_as_it_was_measured_now(library, make, moved):
    spans = ((0, 29), (40, 60))
    passages = tuple(replace(make.passage(*span), lead_in=5, lead_out=7) for span in spans)
    moved(config='{"segmentation": {"trim": false}}', passages=passages)
    expected = guids(library, OLD)

    join(library)

    found = [(passage.start, passage.lead_in, passage.lead_out) for passage in library.passages(NEW)]
    assert found == [(0, 5, 7), (40 * make.second, 5, 7)]
    assert guids(library, NEW) == expected


def test_of_two_passages_that_are_alike_the_one_in_use_goes_on(library, make):
    in_use, retired, now = ((0, 20),), ((11, 31),), ((0, 31),)
    for spans in (in_use, retired, in_use):
        library.write(make.store(library.run, OLD, spans))
    expected = guids(library, OLD)
    library.close_run(RunState.COMPLETED)
    library.new_run(config_text='{"segmentation": {"trim": false}}')
    library.write(make.store(library.run, NEW, now))

    join(library)

    assert guids(library, NEW) == expected


def test_what_its_tags_cut_otherwise_is_cut_as_they_say_now(library, make, moved):
    short = replace(make.passage(0, 20), fingerprint=None, piece=PieceTags(title="Piece"))
    moved(passages=(short, make.passage(20, 60)), cut_by=CutSource.EMBEDDED_SHEET, pieces_hash=b"p")
    file, (first, _) = library.file(OLD).guid, guids(library, OLD)

    join(library)

    assert library.file(NEW).guid == file
    found = [(one.start // make.second, one.end // make.second, one.guid == first) for one in library.passages(NEW)]
    assert found == [(0, 20, True), (20, 60, False)]
    # That of the longer passage is not what is heard in this one.
    assert "fingerprint_ticks=818496000" not in "".join(content(library))
    assert library.connection.execute("SELECT seconds FROM passage_flavor ORDER BY 1").fetchall() == [(20,), (40,)]


def test_what_a_person_cut_stays_so_where_its_tags_cut_it_otherwise_now(library, moved):
    moved(
        between=lambda: library.connection.execute("UPDATE file SET user_cuts = '[]', made_cuts = '[]'"),
        spans=((0, 29), (31, 60)),
        pieces_hash=b"p",
    )
    before = guids(library, OLD)

    join(library)

    assert guids(library, NEW) == before
    # And what its tags say of its pieces is read by the next import.
    assert NEW not in library.ask(SettledFiles((b"/music",), ANALYSIS_VERSION)).files


def test_two_files_that_a_person_has_cut_stay_two(library, moved):
    moved()
    copy = library.file(NEW).guid
    for path in (OLD, NEW):
        bounds = write_bounds([Bound(start=0, end=9_000_000)])
        apply_edits(library.connection, [Edit(library.file(path).guid, "cuts", bounds)], 2)

    join(library)

    assert library.file(NEW).guid == copy


@pytest.mark.parametrize(
    "own",
    [
        ("title", "Own"),
        ("probability", 2.0),
        ("approval", "rejected"),
        ("recording", MBID),
        ("lead_in", 0.5),
        ("lead_out", 0.25),
    ],
)
def test_it_is_not_if_a_person_knows_the_new_file(library, moved, own):
    moved()
    copy = library.file(NEW).guid
    apply_edits(library.connection, [Edit(guids(library, NEW)[1], *own)], 2)

    join(library)

    assert library.file(NEW).guid == copy


def test_it_is_not_if_a_run_that_was_folded_may_have_looked_for_it(library, moved):
    moved(roots=(b"/music/new.flac",))
    library.close_run(RunState.COMPLETED)
    for roots in ((b"/music",), (b"/elsewhere",)):
        run = library.new_run(roots)
        close_run(
            *(library.connection, run, RunState.COMPLETED),
            files_seen=2,
            files_unchanged=2,
            now_ns=next(library.clock),
            keep_runs=0,
        )
    library.new_run()
    copy = library.file(NEW).guid

    join(library)

    assert library.file(NEW).guid == copy


def test_what_was_decided_by_the_tags_of_before_is_not_stored_for_those_of_now(library, make, moved):
    moved()
    (waiting,) = (file for file in library.waiting() if file.path == OLD)
    join(library)
    guid = guids(library, NEW)[1]
    late = make.store_links(library.run, NEW, make.links(guid, [make.song(1)]))
    assert library.write(replace(late, links=replace(late.links, revision=waiting.revision))).rows == 0


@pytest.mark.parametrize(("cut", "counts"), [((OLD,), OLD), ((NEW,), NEW)])
def test_a_persons_cuts_stay_with_the_file_which_is_cut_again(library, moved, cut, counts):
    moved()
    assert NEW in library.ask(SettledFiles((b"/music",), ANALYSIS_VERSION)).files
    bounds = {path: "[[0,5,null]]" if path == OLD else "[[0,6,null]]" for path in cut}
    for path, text in bounds.items():
        apply_edits(library.connection, [Edit(library.file(path).guid, "cuts", text)], 2)

    join(library)

    assert library.ask(GivenAbout((OLD, NEW))) == {NEW: Given(bounds=bounds[counts])}
    assert NEW not in library.ask(SettledFiles((b"/music",), ANALYSIS_VERSION)).files


def test_the_flavor_of_a_passage_goes_with_it_and_is_deleted_where_it_is_of_another_span(library, make, moved):
    short = replace(make.passage(0, 20), flavor=None)
    moved(passages=(short, make.passage(20, 60)), cut_by=CutSource.EMBEDDED_SHEET, pieces_hash=b"p")
    join(library)
    heard = "SELECT p.start_ticks, h.seconds FROM passage_flavor AS h JOIN passage AS p ON p.id = h.passage_id"
    assert library.connection.execute(f"{heard} WHERE p.retired_ns IS NULL").fetchall() == [(20 * make.second, 40)]
    library.check()
