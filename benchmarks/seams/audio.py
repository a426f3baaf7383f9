"""Parts of the analysis by themselves: loudness, and our Chromaprint, which the bare kernels use: there is no other."""

from passagework.audio.fingerprint import FINGERPRINT_SAMPLES, fingerprint
from passagework.audio.fingerprint.chroma import SAMPLE_RATE
from passagework.audio.measure.ebur128 import LoudnessSeries
from passagework.domain.loudness_distribution import loudness_together
from passagework.domain.spans import Span

__all__ = ["FINGERPRINT_SAMPLES", "SAMPLE_RATE", "LoudnessSeries", "Span", "fingerprint", "loudness_together"]
