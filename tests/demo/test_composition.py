import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.audio.fingerprint import fingerprint
from passagework.demo.composition import compose
from tests.support.effort import examples

RATE = 16_000


def levels(music, rate):
    hop = rate // 100
    whole = music[: len(music) // hop * hop].astype(np.float64).reshape(-1, hop * music.shape[1])
    return 10 * np.log10(np.maximum(np.mean(np.square(whole), axis=1), 1e-20))


def test_a_seed_gives_the_same_music_every_time_and_another_seed_other_music():
    assert np.array_equal(compose(5 * RATE, RATE, seed=1), compose(5 * RATE, RATE, seed=1))
    assert not np.array_equal(compose(5 * RATE, RATE, seed=1), compose(5 * RATE, RATE, seed=2))


@pytest.mark.slow
@examples(15)
@given(seed=st.integers(0, 2**32), seconds=st.floats(0.5, 30.0))
def test_music_sounds_from_its_first_to_its_last_hop_and_never_falls_silent(seed, seconds):
    length = round(seconds * RATE)
    music = compose(length, RATE, seed)
    assert music.shape == (length, 2)
    assert music.dtype == np.float32
    assert levels(music, RATE).min() > -54.0
    assert np.abs(music).max() <= 10 ** (-3 / 20) + 1e-6


@pytest.mark.parametrize("length", [0, 1, 40, 500])
def test_even_a_few_samples_can_be_composed(length):
    assert compose(length, RATE, seed=5).shape == (length, 2)


def test_the_fingerprints_of_two_pieces_differ_as_much_as_those_of_strangers():
    prints = {fingerprint(_as_fingerprint_input(compose(15 * 11_025, 11_025, seed))) for seed in range(1, 8)}
    assert None not in prints
    assert len(prints) == 7


def _as_fingerprint_input(music):
    return np.round(music.mean(axis=1) * 32767).astype(np.int16)
