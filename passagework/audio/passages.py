"""Describe each passage of a measured file."""

from dataclasses import replace

from passagework.audio.fingerprint import fingerprint
from passagework.audio.fingerprint.pcm_spool import PcmSpool
from passagework.audio.measure.measurements import Measured
from passagework.audio.one_decode import Decoded
from passagework.domain.analysis import Fingerprint, PassageAnalysis, ShiftedFingerprint
from passagework.domain.chosen_cuts import ChosenCuts
from passagework.domain.cues import Cues
from passagework.domain.fingerprint_text import is_telling
from passagework.domain.other_bounds import other_bounds
from passagework.domain.spans import Span
from passagework.domain.units import Ticks, ticks_from_samples


def analyze_passages(
    cuts: ChosenCuts, cues: tuple[Cues, ...], decoded: Decoded, pcm: PcmSpool | None
) -> tuple[PassageAnalysis, ...]:
    """Describe the passages of a file. ``pcm`` None makes no fingerprints."""
    measured, rate, spans = decoded.measured, decoded.sample_rate, cuts.spans
    found = []
    for span, its_cues, piece, keeps in zip(spans, cues, cuts.tags, cuts.keeps, strict=True):
        made = None if pcm is None else _fingerprint(span, measured, pcm, rate, len(spans))
        flavor = None if decoded.flavor is None else decoded.flavor.of(span)
        values = decoded.extensions.values(span.start, span.end)
        described = _describe(span, its_cues, measured, rate)
        found.append(replace(described, fingerprint=made, flavor=flavor, piece=piece, keeps=keeps, values=values))
    return tuple(found)


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


def _describe(span: Span, cues: Cues, measured: Measured, sample_rate: int) -> PassageAnalysis:
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
        fingerprint=None,
    )
