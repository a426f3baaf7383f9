import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.chosen_cuts import Heard, choose
from passagework.domain.given_cuts import (
    NO_PIECE,
    Bound,
    CutSource,
    GivenCuts,
    GivenPiece,
    PieceTags,
    write_bounds,
)
from passagework.domain.spans import Span
from passagework.domain.units import TICKS_PER_SECOND, Ticks
from tests.support.effort import examples

RATE = 1_000


def spans(*bounds):
    return tuple(Span(round(start * RATE), round(end * RATE)) for start, end in bounds)


def heard(*sounds, seconds=100, passages=None, shortest=10.0):
    return Heard(
        passages=spans(*(sounds if passages is None else passages)),
        sounds=spans(*sounds),
        samples=seconds * RATE,
        sample_rate=RATE,
        shortest=shortest,
    )


def ticks(seconds):
    return None if seconds is None else Ticks(round(seconds * TICKS_PER_SECOND))


def pieces(*starts, ends=None, source=CutSource.CUE_SHEET, **said):
    bounds = zip(starts, ends or [None] * len(starts), strict=True)
    return GivenCuts(
        source=source,
        pieces=tuple(
            GivenPiece(start=ticks(start), end=ticks(end), track=number, title=f"{source} {number}")
            for number, (start, end) in enumerate(bounds, 1)
        ),
        **said,
    )


def bounds_of(chosen):
    return [(span.start / RATE, span.end / RATE) for span in chosen.spans]


def titles_of(chosen):
    return [one.title for one in chosen.tags]


def test_a_bound_in_sound_is_the_one_that_is_given():
    chosen = choose(heard((0, 100)), None, [pieces(0, 40.125, 80)])
    assert bounds_of(chosen) == [(0, 40.125), (40.125, 80), (80, 100)]
    assert titles_of(chosen) == ["cue-sheet 1", "cue-sheet 2", "cue-sheet 3"]
    assert [one.track for one in chosen.tags] == [1, 2, 3]
    assert (chosen.cut_by, chosen.left_out, chosen.unreadable) == (CutSource.CUE_SHEET, 0, False)


def test_silence_at_the_edges_of_a_piece_is_in_none_and_silence_within_stays():
    chosen = choose(heard((1, 20), (25, 38), (41, 99)), None, [pieces(0, 40)])
    assert bounds_of(chosen) == [(1, 38), (41, 99)]


def test_what_rings_over_a_bound_before_a_silence_is_not_of_the_next_piece():
    chosen = choose(heard((0, 40.05), (42, 79.95), (79.98, 100)), None, [pieces(0, 40, 80)])
    assert bounds_of(chosen) == [(0, 40), (42, 79.95), (80, 100)]
    chosen = choose(heard((0, 30), (39.95, 60.05), (70, 100)), None, [pieces(0, 35, 40, 60, 65)])
    assert bounds_of(chosen) == [(0, 30), (39.95, 40), (40, 60), (60, 60.05), (70, 100)], "if it has other sound"


def test_a_piece_without_sound_is_no_passage():
    chosen = choose(heard((0, 30), (70, 100)), None, [pieces(0, 35, 60)])
    assert titles_of(chosen) == ["cue-sheet 1", "cue-sheet 3"]


def test_music_before_the_first_piece_is_a_passage_if_it_is_long():
    hidden = choose(heard((0, 15), (20, 100)), None, [pieces(20, 60)])
    assert bounds_of(hidden) == [(0, 15), (20, 60), (60, 100)]
    assert hidden.tags[0] == NO_PIECE
    assert bounds_of(choose(heard((0, 5), (20, 100)), None, [pieces(20, 60)])) == [(20, 60), (60, 100)]
    two = choose(heard((0, 6), (8, 14), (20, 100)), None, [pieces(20, 60)])
    assert bounds_of(two) == [(0, 14), (20, 60), (60, 100)]


def test_an_end_that_leaves_something_out_counts_and_one_that_is_only_rounded_does_not():
    chosen = choose(heard((0, 100)), None, [pieces(0, 40, ends=(39.5, 99.2))])
    assert bounds_of(chosen) == [(0, 40), (40, 100)]
    chosen = choose(heard((0, 100)), None, [pieces(0, 40, ends=(30, 90))])
    assert bounds_of(chosen) == [(0, 30), (40, 90)]


def test_the_first_source_with_several_pieces_that_fits_counts():
    broken, behind, chapters = pieces(), pieces(0, 104), pieces(0, 50, source=CutSource.CHAPTERS)
    chosen = choose(heard((0, 100)), None, [broken, behind, chapters])
    assert (chosen.cut_by, chosen.unreadable, chosen.given) == (CutSource.CHAPTERS, True, chapters)
    assert choose(heard((0, 100)), None, [chapters, broken]).unreadable
    assert choose(heard((0, 100)), None, [pieces(0), chapters]).cut_by is CutSource.CHAPTERS


def test_a_piece_shortly_behind_the_end_is_left_out():
    chosen = choose(heard((0, 100)), None, [pieces(0, 50, 101)])
    assert (bounds_of(chosen), chosen.left_out, chosen.unreadable) == ([(0, 50), (50, 100)], 1, False)


def test_what_is_said_about_a_file_that_is_one_piece_names_its_only_passage():
    chosen = choose(heard((1, 99)), None, [pieces(0)])
    assert (bounds_of(chosen), chosen.cut_by, titles_of(chosen)) == ([(1, 99)], None, ["cue-sheet 1"])
    assert titles_of(choose(heard((1, 99)), None, [pieces(0)], has_title=True)) == [None]
    assert titles_of(choose(heard((1, 40), (50, 99)), None, [pieces(0)])) == [None, None]


def by_hand(*bounds):
    """Give a person's bounds as they are stored."""
    return write_bounds(
        Bound(start=ticks(start), end=ticks(end), keeps=guid)
        for start, end, guid in ((*bound, None)[:3] for bound in bounds)
    )


def test_a_person_goes_before_a_sheet_which_still_names_what_is_the_same_piece():
    chosen = choose(heard((0, 100)), by_hand((0, 41, "kept"), (60, 70)), [pieces(0, 40)])
    assert (bounds_of(chosen), chosen.cut_by) == ([(0, 41), (60, 70)], CutSource.PERSON)
    assert chosen.keeps == ("kept", None)
    assert titles_of(chosen) == ["cue-sheet 1", None]


def test_a_passage_that_is_less_than_half_of_a_piece_has_nothing_of_it():
    bounds = by_hand((0, 19), (19, 40))
    assert titles_of(choose(heard((0, 100)), bounds, [pieces(0, 40)])) == [None, "cue-sheet 1"]


def test_what_a_person_wants_behind_the_end_is_counted_and_a_broken_sheet_is_reported_all_the_same():
    sheet = pieces(0, 40)
    chosen = choose(heard((0, 100)), by_hand((0, 41), (100, 110)), [pieces(), sheet])
    assert (bounds_of(chosen), chosen.left_out, chosen.unreadable) == ([(0, 41)], 1, True)
    assert chosen.given == sheet


def test_where_nothing_of_what_a_person_wants_is_in_the_file_the_next_source_counts_and_it_is_said():
    elsewhere = by_hand((900, 910))
    chosen = choose(heard((0, 100)), elsewhere, [pieces(0, 40)])
    assert (chosen.cut_by, chosen.left_out) == (CutSource.CUE_SHEET, 1)
    chosen = choose(heard((0, 100)), elsewhere, [])
    assert (bounds_of(chosen), chosen.cut_by, chosen.left_out) == ([(0, 100)], None, 1)


def test_without_any_list_the_sound_cuts():
    chosen = choose(heard((0, 40), (50, 99)), None, [])
    assert (bounds_of(chosen), chosen.cut_by, chosen.tags) == ([(0, 40), (50, 99)], None, (PieceTags(), PieceTags()))


@examples(60)
@given(
    st.lists(st.integers(0, 110), max_size=8).map(sorted),
    st.lists(st.integers(0, 100), max_size=8, unique=True).map(sorted),
)
@pytest.mark.parametrize("source", [CutSource.CUE_SHEET])
def test_passages_ascend_are_in_the_file_and_each_has_sound(source, starts, edges):
    sounds = list(zip(edges[::2], edges[1::2], strict=False))
    chosen = choose(heard(*sounds), None, [pieces(*starts, source=source)])
    flat = [edge for bounds in bounds_of(chosen) for edge in bounds]
    assert flat == sorted(flat)
    assert all(0 <= edge <= 100 for edge in flat)
    assert all(any(max(a, c) < min(b, d) for c, d in sounds) for a, b in bounds_of(chosen))
