"""Loudness over time, measured by FFmpeg's ``ebur128`` filter, and the EBU R128 values of any span."""

from array import array
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.loudness import integrated_loudness, loudness_range
from passagework.domain.spans import Span

_STEPS_PER_SECOND: Final = 10
"""The filter writes two values for every 100 ms."""

_MOMENTARY_SECONDS: Final = 0.4
_SHORT_TERM_SECONDS: Final = 3.0
"""The windows of EBU Tech 3341; each value belongs to the window that ends with its step."""


class LoudnessSeries:
    """Momentary and short-term loudness of a file, one value of each for every 100 ms.

    A file with one channel is measured as one channel, as in ITU-R BS.1770: 3 LU lower than the same signal in
    both channels of a stereo file.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._momentary = array("d")
        self._short_term = array("d")

    def add(self, metadata: Mapping[str, str]) -> None:
        """Add the filter's values for one step; for a last, partial step it writes none."""
        if "lavfi.r128.M" in metadata:
            self._momentary.append(float(metadata["lavfi.r128.M"]))
            self._short_term.append(float(metadata["lavfi.r128.S"]))

    def integrated(self, span: Span) -> float | None:
        """Return the integrated loudness of a span of samples in LUFS; None below 0.4 s or if the gates leave none."""
        return integrated_loudness(self._inside(span, self._momentary, _MOMENTARY_SECONDS))

    def range(self, span: Span) -> float | None:
        """Return the loudness range of a span of samples in LU; None below 3 s or if the gates leave nothing."""
        return loudness_range(self._inside(span, self._short_term, _SHORT_TERM_SECONDS))

    def _inside(self, span: Span, series: "array[float]", window_seconds: float) -> NDArray[np.float64]:
        """Select the values whose windows are wholly inside the span."""
        # The filter rounds its step down to whole samples (11,025 Hz: 1,102).
        step = self._sample_rate // _STEPS_PER_SECOND
        window = round(window_seconds * self._sample_rate)
        first = max(0, -(-(span.start + window) // step) - 1)
        return np.array(series[first : max(first, span.end // step)], np.float64)
