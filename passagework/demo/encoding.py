"""Write samples to an audio file in any format that FFmpeg encodes, and return their number."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Final

import av
import numpy as np

from passagework.demo.synthesis import Samples

_BLOCK: Final = 65_536
_LAYOUTS: Final = MappingProxyType({1: "mono", 2: "stereo"})


class AudioForm(StrEnum):
    """A combination of container and codec that can be written."""

    WAV = "wav"
    WAV_24 = "wav-24"
    WAV_FLOAT = "wav-float"
    AIFF = "aiff"
    FLAC = "flac"
    MP3 = "mp3"
    MP3_BARE = "mp3-bare"
    """Without the Xing/LAME header, which gives the padding of the first and last frame."""
    VORBIS = "vorbis"
    OPUS = "opus"
    AAC = "aac"
    ALAC = "alac"
    WAVPACK = "wavpack"
    WMA = "wma"

    @property
    def suffix(self) -> str:
        """The usual end of the file name, with the dot."""
        return _RECIPES[self].suffix


@dataclass(frozen=True, slots=True)
class _Recipe:
    """FFmpeg's options for a form. ``rates`` empty: any."""

    suffix: str
    container: str
    codec: str
    sample_format: str
    bit_rate: int | None = None
    options: tuple[tuple[str, str], ...] = ()
    container_options: tuple[tuple[str, str], ...] = ()
    rates: frozenset[int] = frozenset()
    stereo_only: bool = False


_RECIPES: Final = MappingProxyType(
    {
        AudioForm.WAV: _Recipe(".wav", "wav", "pcm_s16le", "s16"),
        AudioForm.WAV_24: _Recipe(".wav", "wav", "pcm_s24le", "s32"),
        AudioForm.WAV_FLOAT: _Recipe(".wav", "wav", "pcm_f32le", "flt"),
        AudioForm.AIFF: _Recipe(".aiff", "aiff", "pcm_s16be", "s16"),
        AudioForm.FLAC: _Recipe(".flac", "flac", "flac", "s16"),
        AudioForm.MP3: _Recipe(".mp3", "mp3", "libmp3lame", "fltp", 192_000, (("compression_level", "7"),)),
        AudioForm.MP3_BARE: _Recipe(
            ".mp3", "mp3", "libmp3lame", "fltp", 192_000, (("compression_level", "7"),), (("write_xing", "0"),)
        ),
        # FFmpeg's own Vorbis encoder, the only one in PyAV's wheels, is marked experimental and supports only stereo.
        AudioForm.VORBIS: _Recipe(
            ".ogg", "ogg", "vorbis", "fltp", 160_000, (("strict", "experimental"),), stereo_only=True
        ),
        AudioForm.OPUS: _Recipe(
            ".opus", "opus", "libopus", "flt", 96_000, rates=frozenset({8_000, 12_000, 16_000, 24_000, 48_000})
        ),
        AudioForm.AAC: _Recipe(".m4a", "ipod", "aac", "fltp", 160_000, (("aac_coder", "fast"),)),
        AudioForm.ALAC: _Recipe(".m4a", "ipod", "alac", "s16p"),
        AudioForm.WAVPACK: _Recipe(".wv", "wv", "wavpack", "s16p"),
        AudioForm.WMA: _Recipe(".wma", "asf", "wmav2", "fltp", 160_000),
    }
)


def write_audio(path: Path, samples: Samples, sample_rate: int, form: AudioForm) -> int:
    """Encode ``samples`` (samples, channels; full scale 1.0) to a new file and return the number of samples written.

    Equal samples give equal bytes. Raises the same errors as :func:`encode_blocks`.
    """
    blocks = (samples[start : start + _BLOCK] for start in range(0, len(samples), _BLOCK))
    return encode_blocks(path, blocks, sample_rate, samples.shape[1], form)


def encode_blocks(path: Path, blocks: Iterable[Samples], sample_rate: int, channels: int, form: AudioForm) -> int:
    """Encode a stream of blocks in constant memory; return the number of samples per channel.

    Raises ValueError if the form does not support this rate or number of channels, FileExistsError if ``path`` exists.
    """
    recipe = _RECIPES[form]
    if recipe.rates and sample_rate not in recipe.rates:
        raise ValueError(f"{form} cannot hold {sample_rate} Hz; use one of {sorted(recipe.rates)}")
    if channels not in _LAYOUTS or (recipe.stereo_only and channels != 2):  # noqa: PLR2004 - two channels are stereo
        raise ValueError(f"{form} cannot hold {channels} channels here")
    path.touch(exist_ok=False)
    written = 0
    options = {"fflags": "+bitexact", **dict(recipe.container_options)}
    with av.open(str(path), "w", format=recipe.container, options=options) as container:
        stream = container.add_stream(
            recipe.codec,
            sample_rate,
            options=dict(recipe.options),
            layout=_LAYOUTS[channels],
            format=recipe.sample_format,
        )
        assert isinstance(stream, av.AudioStream)
        if recipe.bit_rate is not None:
            stream.bit_rate = recipe.bit_rate
        for block in blocks:
            if not len(block):
                continue
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(block, np.float32).reshape(1, -1), "flt", _LAYOUTS[channels]
            )
            frame.sample_rate = sample_rate
            frame.pts = written
            frame.time_base = Fraction(1, sample_rate)
            container.mux(stream.encode(frame))
            written += len(block)
        for packet in stream.encode(None):
            # LAME may end with a packet of mere filling, which its header cannot tell of beside that of the packet
            # before; the Vorbis encoder fills its last packet up to 64 samples and declares the filling as music.
            if packet.duration == 0 and packet.size > 0:
                continue
            if packet.pts is not None and packet.duration and packet.time_base == Fraction(1, sample_rate):
                packet.duration = max(0, min(packet.duration, written - packet.pts))
            container.mux(packet)
    return written
