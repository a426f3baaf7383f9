"""The filters in front of loudness, against the recursion that defines them."""

import numpy as np
import pytest

from passagework.audio.measure.k_weighting import ROW, KWeighting

SHELF_AT_48_KHZ = (1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585)
HIGH_PASS_AT_48_KHZ = (1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621)
"""ITU-R BS.1770-5, annex 1, tables 1 and 2: b0, b1, b2, and a1, a2."""


def recursion(signal, b, a):
    """Filter sample by sample."""
    out, one, two = [], 0.0, 0.0
    for sample in signal.tolist():
        out.append(b[0] * sample + one)
        one, two = b[1] * sample - a[0] * out[-1] + two, b[2] * sample - a[1] * out[-1]
    return np.array(out)


def weighted(signal, rate, *lengths):
    """Filter channels, shape (channels, samples), in blocks of these lengths and a last one."""
    weighting = KWeighting(rate, len(signal))
    edges = np.cumsum([0, *lengths]).tolist()
    blocks = [signal[:, start:end] for start, end in zip(edges, [*edges[1:], None], strict=True)]
    return np.concatenate([weighting.filtered(tuple(np.float32(block))).copy() for block in blocks], axis=1)


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(1).uniform(-1, 1, (2, 3_000))


def test_they_are_those_of_bs_1770(noise):
    found = weighted(noise, 48_000)
    for channel, out in zip(noise, found, strict=True):
        expected = recursion(recursion(channel, *SHELF_AT_48_KHZ), *HIGH_PASS_AT_48_KHZ)
        assert out == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("lengths", [(ROW,), (8 * ROW, ROW), (9 * ROW, 64 * ROW, 2 * ROW), (3_000 // ROW * ROW,)])
@pytest.mark.parametrize("rate", [1_000, 44_100, 192_000])
def test_it_does_not_matter_where_blocks_begin(noise, rate, lengths):
    assert weighted(noise, rate, *lengths) == pytest.approx(weighted(noise, rate), abs=1e-5)


@pytest.mark.parametrize("rate", [44_100, 192_000])
def test_a_constant_far_above_the_sound_does_not_hide_it(noise, rate):
    """60 dB above: filters that compute in single precision alone lose the sound in it."""
    offset = np.float32(1 + 1e-3 * noise)
    found = weighted(offset, rate) - weighted(np.ones_like(noise), rate)
    assert found == pytest.approx(weighted(offset - 1, rate), abs=1e-4)


def test_long_silence_ends_in_nothing_and_not_in_the_tiniest_numbers():
    weighting = KWeighting(8_000, 1)
    weighting.filtered((np.ones(80 * ROW, np.float32),))
    for _ in range(20):
        filtered = weighting.filtered((np.zeros(80 * ROW, np.float32),))
    assert not filtered.any()
