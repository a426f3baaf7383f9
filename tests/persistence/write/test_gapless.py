"""Whatever happens to files, the passages that run on in the next one are those that a plain function finds."""

from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.forgetting import Forget
from passagework.domain.moves import FileMove
from passagework.domain.parts import Provenance
from passagework.domain.redone import RedoneCues, RedoneFile
from passagework.domain.tags import Tags
from passagework.domain.undo import UndoRefusedError
from passagework.domain.views import RunState
from passagework.persistence.user.forget import forget_files
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import (
    JoinMoved,
    MarkExcluded,
    MarkMissing,
    MarkPresent,
    MoveFiles,
    StoreRedone,
)
from tests.support.effort import examples

NAMES = (b"a", b"b", b"c", b"d")
FOLDERS = (b"/music/one", b"/music/two")
SOUNDS = {None: None, 1: bytes([40] * 48), 2: bytes([90] * 48)}


def path_of(folder, name):
    return FOLDERS[folder] + b"/" + name + b".flac"


@dataclass(frozen=True)
class Told:
    """What the library is told of a file. ``disc`` and ``track`` are those of its tags."""

    begins: int | None
    ends: int | None
    disc: int | None = None
    track: int | None = None
    is_there: bool = True


def expected(files):
    """Say which files run on: the oracle."""
    found = set()
    for folder in FOLDERS:
        here = [(path, told) for path, told in files.items() if path.startswith(folder) and told.is_there]
        here.sort(key=lambda one: (one[1].disc or 1, one[1].track is None, one[1].track or 0, one[0]))
        for (path, told), (_, after) in pairwise(here):
            numbered = told.track is not None and after.track is not None
            places = (after.disc or 1, after.track), (told.disc or 1, told.track)
            follows = not numbered or places[0] in {(places[1][0], told.track + 1), (places[1][0] + 1, 1)}
            if told.ends is not None and told.ends == after.begins and follows:
                found.add(path)
    return found


def gapless(library):
    rows = library.connection.execute(
        "SELECT f.path FROM passage AS p JOIN file AS f ON f.id = p.file_id WHERE gapless_with_next = 1"
    )
    return {path for (path,) in rows}


def analysis(make, path, told, spans=((0, 60),), **more):
    tags = Tags(title="T", disc_number=told.disc, track_number=told.track)
    sounds = {"begins_with": SOUNDS[told.begins], "ends_with": SOUNDS[told.ends]}
    return make.analysis(path, spans, tags=tags, audio=path[-6:-5], **sounds, **more)


def store(library, make, path, told):
    return replace(make.store(library.run, path), analysis=analysis(make, path, told))


class Story:
    """A library, and beside it what its files say now."""

    def __init__(self, library, make):
        self.library, self.make = library, make
        self.files = {}
        self.before_run = {}

    def do(self, step):
        library, run = self.library, self.library.run
        match step:
            case ("tell", path, told):
                library.write(store(library, self.make, path, told))
                self.files[path] = told
            case ("run",):
                library.close_run(RunState.COMPLETED)
                library.new_run()
                self.before_run = dict(self.files)
            case ("undo",):
                self._undo()
            case (what, path, *_) if path not in self.files:
                assert what
            case ("missing" | "excluded" | "back" as what, path):
                kind = {"missing": MarkMissing, "excluded": MarkExcluded, "back": MarkPresent}[what]
                library.write(kind(run, (path,)))
                self.files[path] = replace(self.files[path], is_there=what == "back")
            case ("forget", path):
                # It is no run, and what it deletes does not come back.
                library.close_run(RunState.COMPLETED)
                forget_files(library.connection, Forget(paths=(path,)))
                library.new_run()
                del self.files[path]
                self.before_run = dict(self.files)
            case ("move", path, target) if target not in self.files and self.files[path].is_there:
                guid = library.file(path).guid
                move = FileMove(guid=guid, source=path, target=target, stamp=self.make.stamp)
                library.write(MoveFiles(run, (move,)))
                self.files[target] = self.files.pop(path)

    def _undo(self):
        self.library.close_run(RunState.COMPLETED)
        try:
            undo_run(self.library.connection, self.library.run, 1)
        except UndoRefusedError:
            assert self.files == self.before_run
        else:
            self.files = dict(self.before_run)
        self.library.new_run()


paths = st.builds(path_of, st.sampled_from((0, 0, 0, 1)), st.sampled_from(NAMES))
sounds = st.sampled_from((1, 1, 1, 2, None))
tolds = st.builds(Told, sounds, sounds, st.sampled_from((None, None, 1, 2)), st.sampled_from((None, None, 1, 2, 3)))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), paths, tolds),
        st.tuples(st.just("tell"), paths, tolds),
        st.tuples(st.sampled_from(("missing", "excluded", "back", "forget")), paths),
        st.tuples(st.just("move"), paths, paths),
        st.tuples(st.sampled_from(("run", "undo"))),
    ),
    min_size=4,
    max_size=14,
)


@pytest.fixture(scope="module")
def base(open_at, tmp_path_factory):
    opened = open_at(tmp_path_factory.mktemp("base") / "base.passages", "normal")
    opened.new_run()
    opened.close()
    return opened.path


@pytest.mark.slow
@examples(60)
@given(steps)
def test_pairs_follow_from_the_files_that_are_there(copies, base, make, steps):
    library = copies(base)
    library.new_run()
    story = Story(library, make)
    for step in steps:
        story.do(step)
        assert gapless(library) == expected(story.files), step
    library.close()


A, B, C = (path_of(0, name) for name in NAMES[:3])
ALBUM = {A: Told(None, 1, 1, 1), B: Told(1, 2, 1, 2), C: Told(2, None, 1, 3)}


def test_neighbours_of_which_one_continues_the_other_are_a_pair_however_they_come(library, make):
    library.write(*(store(library, make, path, told) for path, told in reversed(ALBUM.items())))
    assert gapless(library) == {A, B}
    assert [library.passages(path)[0].gapless_with_next for path in (A, B, C)] == [True, True, False]
    library.write(store(library, make, B, replace(ALBUM[B], begins=2)))
    assert gapless(library) == {B}
    library.write(store(library, make, B, ALBUM[B]))
    assert gapless(library) == {A, B}


def test_what_parts_a_pair_unpairs_it_and_what_joins_it_again_pairs_it(library, make):
    library.write(*(store(library, make, path, told) for path, told in ALBUM.items()))
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    elsewhere = path_of(1, b"b")
    guid = library.file(B).guid
    library.write(MoveFiles(run, (FileMove(guid=guid, source=B, target=elsewhere, stamp=make.stamp),)))
    assert gapless(library) == set()
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, run, 1)
    assert gapless(library) == {A, B}
    run = library.new_run()
    library.write(MarkMissing(run, (C,)))
    assert gapless(library) == {A}
    library.write(MarkPresent(run, (C,)))
    library.close_run(RunState.COMPLETED)
    forget_files(library.connection, Forget(paths=(A,)))
    assert gapless(library) == {B}


def test_a_file_that_turns_out_to_be_one_that_was_missing_keeps_its_new_neighbour(library, make):
    elsewhere = path_of(1, b"a")
    library.write(store(library, make, elsewhere, ALBUM[A]))
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    library.write(store(library, make, A, ALBUM[A]), store(library, make, B, ALBUM[B]), MarkMissing(run, (elsewhere,)))
    library.write(JoinMoved(run))
    assert library.file(elsewhere) is None
    assert gapless(library) == {A}


def test_a_message_that_cannot_be_stored_costs_its_neighbours_no_pair(library, make):
    poison = make.store(library.run, path_of(0, b"d"), samples=2**70)
    outcome = library.write(*(store(library, make, path, told) for path, told in ALBUM.items()), poison)
    assert (len(outcome.rejected), gapless(library)) == (1, {A, B})


def test_an_undone_run_unpairs_what_it_paired(library, make):
    library.write(store(library, make, A, Told(None, None)), store(library, make, B, Told(1, None)))
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    library.write(store(library, make, A, Told(None, 1)))
    assert gapless(library) == {A}
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, run, 1)
    assert gapless(library) == set()


def test_the_first_track_of_a_disc_follows_the_last_one_of_the_disc_before_also_by_the_names_of_files(library, make):
    tagged = {B: Told(None, 1, 1, 7), A: Told(1, 2, 2, 1), C: Told(2, None, 2, 3)}
    library.write(*(store(library, make, path, told) for path, told in tagged.items()))
    assert gapless(library) == {B}
    last, first = path_of(1, b"CD1-07 b"), path_of(1, b"CD2-01 a")
    for path, begins in ((first, 1), (last, None)):
        one = store(library, make, path, Told(begins, 1))
        library.write(replace(one, analysis=replace(one.analysis, tags=Tags())))
    assert gapless(library) == {B, last}


def test_an_analysis_that_comes_twice_changes_no_row(library, make):
    album = [store(library, make, path, told) for path, told in ALBUM.items()]
    library.write(*album)
    assert library.write(*album).rows == 0
    assert gapless(library) == {A, B}


def test_passages_of_a_file_that_touch_run_on_unless_they_may_be_overlapped(library, make):
    joined = {"lead_in": 0, "lead_out": 0}
    cuts = (make.passage(0, 20, **joined), make.passage(20, 40, **joined), make.passage(40, 60), make.passage(61, 70))
    cuts = (*cuts, make.passage(70, 80, **joined))
    file = replace(analysis(make, A, Told(None, None), passages=cuts), cut_by="cue-sheet")
    library.write(replace(make.store(library.run, A), analysis=file))

    def starts():
        found = library.connection.execute("SELECT start_ticks FROM passage WHERE gapless_with_next = 1")
        return [start // make.second for (start,) in found]

    assert starts() == [0]
    cues = {"start": cuts[2].start, "end": cuts[2].end, "lead_in": 0, "lead_out": 0, "fade_in": None, "fade_out": None}
    library.write(StoreRedone(library.run, (RedoneFile(A, Provenance("{}"), (RedoneCues(**cues),)),)))
    assert starts() == [0, 20]


@pytest.mark.parametrize("path", [object(), None, 7])
def test_a_message_without_a_path_costs_itself_alone(library, make, path):
    outcome = library.write(make.store(library.run, b"/music/a.flac"), make.fail(library.run, path))
    assert [index for index, _ in outcome.rejected] == [1]
    assert library.passages(b"/music/a.flac")


def test_files_that_wait_for_an_earlier_message_of_their_batch_cost_the_others_no_pair(library, make):
    late = path_of(1, b"a")
    pair = [store(library, make, path, ALBUM[path]) for path in (A, B)]
    library.write(*pair, make.begin(library.run, late), store(library, make, late, Told(None, None)))
    assert gapless(library) == {A}
