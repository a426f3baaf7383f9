"""Files with floating-point samples can hold any number. What is measured of them is finite, or it is not stored."""

import math
import os
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from passagework.audio.analyze import analyze_file
from passagework.domain.failures import WarningCode
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob, AnalysisRules
from passagework.domain.measured import LARGEST_SAMPLE, Loudness, PassageMeasures, measured_columns
from tests.support.effort import examples

RATE = 8_000
TONE = 0.1 * np.sin(2 * np.pi * 500 / RATE * np.arange(RATE))


CLEAN = Loudness(integrated=-23.46, range=None, true_peak=-20.0, sample_peak=-20.0)
"""Of the tone, in one channel."""


def float_wav(path, samples):
    """Write samples of 64 bits, as they are."""
    data = np.asarray(samples, "<f8").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, RATE, RATE * 8, 8, 64)
    parts = (b"RIFF", struct.pack("<I", len(data) + 36), b"WAVE", form, b"data", struct.pack("<I", len(data)), data)
    path.write_bytes(b"".join(parts))
    return path


@examples(20)
@example(number=math.nan, at=RATE // 2)
@example(number=-math.inf, at=RATE // 2)
@given(number=st.floats(), at=st.integers(0, RATE - 1))
def test_what_is_measured_is_within_its_range_whatever_a_sample_says(tmp_path_factory, number, at):
    signal = TONE.copy()
    signal[at] = number
    path = float_wav(tmp_path_factory.getbasetemp() / "any.wav", signal)
    result = analyze_file(AnalysisJob(os.fsencode(path), FileStamp(0, 0), AnalysisRules(fingerprint=False)))
    valid = abs(number) <= LARGEST_SAMPLE
    assert result.damage.invalid_samples == (0 if valid else 1)
    assert (WarningCode.INVALID_SAMPLES in result.warnings) is not valid
    for of, value in ((Loudness, result.loudness), *((PassageMeasures, passage) for passage in result.passages)):
        for column in measured_columns(of):
            if (found := column.of(value)) is not None:
                assert column.lowest <= found <= column.highest
    for loudness in (result.loudness, *(passage.loudness for passage in result.passages)):
        if not valid:
            assert loudness.integrated == pytest.approx(CLEAN.integrated, abs=0.02)
            assert loudness.sample_peak == pytest.approx(CLEAN.sample_peak, abs=0.01)


@pytest.mark.parametrize(("invalid", "measured"), [(RATE // 1000, True), (RATE // 1000 + 1, False)])
def test_many_invalid_samples_leave_no_loudness(tmp_path, analyze, invalid, measured):
    signal = TONE.copy()
    signal[100 : 100 + invalid] = math.nan
    result = analyze(float_wav(tmp_path / "some.wav", signal), fingerprint=False)
    assert result.damage.invalid_samples == invalid
    for loudness in (result.loudness, *(passage.loudness for passage in result.passages)):
        assert (loudness != Loudness(None, None, None, None)) is measured
    assert [passage.loudness_distribution is not None for passage in result.passages] == [measured]


def test_samples_of_the_scale_of_integers_are_measured_as_they_are(tmp_path, analyze):
    result = analyze(float_wav(tmp_path / "scaled.wav", TONE * 32_768), fingerprint=False)
    assert result.loudness.sample_peak == pytest.approx(20 * math.log10(0.1 * 32_768), abs=0.01)
    assert result.loudness.integrated == pytest.approx(67, abs=1)
    assert WarningCode.INVALID_SAMPLES not in result.warnings


def test_a_file_of_nothing_but_the_largest_numbers_is_analysed(tmp_path, analyze):
    result = analyze(float_wav(tmp_path / "loud.wav", np.where(np.arange(3 * RATE) % 2, 3e38, -3e38)))
    assert result.damage.invalid_samples == 3 * RATE
    assert {WarningCode.INVALID_SAMPLES, WarningCode.SILENT} <= set(result.warnings)
