"""Where else a passage may begin or end, if its bounds are wrong. Pure."""

from typing import Final

from passagework.domain.segmentation import Span

SHIFT_SECONDS: Final = 8
"""AcoustID aligns up to 9.9 s, so that a shift by 8 s each way makes an error of up to some 18 s good."""

SHORTEST_SECONDS: Final = 10
"""AcoustID identifies whole tracks; nothing shorter is asked about."""

_TRIMMED_START: Final = 3
_TRIMMED_END: Final = 7
"""Seconds of silence that cost likeness, and the length that AcoustID allows for without being told."""


def other_bounds(span: Span, samples: int, sample_rate: int, *, alone: bool) -> tuple[Span, ...]:
    """Give the bounds that are worth a second question about the passage ``span`` of a file of ``samples`` samples.

    AcoustID knows tracks with the silence around them: where a passage is ``alone`` in its file and silence was
    trimmed, that is the whole file. A cut inside a file may lie too early or too late.
    """
    if alone:
        trimmed = span.start >= _TRIMMED_START * sample_rate or samples - span.end > _TRIMMED_END * sample_rate
        return (Span(0, samples),) if trimmed and samples >= SHORTEST_SECONDS * sample_rate else ()
    shift = SHIFT_SECONDS * sample_rate
    starts = (span.start - shift, span.start + shift)
    return tuple(
        Span(start, span.end) for start in starts if start >= 0 and span.end - start >= SHORTEST_SECONDS * sample_rate
    )
