"""Cut a measured file into passages and describe each of them."""

from passagework.audio.fingerprint import fingerprint
from passagework.audio.fingerprint.pcm_spool import PcmSpool
from passagework.audio.measure.measurements import Measured
from passagework.domain.analysis import Fingerprint, PassageAnalysis
from passagework.domain.cues import find_cues
from passagework.domain.jobs import AnalysisRules
from passagework.domain.segmentation import Span, find_passages
from passagework.domain.units import Ticks, ticks_from_samples


def analyze_passages(
    measured: Measured, pcm: PcmSpool | None, sample_rate: int, rules: AnalysisRules
) -> tuple[PassageAnalysis, ...]:
    """Find and describe the passages of a file. ``pcm`` None makes no fingerprints."""
    spans = find_passages(measured.hops.levels, measured.hop, measured.samples, sample_rate, rules.segmentation)
    return tuple(_describe(span, measured, pcm, sample_rate, rules) for span in spans)


def _describe(
    span: Span, measured: Measured, pcm: PcmSpool | None, sample_rate: int, rules: AnalysisRules
) -> PassageAnalysis:
    loudness = measured.loudness(span)
    levels = measured.hops.levels[measured.hops_of(span)]
    cues = find_cues(levels, measured.hop, sample_rate, loudness.integrated, rules.cues)
    start, end = ticks_from_samples(span.start, sample_rate), ticks_from_samples(span.end, sample_rate)
    encoded = None if pcm is None else fingerprint(pcm.passage(span, sample_rate))

    def ticks(length: int | None) -> Ticks | None:
        return None if length is None else ticks_from_samples(length, sample_rate)

    return PassageAnalysis(
        start,
        end,
        ticks_from_samples(cues.lead_in, sample_rate),
        ticks_from_samples(cues.lead_out, sample_rate),
        ticks(cues.fade_in),
        ticks(cues.fade_out),
        loudness,
        None if encoded is None else Fingerprint(encoded, Ticks(end - start)),
    )
