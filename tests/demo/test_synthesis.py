import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.demo.synthesis import fade_in, fade_out, join, mono, noise_floor, silence, tone

RATE = 48_000


def level(signal):
    return 20 * np.log10(np.sqrt(np.mean(np.square(signal, dtype=np.float64))))


def test_a_tone_has_the_peak_and_the_frequency_it_is_asked_for():
    signal = tone(RATE, 2, RATE, 1000.0, -23.0)
    assert signal.shape == (RATE, 2)
    assert signal.dtype == np.float32
    assert 20 * np.log10(np.abs(signal).max()) == pytest.approx(-23.0, abs=0.001)
    spectrum = np.abs(np.fft.rfft(signal[:, 1]))
    assert int(spectrum.argmax()) == 1000
    assert (spectrum > spectrum.max() / 1000).sum() == 1


def test_a_noise_floor_has_its_level_in_each_channel_and_the_channels_differ():
    noise = noise_floor(RATE, 2, -72.0, seed=3)
    assert level(noise[:, 0]) == pytest.approx(-72.0, abs=0.1)
    assert level(noise[:, 1]) == pytest.approx(-72.0, abs=0.1)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.02
    assert np.array_equal(noise, noise_floor(RATE, 2, -72.0, seed=3))
    assert not np.array_equal(noise, noise_floor(RATE, 2, -72.0, seed=4))


def test_a_fade_is_linear_in_amplitude_from_silence_to_full_level():
    faded = fade_in(np.ones((1000, 1), np.float32), 400)[:, 0]
    assert faded[0] == 0.0
    assert faded[[100, 200, 300]] == pytest.approx([0.25, 0.5, 0.75])
    assert (faded[400:] == 1.0).all()


def test_a_fade_with_a_floor_is_linear_in_decibels():
    faded = fade_in(np.ones((1000, 1), np.float32), 400, floor=-60.0)[:, 0]
    assert 20 * np.log10(faded[[0, 100, 200, 300]]) == pytest.approx([-60, -45, -30, -15], abs=0.001)
    assert (faded[400:] == 1.0).all()


@given(
    length=st.integers(1, 50),
    fade=st.integers(0, 50),
    floor=st.none() | st.floats(-90, -1),
)
def test_a_fade_out_mirrors_a_fade_in_and_leaves_its_input_alone(length, fade, floor):
    signal = np.linspace(-1, 1, 2 * length, dtype=np.float32).reshape(length, 2)
    before = signal.copy()
    fade = min(fade, length)
    assert np.array_equal(fade_out(signal, fade, floor)[::-1], fade_in(signal[::-1], fade, floor))
    assert np.array_equal(fade_out(signal, fade, floor)[: length - fade], signal[: length - fade])
    assert np.array_equal(signal, before)


def test_signals_follow_one_another_without_a_sample_lost():
    joined = join(np.full((3, 1), 0.1, np.float32), silence(2, 1), np.full((4, 1), 0.2, np.float32))
    assert joined.shape == (9, 1)
    assert np.flatnonzero(joined[:, 0] == 0).tolist() == [3, 4]


def test_mono_is_the_mean_of_the_channels():
    assert mono(np.array([[1.0, 0.0], [0.5, -0.5]], np.float32)).tolist() == [[0.5], [0.0]]
