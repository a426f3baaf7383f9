"""Our Chromaprint: there is no other in Python, so the bare kernels use it, too; and it is measured by itself."""

from passagework.audio.fingerprint import FINGERPRINT_SAMPLES, fingerprint
from passagework.audio.fingerprint.chroma import SAMPLE_RATE

__all__ = ["FINGERPRINT_SAMPLES", "SAMPLE_RATE", "fingerprint"]
