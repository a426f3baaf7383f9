"""Bounds by hand: what is cut, joined and moved, and which passage stays."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.cutting import SHORTEST, FileCuts, cut_at, join_at, move
from passagework.domain.edits import EditError
from passagework.domain.given_cuts import Bound
from passagework.domain.units import TICKS_PER_SECOND

S = TICKS_PER_SECOND


def file_of(*bounds, seconds=100):
    return FileCuts(guid="f", path=b"/music/a.flac", duration=seconds * S, bounds=in_ticks(*bounds))


def in_ticks(*bounds):
    return tuple(Bound(start=round(start * S), end=round(end * S), keeps=guid) for start, end, guid in bounds)


def test_of_a_passage_that_is_cut_in_two_the_longer_part_stays():
    file = file_of((0, 30, "a"), (40, 90, "b"))
    assert cut_at(file, 50 * S).bounds == in_ticks((0, 30, "a"), (40, 50, None), (50, 90, "b"))
    assert cut_at(file, 20 * S).bounds == in_ticks((0, 20, "a"), (20, 30, None), (40, 90, "b"))
    assert cut_at(file, 65 * S).bounds == in_ticks((0, 30, "a"), (40, 65, "b"), (65, 90, None))


@pytest.mark.parametrize("at", [30, 35, 40, 90.05, 40.05, 29.95, 0])
def test_where_no_passage_is_and_at_its_edges_nothing_is_cut(at):
    with pytest.raises(EditError, match="nothing was changed"):
        cut_at(file_of((0, 30, "a"), (40, 90, "b")), round(at * S))


def test_the_nearest_cut_is_joined_and_the_longer_passage_stays():
    file = file_of((0, 10, "a"), (10, 40, "b"), (45, 60, "c"))
    assert join_at(file, 11 * S).bounds == in_ticks((0, 40, "b"), (45, 60, "c"))
    assert join_at(file, 42 * S).bounds == in_ticks((0, 10, "a"), (10, 60, "b"))
    assert join_at(file, 20 * S).bounds == in_ticks((0, 40, "b"), (45, 60, "c"))
    apart = file_of((0, 10, "a"), (40, 90, "b"))
    assert all(join_at(apart, at * S).bounds == in_ticks((0, 90, "b")) for at in (0, 10, 25, 40, 50))


def test_a_passage_that_has_no_guid_yet_gives_way_to_one_that_has():
    assert join_at(file_of((0, 30, None), (30, 40, "b")), 30 * S).bounds == in_ticks((0, 40, "b"))


def test_a_moment_far_from_every_cut_joins_nothing():
    with pytest.raises(EditError, match=r"no cut is near 0:25\.000 \(0:00\.000-0:40\.000, 0:45\.000-1:30\.000\)"):
        join_at(file_of((0, 40, "a"), (45, 90, "b")), 25 * S)
    with pytest.raises(EditError, match="no cut is near"):
        join_at(file_of((0, 40, "a")), 20 * S)


def test_what_touched_a_passage_is_moved_along_and_what_it_would_overlap_is_made_shorter():
    file = file_of((0, 10, "a"), (10, 40, "b"), (45, 60, "c"))
    assert move(file, "b", 12 * S, None).bounds == in_ticks((0, 12, "a"), (12, 40, "b"), (45, 60, "c"))
    assert move(file, "b", None, 38 * S).bounds == in_ticks((0, 10, "a"), (10, 38, "b"), (45, 60, "c"))
    assert move(file, "a", None, 8 * S).bounds == in_ticks((0, 8, "a"), (8, 40, "b"), (45, 60, "c"))
    assert move(file, "b", None, 50 * S).bounds == in_ticks((0, 10, "a"), (10, 50, "b"), (50, 60, "c"))
    assert move(file, "c", 42 * S, 58 * S).bounds == in_ticks((0, 10, "a"), (10, 40, "b"), (42, 58, "c"))
    assert move(file, "a", 3 * S, None).bounds == in_ticks((3, 10, "a"), (10, 40, "b"), (45, 60, "c"))


@pytest.mark.parametrize(
    ("guid", "start", "end", "why"),
    [
        ("b", 0, None, "begin at 0:00.000 and end at 0:00.000"),
        ("b", None, 60, "begin at 1:00.000 and end at 1:00.000"),
        ("c", None, 101, "the file ends at 1:40"),
        ("b", 39.95, None, "begin at 0:39.950 and end at 0:40.000"),
        ("x", 1, None, "passage x is not one"),
    ],
)
def test_a_move_that_leaves_too_little_or_leaves_the_file_is_refused(guid, start, end, why):
    file = file_of((0, 10, "a"), (10, 40, "b"), (45, 60, "c"))
    moments = (None if one is None else round(one * S) for one in (start, end))
    with pytest.raises(EditError, match=f"{why}.*nothing was changed"):
        move(file, guid, *moments)


@given(st.data())
def test_whatever_is_done_passages_follow_each_other_and_none_is_lost_but_by_joining(data):
    edges = data.draw(st.lists(st.integers(0, 1000), min_size=2, max_size=12, unique=True).map(sorted))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    file = FileCuts(
        guid="f",
        path=b"/a",
        duration=100 * S,
        bounds=tuple(Bound(start=start * S // 10, end=end * S // 10, keeps=f"g{start}") for start, end in pairs),
    )
    for _ in range(data.draw(st.integers(1, 6))):
        count, moment = len(file.bounds), data.draw(st.integers(0, 1000)) * S // 10
        what = data.draw(st.sampled_from(["cut", "join", "start", "end"]))
        try:
            match what:
                case "cut":
                    file, more = cut_at(file, moment), 1
                case "join":
                    file, more = join_at(file, moment), -1
                case _:
                    named = [one.keeps for one in file.bounds if one.keeps]
                    guid = data.draw(st.sampled_from(named))
                    file, more = move(file, guid, *((moment, None) if what == "start" else (None, moment))), 0
        except EditError:
            continue
        assert len(file.bounds) == count + more
        assert all(one.end - one.start >= SHORTEST for one in file.bounds)
        assert all(one.end <= other.start for one, other in pairwise(file.bounds))
        assert file.bounds[-1].end <= file.duration
        named = [one.keeps for one in file.bounds if one.keeps]
        assert len(named) == len(set(named)) > 0
