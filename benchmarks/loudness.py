"""Measure our loudness beside FFmpeg's meter and its filters alone, on the same samples in one run.

    python benchmarks/loudness.py [--minutes 2] [--rounds 10]

Figures are CPU time of this process for stereo at 44,100 Hz, the best of the rounds; all take turns. What the filter
graph costs by itself is taken off FFmpeg's. "Its filters" give no loudness yet: the sums would come on top.
"""

import math
import os
import time
from collections.abc import Callable, Iterator

# One thread, like a worker: read when numpy is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import av
import numpy as np
from harness import arguments, in_turn, parsed, table
from numpy.typing import NDArray
from seams.audio import LoudnessSeries, Span
from seams.demo import compose

RATE = 44_100
BLOCK = 225_792
"""As many samples as a block of the analysis has."""

Samples = NDArray[np.float32]


def filters(graph: av.filter.Graph) -> list[av.filter.context.FilterContext]:
    """Give FFmpeg's two filters with the coefficients of ITU-R BS.1770 for this rate."""
    shelf, high_pass = math.tan(math.pi * 1681.97 / RATE), math.tan(math.pi * 38.135 / RATE)
    made = []
    for k, q, high, band in ((shelf, 0.70718, 1.58486, 1.25872), (high_pass, 0.50033, 1.0, 0.0)):
        scale = 1 + k / q + k * k
        b = (1.0, -2.0, 1.0)
        if band:
            b = (
                (high + band * k / q + k * k) / scale,
                2 * (k * k - high) / scale,
                (high - band * k / q + k * k) / scale,
            )
        a = (1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale)
        options = {
            f"{name}{place}": f"{value:.15f}" for name, of in (("b", b), ("a", a)) for place, value in enumerate(of)
        }
        made.append(graph.add("biquad", **options, transform="di", precision="f32"))
    return made


def ffmpeg(
    samples: Samples, middle: Callable[[av.filter.Graph], list[av.filter.context.FilterContext]]
) -> float | None:
    """Send blocks through a graph; give the integrated loudness if it says one."""
    graph = av.filter.Graph()
    graph.threads = 1
    source = graph.add(
        "abuffer", sample_rate=str(RATE), sample_fmt="fltp", channel_layout="stereo", time_base=f"1/{RATE}"
    )
    sink = graph.add("abuffersink")
    graph.link_nodes(source, *middle(graph), sink)
    graph.configure()
    said = None
    for frame in [*frames(samples), None]:
        source.push(frame)
        for values in (step.metadata for step in pulled(sink)):
            said = float(values["lavfi.r128.I"]) if "lavfi.r128.I" in values else said
    return said


def frames(samples: Samples) -> Iterator[av.AudioFrame]:
    for start in range(0, samples.shape[1], BLOCK):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[:, start : start + BLOCK]), "fltp", "stereo")
        frame.sample_rate, frame.pts = RATE, start
        yield frame


def pulled(sink: av.filter.context.FilterContext) -> Iterator[av.AudioFrame]:
    while True:
        try:
            yield sink.pull()
        except (BlockingIOError, EOFError):
            return


def ours(samples: Samples) -> float | None:
    series = LoudnessSeries(RATE, (1.0, 1.0), RATE // 100)
    for start in range(0, samples.shape[1], BLOCK):
        series.add(tuple(samples[:, start : start + BLOCK]))
    return series.integrated(Span(0, samples.shape[1]))


def main() -> None:
    wanted = parsed(arguments(__doc__, minutes=2.0, rounds=10), minutes=0.2, rounds=1)
    samples = np.ascontiguousarray(compose(round(60 * wanted.minutes * RATE), RATE, 1).T)
    contenders = {
        "the graph alone": lambda: ffmpeg(samples, lambda _graph: []),
        "FFmpeg's ebur128": lambda: ffmpeg(samples, lambda graph: [graph.add("ebur128", metadata="1")]),
        "its filters (biquad)": lambda: ffmpeg(samples, filters),
        "Passagework": lambda: ours(samples),
    }
    loudness: dict[str, float | None] = {}

    def timed(name: str) -> float:
        began = time.process_time()
        loudness[name] = contenders[name]()
        return time.process_time() - began

    best = in_turn({name: lambda name=name: timed(name) for name in contenders}, wanted.rounds)
    graph = best.pop("the graph alone")
    hours = wanted.minutes / 60
    rows = []
    for name, seconds in best.items():
        net = seconds if name == "Passagework" else seconds - graph
        heard = loudness[name]
        rows.append((name, f"{net / hours:.2f}", "-" if heard is None else f"{heard:.2f}"))
    table(("", "CPU-s per hour of audio", "LUFS"), rows)


if __name__ == "__main__":
    main()
