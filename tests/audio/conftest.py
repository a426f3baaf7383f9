"""Fixtures for the analysis of files: one call for one file, and one for samples that never were in a file."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from passagework.audio.analyze import analyze_file
from passagework.audio.decoding.fan_out import FanOut
from passagework.audio.decoding.filter_sink import frames_ready
from passagework.audio.decoding.planes import loudness_weights
from passagework.audio.fingerprint.feed import FingerprintFeed
from passagework.audio.fingerprint.pcm_spool import PcmSpool
from passagework.audio.measure.envelope import hop_length
from passagework.audio.measure.measurements import Meters
from passagework.demo.encoding import write_audio
from passagework.domain.analysis import AnalysisResult
from passagework.domain.analysis_rules import AnalysisRules, SegmentationRules
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob
from passagework.domain.loudness import integrated_loudness, loudness_range
from passagework.domain.measured import Loudness
from passagework.domain.spans import Span

Analyze = Callable[..., AnalysisResult]

NO_STAMP = FileStamp(0, 0)


@pytest.fixture
def analyze() -> Analyze:
    """Give a function that analyses a file: ``analyze(path, fingerprint=False, shortest_gap=1.0)``."""

    def run(path: Path | bytes, *, true_peak: bool = True, fingerprint: bool = True, **segmentation):
        rules = AnalysisRules(
            segmentation=SegmentationRules(**segmentation), true_peak=true_peak, fingerprint=fingerprint
        )
        return analyze_file(AnalysisJob(os.fsencode(path), NO_STAMP, rules))

    return run


def frames_of(samples, sample_rate, layout, frame_size=1_000):
    for start in range(0, len(samples), frame_size):
        part = np.ascontiguousarray(samples[start : start + frame_size], np.float32)
        frame = av.AudioFrame.from_ndarray(part.reshape(1, -1), "flt", layout)
        frame.sample_rate = sample_rate
        yield frame


@pytest.fixture
def measure():
    """Give a function that measures samples of shape (samples, channels) as the frames of a file."""

    def run(frames, shortest_gap=2.0):
        frames = list(frames)
        sample_rate = frames[0].sample_rate
        hop = hop_length(sample_rate)
        meters = Meters(hop, sample_rate, loudness_weights(frames[0].layout), true_peak=True)
        blocks = []
        with closing(PcmSpool()) as spool:
            feed = FingerprintFeed(spool, hop, sample_rate, shortest_gap)

            def on_block(block, decoded):
                blocks.append(np.stack(block))
                feed.add(decoded, meters.add(block))

            fan_out = FanOut(frames[0], hop, on_block)
            for frame in frames:
                fan_out.push(frame)
            bad_frames = fan_out.finish()
            feed.finish()
            measured = meters.finish()
            pcm = spool.passage(Span(0, measured.samples), sample_rate)
        return SimpleNamespace(measured=measured, blocks=blocks, pcm=pcm, bad_frames=bad_frames)

    return run


def _ffmpeg_loudness(frames: list[av.AudioFrame]) -> Loudness:
    """Measure frames with FFmpeg's meter, without the windows that begin before the first sample."""
    kind = frames[0]
    graph = av.filter.Graph()
    source = graph.add(
        "abuffer",
        sample_rate=str(kind.sample_rate),
        sample_fmt=kind.format.name,
        channel_layout=kind.layout.name,
        time_base=f"1/{kind.sample_rate}",
    )
    sink = graph.add("abuffersink")
    graph.link_nodes(source, graph.add("ebur128", metadata="1"), sink)
    graph.configure()
    momentary, short_term = [], []
    at = 0
    for frame in [*frames, None]:
        if frame is not None:
            frame.pts, at = at, at + frame.samples
        source.push(frame)
        for values in (step.metadata for step in frames_ready(sink)):
            if "lavfi.r128.M" in values:
                momentary.append(float(values["lavfi.r128.M"]))
                short_term.append(float(values["lavfi.r128.S"]))
    step = kind.sample_rate // 10
    first, first_long = (-(-round(seconds * kind.sample_rate) // step) - 1 for seconds in (0.4, 3))
    integrated = integrated_loudness(np.array(momentary[first:]))
    spread = loudness_range(np.array(short_term[first_long:]))
    return Loudness(integrated=integrated, range=spread, true_peak=None, sample_peak=None)


@pytest.fixture(scope="session")
def ffmpeg_loudness():
    """Give a function that measures the loudness of frames as FFmpeg does."""
    return _ffmpeg_loudness


@pytest.fixture(scope="session", name="frames_of")
def frames_of_fixture():
    """Give a function that cuts samples of shape (samples, channels) into frames as a decoder gives them."""
    return frames_of


@pytest.fixture(scope="session")
def audio_of(tmp_path_factory):
    """Give the bytes of a fifth of a second of silence in a form, encoded once."""
    folder = tmp_path_factory.mktemp("silence")

    def encode(form):
        path = folder / f"{form}{form.suffix}"
        if not path.exists():
            write_audio(path, np.zeros((9_600, 2), np.float32), 48_000, form)
        return path.read_bytes()

    return encode


@pytest.fixture
def new_file(tmp_path, audio_of):
    """Write an untagged file of a form."""

    def write(form):
        path = tmp_path / f"audio{form.suffix}"
        path.write_bytes(audio_of(form))
        return path

    return write


@pytest.fixture
def break_disk(monkeypatch):
    """Give a function that has the disk fail where a file is read behind its middle."""

    def break_behind_the_middle(path):
        pread, size = os.pread, path.stat().st_size

        def fail_late(descriptor, count, offset):
            if offset > size // 2:
                raise OSError(5, "Input/output error")
            return pread(descriptor, count, offset)

        monkeypatch.setattr(os, "pread", fail_late)

    return break_behind_the_middle
