"""The files whose cuts need a decision by a person."""

import pytest

from passagework.domain.cut_doubts import CutDoubt, CutsInDoubt
from passagework.domain.edits import Edit
from passagework.domain.failures import WarningCode
from passagework.domain.given_cuts import Bound, CutSource, write_bounds
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.views import DoubtfulGap
from passagework.persistence.read.queries import CutsOf, ReviewCuts
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.write.writes import MarkExcluded, MarkMissing

S = TICKS_PER_SECOND
PATH = b"/music/a.flac"
LIST = {"cut_by": CutSource.TRACK_LIST, "made_list": "{}"}


@pytest.fixture
def store(library, make):
    def store(path, **more):
        library.write(make.store(library.run, path, audio=path[-6:-5], **more))

    return store


@pytest.fixture
def uncertain(store):
    """Give a function that stores a file that may have a gap."""
    return lambda path=PATH, **more: store(path, warnings=(WarningCode.GAPS_UNCERTAIN,), **more)


def reasons(library):
    return {file.path: file.reasons for file in library.ask(ReviewCuts(100))}


def test_a_file_is_found_with_its_reasons_and_the_places_where_it_may_be_cut(library, uncertain):
    uncertain(spans=((0, 20), (25, 60)), doubtful_gaps=((7 * S, 9 * S), (21 * S, 24 * S), (30 * S, 33 * S)))
    assert library.ask(ReviewCuts(5)) == (
        CutsInDoubt(
            guid=library.file(PATH).guid,
            path=PATH,
            reasons=(CutDoubt.GAPS_UNCERTAIN,),
            candidates=(DoubtfulGap(7 * S, 9 * S), DoubtfulGap(30 * S, 33 * S)),
            passages=2,
            cut_by=None,
            score=None,
        ),
    )


def test_each_reason_is_found_and_nothing_else(library, store):
    store(b"/music/a.flac")
    store(b"/music/b.flac", warnings=(WarningCode.TRUNCATED, WarningCode.SILENT))
    store(b"/music/c.flac", warnings=(WarningCode.TRUNCATED, WarningCode.SPEECH_CUT))
    store(b"/music/d.flac", warnings=(WarningCode.NOT_SPEECH,))
    store(b"/music/e.flac", warnings=(WarningCode.LIST_NOT_MATCHED,), made_list="{}", list_score=0.1)
    store(b"/music/f.flac", **LIST, list_score=0.3)
    store(b"/music/g.flac", **LIST, list_score=0.5)
    store(b"/music/h.flac", cut_by=CutSource.CUE_SHEET)
    assert reasons(library) == {
        b"/music/c.flac": (CutDoubt.SPEECH_CUT,),
        b"/music/d.flac": (CutDoubt.NOT_SPEECH,),
        b"/music/e.flac": (CutDoubt.LIST_NOT_MATCHED,),
        b"/music/f.flac": (CutDoubt.LIST_SCORE_LOW,),
    }
    (by_list,) = library.ask(ReviewCuts(1, only=b"/music/f.flac"))
    assert (by_list.cut_by, by_list.score) == (CutSource.TRACK_LIST, 0.3)


def test_files_that_are_not_there_or_failed_since_are_left_out(library, make, uncertain):
    paths = [b"/music/%d.flac" % number for number in range(4)]
    for path in paths:
        uncertain(path)
    library.write(
        MarkMissing(library.run, (paths[0],)), MarkExcluded(library.run, (paths[1],)), make.fail(library.run, paths[2])
    )
    assert list(reasons(library)) == paths[3:]


def test_what_a_person_cut_or_kept_is_left_out_until_that_is_taken_back(library, uncertain):
    uncertain()
    file = library.ask(CutsOf(PATH))
    assert not file.by_person
    for bounds in (file.bounds, (Bound(start=0, end=8 * S), Bound(start=8 * S, end=60 * S))):
        apply_edits(library.connection, [Edit(file.guid, "cuts", write_bounds(bounds))], next(library.clock))
        assert library.ask(CutsOf(PATH)).by_person
        assert reasons(library) == {}
    apply_edits(library.connection, [Edit(file.guid, "cuts", None)], next(library.clock))
    assert list(reasons(library)) == [PATH]


def test_pages_follow_each_other_by_path_and_one_file_is_found_by_its_path(library, uncertain):
    paths = [b"/music/%d.flac" % number for number in (3, 1, 2)]
    for path in paths:
        uncertain(path)
    pages, after = [], b""
    while page := library.ask(ReviewCuts(2, after)):
        pages.append([file.path for file in page])
        after = page[-1].path
    assert pages == [sorted(paths)[:2], sorted(paths)[2:]]
    assert [file.path for file in library.ask(ReviewCuts(2, only=paths[0]))] == [paths[0]]
    assert library.ask(ReviewCuts(2, only=b"/music/4.flac")) == ()
