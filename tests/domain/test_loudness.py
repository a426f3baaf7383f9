"""Expected values follow from the documents' formulas by hand; the signals are those of EBU Tech 3341 and 3342."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from passagework.domain.loudness import integrated_loudness, loudness_range


def blocks(*pieces):
    """Give ten blocks a second; blocks over a border are left out, as if the change came between two blocks."""
    return np.concatenate([np.full(round(length * 10), level) for length, level in pieces])


def test_a_steady_level_is_its_own_loudness():
    assert integrated_loudness(blocks((20, -23.0))) == pytest.approx(-23.0)


def test_quiet_parts_below_the_relative_gate_do_not_count():
    # EBU Tech 3341, test signals 3 and 4.
    assert integrated_loudness(blocks((10, -36.0), (60, -23.0), (10, -36.0))) == pytest.approx(-23.0, abs=0.1)
    signal = blocks((10, -72.0), (10, -36.0), (60, -23.0), (10, -36.0), (10, -72.0))
    assert integrated_loudness(signal) == pytest.approx(-23.0, abs=0.1)


def test_parts_above_the_gates_are_averaged_as_energies():
    # EBU Tech 3341, test signal 5: 20.1 s at -20 LUFS between 20 s at -26 LUFS.
    assert integrated_loudness(blocks((20, -26.0), (20.1, -20.0), (20, -26.0))) == pytest.approx(-23.0, abs=0.1)


def test_the_absolute_gate_is_applied_before_the_relative_one():
    # The relative gate is at -37.9 LUFS. Were the -71 LUFS counted, it would be at -64.8 and let the -40 LUFS through.
    assert integrated_loudness(blocks((1, -25.0), (1000, -71.0), (1, -40.0))) == pytest.approx(-25.0)


@pytest.mark.parametrize("values", [[], [-70.0], [-np.inf] * 5, [np.nan, -np.inf, -80.0]])
def test_silence_has_no_loudness(values):
    assert integrated_loudness(np.array(values, float)) is None


def test_infinite_and_missing_blocks_do_not_disturb_the_others():
    assert integrated_loudness(np.array([-np.inf, -20.0, np.nan, -20.0])) == pytest.approx(-20.0)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([(20, -20.0), (20, -30.0)], 10.0),
        ([(20, -20.0), (20, -15.0)], 5.0),
        ([(20, -40.0), (20, -20.0)], 20.0),
        ([(20, -50.0), (20, -35.0), (20, -20.0), (20, -35.0), (20, -50.0)], 15.0),
    ],
)
def test_the_signals_of_tech_3342_have_their_loudness_range(pieces, expected):
    assert loudness_range(blocks(*pieces)) == pytest.approx(expected, abs=1.0)


def test_percentiles_take_the_nearest_rank():
    # Of 18 values the shares fall on ranks 1.7 and 16.15 counted from 0.
    assert loudness_range(np.linspace(-37.0, -20.0, 18)) == pytest.approx(14.0)


def test_a_steady_level_has_no_range_and_silence_none_at_all():
    assert loudness_range(np.full(50, -23.0)) == 0.0
    assert loudness_range(np.array([-23.0])) == 0.0
    assert loudness_range(np.array([-70.0])) == 0.0
    assert loudness_range(np.array([-np.inf, np.nan, -70.1])) is None
    assert loudness_range(np.zeros(0)) is None


levels = arrays.arrays(np.float64, st.integers(0, 60), elements=st.floats(-69.0, 0.0) | st.just(-np.inf))


@given(levels)
@example(np.array([-np.inf]))
@example(np.array([-69.0]))
@example(np.array([-69.0, -10.0]))
@example(np.array([-20.0, -30.0, -30.000001]))
def test_loudness_lies_between_the_extremes_and_ignores_the_order(values):
    loudness = integrated_loudness(values)
    audible = values[np.isfinite(values)]
    if audible.size == 0:
        assert loudness is None
    else:
        assert audible.min() - 1e-9 <= loudness <= audible.max() + 1e-9
        assert loudness == pytest.approx(integrated_loudness(np.sort(values)))
        assert 0.0 <= loudness_range(values) <= np.ptp(audible) + 1e-9
