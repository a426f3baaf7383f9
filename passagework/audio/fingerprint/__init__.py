"""The Chromaprint fingerprint of a passage, as AcoustID expects it (algorithm TEST2)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.fingerprint.chroma import SAMPLE_RATE, chroma_image
from passagework.audio.fingerprint.encoding import encode
from passagework.audio.fingerprint.items import items_of_image

FINGERPRINT_SAMPLES: Final = 120 * SAMPLE_RATE
"""AcoustID's fingerprints cover the first 120 s, the default length of the ``fpcalc`` program."""


def fingerprint(pcm: NDArray[np.int16]) -> str | None:
    """Fingerprint the beginning of a passage.

    ``pcm`` holds the passage from its start: one channel, 11,025 Hz, shape (samples,); samples beyond
    ``FINGERPRINT_SAMPLES`` are ignored. Returns the compressed form in URL-safe base64, or None below 30,031
    samples (2.7 s), which give no item. Uses about 4 MB of memory, independent of the length. Pure; may
    run in any thread.

    Source: L. Lalinský, "How does Chromaprint work?" (2011), and the parameters of the reference library
    (https://acoustid.org/chromaprint), which gives the same result for the same samples.
    """
    items = items_of_image(chroma_image(pcm[:FINGERPRINT_SAMPLES]))
    return encode(items) if items.size else None
