"""Files as samples, as copies of themselves, and as flavors."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import av
import numpy as np
from numpy.typing import NDArray
from seams.flavor import Flavor, FlavorLevel, FlavorListener, FlavorMeter, Span, hop_length

AUDIO = {".flac", ".mp3", ".ogg", ".opus", ".wav"}
ARCHIVES = {".pk3", ".zip"}
BLOCK = 2**18
SILENCE = 1e-3
Channels = NDArray[np.float32]
"""Shape (channels, samples)."""


@dataclass(frozen=True)
class Sound:
    channels: Channels
    rate: int

    @property
    def seconds(self) -> float:
        return self.channels.shape[1] / self.rate


@dataclass
class Cost:
    """CPU seconds of the meter and of the descriptions, and the hours of audio that they heard."""

    hours: float = 0.0
    meter: float = 0.0
    described: float = 0.0


def sounds(folder: Path, shortest: float) -> Iterator[tuple[str, Sound]]:
    """Give the name and the sound of each track in a folder and its archives, without silence at its ends."""
    with unpacked(folder) as folders:
        paths = sorted(path for one in folders for path in one.rglob("*") if path.suffix.lower() in AUDIO)
        for path in paths:
            try:
                sound = sounding(decoded(path))
            except av.FFmpegError:
                continue
            if sound.seconds >= shortest:
                yield path.stem, sound


@contextmanager
def unpacked(folder: Path) -> Iterator[list[Path]]:
    with TemporaryDirectory() as name:
        for archive in folder.rglob("*"):
            if archive.suffix in ARCHIVES:
                with ZipFile(archive) as opened:
                    opened.extractall(name)
        yield [folder, Path(name)]


def decoded(path: Path) -> Sound:
    with av.open(str(path)) as container:
        return converted(container.decode(audio=0), container.streams.audio[0].rate)


def converted(frames: Iterator[av.AudioFrame], rate: int) -> Sound:
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=rate, frame_size=BLOCK)
    pieces = [piece.to_ndarray() for frame in chain(frames, (None,)) for piece in resampler.resample(frame)]
    return Sound(np.concatenate(pieces, axis=1), rate)


def sounding(sound: Sound) -> Sound:
    loud = np.flatnonzero(np.abs(sound.channels).max(axis=0) > SILENCE)
    if not loud.size:
        return Sound(sound.channels[:, :0], sound.rate)
    return Sound(sound.channels[:, loud[0] : loud[-1] + 1], sound.rate)


def flavors(sound: Sound, *, halves: bool = False, cost: Cost | None = None) -> list[Flavor | None]:
    """Hear a sound once; describe it, or both halves of it and then the whole."""
    samples = sound.channels.shape[1]
    began = time.process_time()
    with closing(FlavorMeter(sound.rate)) as meter:
        for start in range(0, samples, BLOCK):
            meter.add(tuple(channel[start : start + BLOCK] for channel in sound.channels))
        heard = meter.finish()
        between = time.process_time()
        whole = heard.of(Span(0, samples))
        done = time.process_time()
        edges = (0, samples // 2, samples) if halves else ()
        parts = [heard.of(Span(start, end)) for start, end in pairwise(edges)]
    if cost is not None:
        cost.hours += sound.seconds / 3600
        cost.meter += between - began
        cost.described += done - between
    return [*parts, whole]


def full_flavors(sound: Sound, *, halves: bool = False) -> list[Flavor]:
    """Hear a sound with the nets, too; describe it, or both halves of it and then the whole."""
    samples, hop = sound.channels.shape[1], hop_length(sound.rate)
    step = BLOCK // hop * hop
    with closing(FlavorListener(sound.rate, FlavorLevel.FULL)) as listener:
        for start in range(0, samples, step):
            block = sound.channels[:, start : start + step]
            edges = np.arange(0, block.shape[1], hop)
            powers = np.add.reduceat((block**2).mean(axis=0), edges) / hop
            listener.add(tuple(block), (10 * np.log10(powers + 1e-12)).astype(np.float32))
        listener.finish()
        edges = (0, samples // 2, samples) if halves else ()
        return [listener.of(Span(start, end)) for start, end in (*pairwise(edges), (0, samples))]


def gained(decibels: float) -> Callable[[Sound], Sound]:
    return lambda sound: Sound(sound.channels * np.float32(10 ** (decibels / 20)), sound.rate)


def mono(sound: Sound) -> Sound:
    return Sound(sound.channels.mean(axis=0, keepdims=True), sound.rate)


def resampled(rate: int) -> Callable[[Sound], Sound]:
    return lambda sound: converted(frames_of(sound), rate)


def as_mp3(bit_rate: int) -> Callable[[Sound], Sound]:
    def encoded(sound: Sound) -> Sound:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "copy.mp3"
            with av.open(str(path), "w") as container:
                stream = container.add_stream(
                    "libmp3lame", 44_100, layout="stereo", format="fltp", options={"compression_level": "9"}
                )
                stream.bit_rate = bit_rate
                resampler = av.AudioResampler(format="fltp", layout="stereo", rate=44_100, frame_size=1152)
                for frame in chain(frames_of(sound), (None,)):
                    for piece in resampler.resample(frame):
                        container.mux(stream.encode(piece))
                container.mux(stream.encode(None))
            return sounding(decoded(path))

    return encoded


def frames_of(sound: Sound) -> Iterator[av.AudioFrame]:
    for start in range(0, sound.channels.shape[1], BLOCK):
        piece = np.ascontiguousarray(sound.channels[:, start : start + BLOCK])
        frame = av.AudioFrame.from_ndarray(piece, "fltp", "stereo")
        frame.sample_rate, frame.pts = sound.rate, None
        yield frame


COPIES: Mapping[str, Callable[[Sound], Sound]] = {
    "12 dB softer": gained(-12),
    "12 dB louder": gained(12),
    "MP3, 64 kbit/s": as_mp3(64_000),
    "one channel": mono,
    "32 kHz": resampled(32_000),
}
