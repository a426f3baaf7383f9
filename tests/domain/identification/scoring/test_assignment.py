from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.identification.scoring.assignment import align, assign, hungarian

UNPLACED = 1.0


@st.composite
def tables(draw):
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    line = st.lists(st.integers(-50, 30).map(lambda value: value / 10), min_size=columns, max_size=columns)
    return draw(st.lists(line, min_size=rows, max_size=rows))


def cost(costs, placed):
    return sum(UNPLACED if track is None else costs[row][track] for row, track in enumerate(placed))


def least(costs, *, ordered):
    """Try every assignment."""

    def rest(row, used):
        if row == len(costs):
            return 0.0
        best = UNPLACED + rest(row + 1, used)
        for track in range(len(costs[0])):
            if track not in used and (not ordered or all(track > other for other in used)):
                best = min(best, costs[row][track] + rest(row + 1, used | {track}))
        return best

    return rest(0, frozenset())


@given(tables())
def test_without_order_no_assignment_is_cheaper(costs):
    placed = hungarian(costs, UNPLACED)
    tracks = [track for track in placed if track is not None]
    assert len(tracks) == len(set(tracks))
    assert abs(cost(costs, placed) - least(costs, ordered=False)) < 1e-9


@given(tables())
def test_in_order_no_assignment_is_cheaper(costs):
    placed = align(costs, UNPLACED)
    tracks = [track for track in placed if track is not None]
    assert tracks == sorted(set(tracks))
    assert abs(cost(costs, placed) - least(costs, ordered=True)) < 1e-9


@given(tables(), st.lists(st.integers(0, 2), min_size=4, max_size=4))
def test_no_file_is_played_backwards_and_no_track_is_given_twice(costs, files):
    placed = assign(costs, files[: len(costs)], UNPLACED)
    for file in set(files):
        tracks = [track for row, track in enumerate(placed) if files[row] == file and track is not None]
        assert tracks == sorted(tracks)
    tracks = [track for track in placed if track is not None]
    assert len(tracks) == len(set(tracks))


def test_one_file_keeps_its_order_where_separate_files_are_free():
    costs = [[0.0, -5.0], [-4.0, 0.0]]
    assert assign(costs, [0, 1], UNPLACED) == (1, 0)
    assert assign(costs, [0, 0], UNPLACED) == (1, None)


def test_a_passage_that_fits_nowhere_is_left_out():
    assert assign([[9.0, 9.0], [-3.0, 9.0]], [0, 1], UNPLACED) == (None, 0)


def test_more_passages_than_tracks_leave_the_worst_one_out():
    assert assign([[-1.0], [-3.0], [-2.0]], [0, 1, 2], UNPLACED) == (None, 0, None)


def test_no_tracks_at_all_place_nothing():
    assert assign([[], []], [0, 1], UNPLACED) == (None, None)
    assert assign([[], []], [0, 0], UNPLACED) == (None, None)
