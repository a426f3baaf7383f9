"""The Chromaprint fingerprint of a passage, as AcoustID expects it (algorithm TEST2)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.fingerprint.chroma import SAMPLE_RATE, chroma_image
from passagework.audio.fingerprint.items import items_of_image
from passagework.domain.fingerprint_text import encode

FINGERPRINT_SAMPLES: Final = 120 * SAMPLE_RATE
"""AcoustID's fingerprints cover the first 120 s, the default length of the ``fpcalc`` program."""

SHORTEST_SAMPLES: Final = 30_031
"""Shorter audio (2.7 s) gives no item."""


def fingerprint(pcm: NDArray[np.int16]) -> str | None:
    """Fingerprint the beginning of a passage.

    ``pcm`` holds the passage from its start: one channel, 11,025 Hz, shape (samples,); samples beyond
    ``FINGERPRINT_SAMPLES`` are ignored. Returns the compressed form in URL-safe base64, or None below
    ``SHORTEST_SAMPLES``. Uses about 4 MB of memory, independent of the length. Pure; may
    run in any thread.

    Source: L. Lalinský, "How does Chromaprint work?" (2011), and the parameters of the reference library
    (https://acoustid.org/chromaprint), which gives the same result for the same samples.
    """
    if pcm.size < SHORTEST_SAMPLES:
        return None
    return encode(items_of_image(chroma_image(pcm[:FINGERPRINT_SAMPLES])))
