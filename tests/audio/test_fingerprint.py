"""Our Chromaprint against the reference library: live where it is installed, and by answers recorded from it.

``PASSAGEWORK_CHROMAPRINT`` may name the shared library where the system does not find it by itself.
"""

import ctypes
import ctypes.util
import os
from hashlib import blake2b

import numpy as np
import pytest

from passagework.audio.fingerprint import FINGERPRINT_SAMPLES, fingerprint
from passagework.audio.fingerprint.chroma import SAMPLE_RATE, chroma_image
from passagework.audio.fingerprint.items import items_of_image

# Read when the tests are collected: while they run, the variables that settings could come from are taken away.
NAMED_LIBRARY = os.environ.get("PASSAGEWORK_CHROMAPRINT")

FRAME, HOP = 4096, 1365
ONE_ITEM = FRAME + 19 * HOP
FULL_SCALE = 32767
TEST2 = 1


def to_pcm(signal):
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)


def tone(samples, hertz, peak):
    return to_pcm(peak * np.sin(2 * np.pi * hertz * np.arange(samples) / SAMPLE_RATE))


def noise(samples, peak):
    # The raw output of a bit generator is the same in every version of numpy; that of its distributions is not.
    words = np.random.PCG64(2011).random_raw(samples) >> np.uint64(48)
    return to_pcm((words.astype(np.float64) / 32768 - 1) * peak)


def chords(samples, peak):
    """Play a new chord of three notes twice a second."""
    time = np.arange(samples) / SAMPLE_RATE
    root = np.array([0, 5, 7, 3, 8, 10, 2, 9])[(2 * time).astype(int) % 8]
    notes = (220 * 2 ** ((root + step) / 12) for step in (0, 4, 7))
    return to_pcm(sum(peak / 3 * np.sin(2 * np.pi * hertz * time) for hertz in notes))


def sweep(samples, peak):
    time = np.arange(samples) / SAMPLE_RATE
    return to_pcm(peak * np.sin(2 * np.pi * (30 * time + 120 * time**2)))


def with_pauses(pcm):
    """Silence every other second."""
    return np.where(np.arange(len(pcm)) // SAMPLE_RATE % 2, 0, pcm).astype(np.int16)


SECONDS_5 = 5 * SAMPLE_RATE
SIGNALS = {
    "silence": np.zeros(SECONDS_5, np.int16),
    "constant": np.full(SECONDS_5, 12000, np.int16),
    "tone": tone(SECONDS_5, 440, 20000),
    "low tone": tone(SECONDS_5, 12, 30000),
    "high tone": tone(SECONDS_5, 5000, 30000),
    "tone at the threshold of silence": tone(SECONDS_5, 440, 3),
    "noise": noise(SECONDS_5, 20000),
    "noise of one bit": noise(SECONDS_5, 1),
    "overdriven noise": noise(SECONDS_5, 90000),
    "chords": chords(SECONDS_5, 25000),
    "chords with pauses": with_pauses(chords(SECONDS_5, 25000)),
    "fading chords": to_pcm(chords(SECONDS_5, 25000) * np.logspace(0, -5, SECONDS_5)),
    "sweep": sweep(SECONDS_5, 15000),
    "square wave": to_pcm(FULL_SCALE * np.sign(tone(SECONDS_5, 311, 1000))),
    "impulses": to_pcm(FULL_SCALE * (np.arange(SECONDS_5) % 3001 == 17)),
}

# What Chromaprint 1.5.1 (FFmpeg's transform) answered.
RECORDED = {
    "silence": "AQAAE0mUaEkSRZEGAAAAAAAAAA",
    "constant": "AQAAE0mUaEkSRZEGAAAAAAAAAA",
    "tone": "AQAAE0mUaEkSZSoAAAAAAAAA",
    "low tone": "AQAAE0kkKUmSMJKSwAAOHABwHDgAAGWVFAA",
    "high tone": "AQAAE0mSRFKSKEmkRAFg_ICPHzgAwMdhnDgAB5QDFjrHAQ",
    "tone at the threshold of silence": "AQAAE0mUaEkSZSoAAAAAAAAA",
    "noise": "AQAAE0mUSEqkJFGSJIEP_ODhHh8OXBZE_MChr4dxMKgH5aSDCEthRAEO",
    "noise of one bit": "AQAAE0mUaEkSRZEGAAAAAAAAAA",
    "overdriven noise": "AQAAE0mUSEoSJYkSJYF__MDh_uBxfDh8QSD1FDo-mDjwHaWck0AYJK0VIjnkAA",
    "chords": "AQAAE5yiTI-CWyJMSsRFIn-QjMoJx93wPMaFH5EVPYTGRNSRXTuuI-KjQ82SSwitJwn83ChZAAKgcQg47BASBDkFoCAAAA",
    "chords with pauses": "AQAAE0-WSVSIU3JQpSLhcEG38EPSi4g-NH_AsKzwzES5ZOlxPMEXhMpP3CTCPyNc5Qqu1BkAQJSAQBmBHDQGCEEI",
    "fading chords": "AQAAEwsTJVIeBWtTtBXRXAlxM0iuHKFtwkmZDX-MC3-IyNMFjRmF7NrxCGOa4UyUJooQWleChM8AISBgAGKHEEEMCAA",
    "sweep": "AQAAE1GWKE-SRBKSZVIeVP6RRyh7oUnGJ7iS1BOh50h_EHOK3MlTKG-ON9mFOMfh5cOZ4g8AQBRwTgAIhBTAACAYfIQK",
    "square wave": "AQAAE8kSLUkyRRUAAAAAAAAA",
    "impulses": "AQAAE0mSRFKSKEkkKQAAAAAAAAAA",
}
RECORDED_TWO_MINUTES = "f1013f848d090c06bad1a9fc7afcc714"

LENGTHS = sorted(
    {
        0,
        1,
        FRAME - 1,
        FRAME,
        *(FRAME + hops * HOP + offset for hops in (4, 18, 19, 20, 31, 32, 63, 64) for offset in (-1, 0, 1)),
    }
)


class Reference:
    """The Chromaprint library through its C interface."""

    def __init__(self, path):
        self._library = ctypes.CDLL(path)
        self._library.chromaprint_new.restype = ctypes.c_void_p

    def __call__(self, pcm):
        """Give items and text of 16-bit samples, or an empty array and the text of no items."""
        library, pcm = self._library, np.ascontiguousarray(pcm)
        context = ctypes.c_void_p(library.chromaprint_new(TEST2))
        items, count, text = ctypes.POINTER(ctypes.c_uint32)(), ctypes.c_int(), ctypes.c_char_p()
        try:
            assert library.chromaprint_start(context, SAMPLE_RATE, 1)
            assert library.chromaprint_feed(context, pcm.ctypes.data_as(ctypes.c_void_p), len(pcm))
            assert library.chromaprint_finish(context)
            assert library.chromaprint_get_raw_fingerprint(context, ctypes.byref(items), ctypes.byref(count))
            assert library.chromaprint_get_fingerprint(context, ctypes.byref(text))
            return np.array(items[: count.value], np.uint32), text.value.decode()
        finally:
            library.chromaprint_dealloc(items)
            library.chromaprint_dealloc(text)
            library.chromaprint_free(context)


@pytest.fixture(scope="module")
def reference():
    path = NAMED_LIBRARY or ctypes.util.find_library("chromaprint")
    if path is None:
        pytest.skip("libchromaprint is not installed and PASSAGEWORK_CHROMAPRINT does not name it")
    return Reference(path)


def assert_equal_to(reference, pcm):
    items, text = reference(pcm)
    np.testing.assert_array_equal(items_of_image(chroma_image(pcm)), items)
    assert fingerprint(pcm) == (text if items.size else None)


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_signal_gives_the_recorded_answer_of_the_reference_library(signal):
    assert fingerprint(SIGNALS[signal]) == RECORDED[signal]


def test_two_minutes_give_the_recorded_answer_of_the_reference_library():
    text = fingerprint(chords(FINGERPRINT_SAMPLES, 25000))
    assert blake2b(text.encode(), digest_size=16).hexdigest() == RECORDED_TWO_MINUTES


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_signal_gives_the_same_as_the_reference_library(reference, signal):
    assert_equal_to(reference, SIGNALS[signal])


@pytest.mark.parametrize("samples", LENGTHS)
def test_any_length_gives_the_same_as_the_reference_library(reference, samples):
    assert_equal_to(reference, noise(samples, 20000))


def test_two_minutes_give_the_same_as_the_reference_library(reference):
    assert_equal_to(reference, with_pauses(chords(FINGERPRINT_SAMPLES, 25000)) + noise(FINGERPRINT_SAMPLES, 2000))


@pytest.mark.parametrize("samples", [0, 1, FRAME, ONE_ITEM - 1])
def test_a_passage_too_short_for_one_item_has_no_fingerprint(samples):
    assert fingerprint(noise(samples, 20000)) is None


def test_the_shortest_fingerprint_has_one_item_and_each_hop_adds_one():
    lengths = [ONE_ITEM, ONE_ITEM + HOP - 1, ONE_ITEM + HOP, FINGERPRINT_SAMPLES]
    assert [len(items_of_image(chroma_image(noise(samples, 20000)))) for samples in lengths] == [1, 1, 2, 948]


def test_only_the_first_two_minutes_count():
    pcm = noise(FINGERPRINT_SAMPLES + 10 * SAMPLE_RATE, 20000)
    assert fingerprint(pcm) == fingerprint(pcm[:FINGERPRINT_SAMPLES])


def test_a_strided_view_gives_the_same_as_its_copy():
    channels = np.stack([SIGNALS["chords"], SIGNALS["noise"]], axis=1)
    assert fingerprint(channels[:, 0]) == fingerprint(SIGNALS["chords"])


def test_the_level_does_not_matter():
    np.testing.assert_allclose(
        chroma_image(SIGNALS["chords"] // 4 * 4), chroma_image(SIGNALS["chords"] // 4), atol=1e-6
    )


def test_a_tone_is_seen_as_its_note():
    for note, hertz in enumerate(440 * 2 ** ((np.arange(12) + 0.5) / 12)):
        assert set(chroma_image(tone(ONE_ITEM, hertz, 20000)).argmax(axis=1)) == {note}


def test_silence_has_no_notes():
    assert not chroma_image(SIGNALS["silence"]).any()
    assert not chroma_image(SIGNALS["noise of one bit"]).any()
