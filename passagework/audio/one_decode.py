"""Decode a file once, and give its blocks to all that measures, listens or keeps samples."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain
from typing import Final

import av
import numpy as np

from passagework.audio.decoding.fan_out import FanOut
from passagework.audio.decoding.planes import loudness_weights
from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.decoding.source import AudioSource
from passagework.audio.extensions.running import ExtensionMeters
from passagework.audio.fingerprint.feed import FingerprintFeed
from passagework.audio.fingerprint.pcm_spool import PcmSpool
from passagework.audio.fingerprint.phase import PhaseMeter
from passagework.audio.flavor.listener import FlavorListener
from passagework.audio.joins.spectra import Spectra, SpectraMeter
from passagework.audio.measure.envelope import Block, hop_length
from passagework.audio.measure.measurements import Measured, Meters
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.failures import FailureCode
from passagework.domain.flavor.values import FlavorLevel
from passagework.domain.spans import Span
from passagework.extensions import AudioOfFile

_SAMPLE_RATES: Final = range(1_000, 2_822_401)
"""Hz, up to decoded DSD512. At the rates that damaged headers claim, a filter would use all memory."""

_NO_LEVELS: Final = np.empty(0, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What one decode has found.

    ``pcm``: samples for the fingerprints, None: not wanted. ``spectra``: in which joins are heard, if they were wanted.
    """

    measured: Measured
    sample_rate: int
    channels: int
    pcm: PcmSpool | None
    spectra: Spectra | None
    flavor: FlavorListener | None
    extensions: ExtensionMeters
    lacks: Callable[[tuple[Span, ...]], bool]
    """Tell whether ``pcm`` lacks what the fingerprints of these spans need."""

    cancels: bool
    """Whether the two channels cancel each other, so that their difference is what is heard."""


def decode(source: AudioSource, rules: AnalysisRules, stack: ExitStack, *, everything: bool, listens: bool) -> Decoded:
    """Decode and measure. What is kept in temporary files is closed with ``stack``.

    ``everything``: passages may begin anywhere. ``listens``: also measure the spectra in which joins are heard.
    """
    frames = source.frames()
    first = _first(frames, source)
    sample_rate, hop = first.sample_rate, hop_length(first.sample_rate)
    meters = Meters(hop, sample_rate, loudness_weights(first.layout), true_peak=rules.true_peak)
    phase = PhaseMeter()
    pcm = feed = None
    if rules.fingerprint:
        pcm = stack.enter_context(closing(PcmSpool()))
        feed = FingerprintFeed(pcm, hop, sample_rate, rules.segmentation.shortest_gap, everything=everything)
    flavor = None
    if rules.flavor is not FlavorLevel.OFF:
        flavor = stack.enter_context(closing(FlavorListener(sample_rate, rules.flavor)))
    extensions = _extensions(first, rules, stack)
    spectra = SpectraMeter(sample_rate) if listens else None

    def hear(block: Block, decoded: av.AudioFrame) -> None:
        levels = meters.add(block)
        if spectra is not None:
            spectra.add(block)
        if flavor is not None:
            flavor.add(block, levels)
        extensions.add(block)
        if feed is not None:
            feed.add(decoded, levels)
            phase.add(block)

    fan_out = FanOut(first, hop, hear)
    for frame in chain([first], frames):
        fan_out.push(frame)
    source.bad_packets += fan_out.finish()
    if feed is not None:
        feed.finish()
    if flavor is not None:
        flavor.finish()
    return Decoded(
        measured=meters.finish(),
        sample_rate=sample_rate,
        channels=first.layout.nb_channels,
        pcm=pcm,
        spectra=None if spectra is None else spectra.finish(),
        flavor=flavor,
        extensions=extensions,
        lacks=lambda spans: feed is not None and not all(map(feed.holds, spans)),
        cancels=feed is not None and phase.cancels,
    )


def _extensions(first: av.AudioFrame, rules: AnalysisRules, stack: ExitStack) -> ExtensionMeters:
    audio = AudioOfFile(first.sample_rate, tuple(channel.name for channel in first.layout.channels))
    return stack.enter_context(closing(ExtensionMeters(rules.extensions, rules.left_out, audio)))


def _first(frames: Iterator[av.AudioFrame], source: AudioSource) -> av.AudioFrame:
    first = next(frames, None)
    if first is None:
        detail = f"{source.bad_packets} bad packets" if source.bad_packets else "it has no packet of audio"
        raise RefusedError(FailureCode.DAMAGED, detail)
    if first.sample_rate not in _SAMPLE_RATES:
        raise RefusedError(FailureCode.UNSUPPORTED, f"{first.sample_rate} Hz")
    return first


def decode_for_fingerprints(source: AudioSource, pcm: PcmSpool, hop: int, *, difference: bool) -> None:
    """Decode once more, and resample all: some passage begins where none was expected, or the channels cancel."""
    frames = source.frames()
    first = next(frames)
    feed = FingerprintFeed(pcm, hop, first.sample_rate, 0.0, everything=True, difference=difference)
    fan_out = FanOut(first, hop, lambda _block, decoded: feed.add(decoded, _NO_LEVELS))
    for frame in chain([first], frames):
        fan_out.push(frame)
    fan_out.finish()
    feed.finish()
