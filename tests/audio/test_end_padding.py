"""The end of a stream: what the encoder added goes, what the container forgot to declare stays."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passagework.audio.decoding.end_padding import without_end_padding

RATE = 1_000


def cut(frames_of, samples, declared, layout="stereo", channels=2):
    signal = np.arange(samples * channels, dtype=np.float32).reshape(samples, channels)
    frames = without_end_padding(frames_of(signal, RATE, layout), Fraction(declared, RATE))
    parts = [frame.to_ndarray().reshape(-1, channels) for frame in frames]
    return signal, np.concatenate(parts)


@given(st.integers(1, 12_000), st.integers(1, 12_000))
def test_what_exceeds_the_declared_length_by_less_than_two_frames_is_cut(frames_of, samples, declared):
    signal, kept = cut(frames_of, samples, declared)
    excess = samples - declared
    assert np.array_equal(kept, signal[:declared] if 0 < excess <= 4_096 else signal)
