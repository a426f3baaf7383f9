"""Describe each passage of a measured file."""

from passagework.audio.fingerprint import fingerprint
from passagework.audio.fingerprint.pcm_spool import PcmSpool
from passagework.audio.measure.measurements import Measured
from passagework.domain.analysis import Fingerprint, PassageAnalysis, ShiftedFingerprint
from passagework.domain.chosen_cuts import ChosenCuts
from passagework.domain.cues import Cues
from passagework.domain.fingerprint_text import is_telling
from passagework.domain.given_cuts import PieceTags
from passagework.domain.ids import Guid
from passagework.domain.other_bounds import other_bounds
from passagework.domain.spans import Span
from passagework.domain.units import Ticks, ticks_from_samples


def analyze_passages(
    cuts: ChosenCuts, cues: tuple[Cues, ...], measured: Measured, pcm: PcmSpool | None, sample_rate: int
) -> tuple[PassageAnalysis, ...]:
    """Describe the passages of a file. ``pcm`` None makes no fingerprints."""
    spans = cuts.spans
    prints = [None if pcm is None else _fingerprint(span, measured, pcm, sample_rate, len(spans)) for span in spans]
    return tuple(
        _describe(span, made, its_cues, piece, keeps, measured, sample_rate)
        for span, made, its_cues, piece, keeps in zip(spans, prints, cues, cuts.tags, cuts.keeps, strict=True)
    )


def _fingerprint(span: Span, measured: Measured, pcm: PcmSpool, sample_rate: int, spans: int) -> Fingerprint | None:
    encoded = fingerprint(pcm.passage(span, sample_rate))
    if encoded is None or not is_telling(encoded):
        return None
    shifted = []
    for other in other_bounds(span, measured.samples, sample_rate, alone=spans == 1):
        if (of_other := fingerprint(pcm.passage(other, sample_rate))) is not None and is_telling(of_other):
            shift, length = other.start - span.start, other.end - other.start
            shifted.append(ShiftedFingerprint(round(shift / sample_rate), round(length / sample_rate), of_other))
    start, end = (ticks_from_samples(edge, sample_rate) for edge in (span.start, span.end))
    return Fingerprint(encoded, Ticks(end - start), tuple(shifted))


def _describe(
    span: Span,
    made: Fingerprint | None,
    cues: Cues,
    piece: PieceTags,
    keeps: Guid | None,
    measured: Measured,
    sample_rate: int,
) -> PassageAnalysis:
    start, end = ticks_from_samples(span.start, sample_rate), ticks_from_samples(span.end, sample_rate)

    def ticks(length: int | None) -> Ticks | None:
        return None if length is None else ticks_from_samples(length, sample_rate)

    return PassageAnalysis(
        start=start,
        end=end,
        lead_in=ticks_from_samples(cues.lead_in, sample_rate),
        lead_out=ticks_from_samples(cues.lead_out, sample_rate),
        fade_in=ticks(cues.fade_in),
        fade_out=ticks(cues.fade_out),
        loudness=measured.loudness(span),
        loudness_distribution=measured.distribution(span),
        fingerprint=made,
        piece=piece,
        keeps=keeps,
    )
