"""Alternative bounds of a passage, in case its bounds are wrong. Pure."""

from typing import Final

from passagework.domain.spans import Span

SHIFT_SECONDS: Final = 8
"""AcoustID aligns up to 9.9 s, so a shift by 8 s each way covers an error of up to some 18 s."""

SHORTEST_SECONDS: Final = 10
"""AcoustID identifies whole tracks; shorter spans are not asked about."""

_TRIMMED_START: Final = 3
_TRIMMED_END: Final = 7
"""Seconds of silence that lower the score, and the difference of length that AcoustID tolerates by default."""


def other_bounds(span: Span, samples: int, sample_rate: int, *, alone: bool) -> tuple[Span, ...]:
    """Return alternative bounds worth a second request for the passage ``span`` of a file of ``samples`` samples.

    AcoustID has fingerprints of tracks including their silence: if a passage is ``alone`` in its file and silence was
    trimmed, the alternative is the whole file. A cut inside a file may be too early or too late.
    """
    if alone:
        trimmed = span.start >= _TRIMMED_START * sample_rate or samples - span.end > _TRIMMED_END * sample_rate
        return (Span(0, samples),) if trimmed and samples >= SHORTEST_SECONDS * sample_rate else ()
    shift = SHIFT_SECONDS * sample_rate
    starts = (span.start - shift, span.start + shift)
    return tuple(
        Span(start, span.end) for start in starts if start >= 0 and span.end - start >= SHORTEST_SECONDS * sample_rate
    )
