"""Whether the edge of a passage cuts through sound: on an album that runs on, in a live set or a mix."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_EDGE: Final = 0.02
"""Seconds. A fade to nothing is quiet in the last of them, and music rarely pauses in these of all."""

AT_THE_END: Final = 0.1
"""Seconds of silence between passage and end of the file that some codecs put there."""

_LOUD: Final = 10.0 ** (-30.0 / 10.0)
"""Of the loudness of the passage. What is so loud at an edge does not end there of its own, whatever it did before."""

_QUIET: Final = 10.0 ** (-45.0 / 10.0)
"""What is less is an ending that was cut a bit early."""

_STEADY: Final = 10.0 ** (4.0 / 10.0)
_STEADY_EDGE: Final = 0.1
_STEADY_FROM, _STEADY_TO = 0.3, 1.5
"""In between sound goes on if its last 0.1 s and what is further inside differ by at most 4 dB: an ending falls."""


def goes_on(
    inward: NDArray[np.float64], outward: NDArray[np.float64], loudness: float, noise: float, per_second: float
) -> bool:
    """Return whether sound goes on over an edge.

    ``inward`` and ``outward``: powers of hops from the edge into the passage and away from it, ``loudness`` that of the
    passage, ``noise`` that above which there is sound in the file. What is behind the end of a file is not known, so
    there the inside alone decides.
    """

    def mean(first: float, last: float) -> float:
        stretch = inward[round(first * per_second) : max(round(last * per_second), 1)]
        return float(stretch.mean()) if stretch.size else 0.0

    edge, silence = mean(0.0, _EDGE), max(noise, loudness * _QUIET)
    beside = outward[: max(round(_EDGE * per_second), 1)]
    if outward.size > AT_THE_END * per_second and beside.min() <= silence:
        return False
    if edge <= silence:
        return False
    if edge >= loudness * _LOUD:
        return True
    last, before = mean(0.0, _STEADY_EDGE), mean(_STEADY_FROM, _STEADY_TO)
    return last <= before * _STEADY and before <= last * _STEADY
