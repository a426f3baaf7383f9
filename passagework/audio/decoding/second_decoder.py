"""libsndfile, which is asked about what FFmpeg refuses: some files break the rules of their format, and play well.

It is loaded where it is first needed, or by :mod:`passagework.audio.loading` in a process that can load nothing later.
Where it cannot be loaded, it refuses everything.
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from importlib import import_module
from types import MappingProxyType
from typing import Final, Protocol

import av
import numpy as np
from numpy.typing import NDArray

from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.measure.hashing import DIGEST_SIZE, HashingFile
from passagework.domain.failures import FailureCode

NAME: Final = "libsndfile"

_FORMATS: Final = MappingProxyType(
    {
        "aiff": ("AIFF",),
        "au": ("AU",),
        "caf": ("CAF",),
        "flac": ("FLAC",),
        "ogg": ("OGG",),
        "w64": ("W64",),
        "wav": ("WAV", "WAVEX", "RF64"),
    }
)
"""Its names of the containers that it is asked about. Not MP3: its decoder finds frames in anything."""

_HEADS: Final = re.compile(
    rb"(?:RIFF|RIFX|RF64).{4}WAVE|FORM.{4}AIF[FC]|\.snd|caff.{4}desc|fLaC|OggS|riff\x2e\x91\xcf\x11", re.DOTALL
)
"""How files begin that it knows at once. Of others it would look for a second file, as Macintosh files had one."""

_ASKED_ABOUT: Final = frozenset({FailureCode.DAMAGED, FailureCode.UNSUPPORTED, FailureCode.NO_AUDIO_STREAM})

_CODECS: Final = MappingProxyType(
    {
        "ALAC_16": "alac",
        "ALAC_20": "alac",
        "ALAC_24": "alac",
        "ALAC_32": "alac",
        "ALAW": "pcm_alaw",
        "G721_32": "g726",
        "GSM610": "gsm_ms",
        "IMA_ADPCM": "adpcm_ima_wav",
        "MPEG_LAYER_III": "mp3",
        "MS_ADPCM": "adpcm_ms",
        "OPUS": "opus",
        "ULAW": "pcm_mulaw",
        "VORBIS": "vorbis",
    }
)
"""FFmpeg's names of its codecs, as far as they differ by more than the case."""

_INTEGERS: Final = MappingProxyType(
    {"PCM_S8": "s8", "PCM_U8": "u8", "PCM_16": "s16", "PCM_24": "s24", "PCM_32": "s32", "FLOAT": "f32", "DOUBLE": "f64"}
)

_VORBIS_ORDER: Final = MappingProxyType({3: [0, 2, 1], 5: [0, 2, 1, 3, 4], 6: [0, 2, 1, 5, 3, 4]})
"""For each of FFmpeg's channels the place where Vorbis and Opus have it (Vorbis I specification, section 4.3.9)."""

_FRAMES: Final = 2**16


class _Sound(Protocol):
    """What is used of ``soundfile.SoundFile``, which has no types."""

    @property
    def samplerate(self) -> int: ...
    @property
    def frames(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def format(self) -> str: ...
    @property
    def subtype(self) -> str: ...
    @property
    def read(self) -> Callable[..., NDArray[np.float32]]: ...
    def close(self) -> None: ...


def load_second_decoder() -> None:
    """Load the library, and have it call back once: a confined process can make no memory executable later.

    The memory of the callbacks is used again for those of the next file.
    """
    with suppress(ImportError, OSError):
        soundfile = import_module("soundfile")
        empty = io.BytesIO()
        soundfile.write(empty, np.zeros(1, np.int16), 8_000, format="WAV", subtype="PCM_16")
        empty.seek(0)
        with soundfile.SoundFile(empty) as sound:
            sound.read()


def version() -> str | None:
    """Return the version of the library, None where it cannot be loaded."""
    try:
        found: str = import_module("soundfile").__libsndfile_version__
    except (ImportError, OSError):
        return None
    return found


def may_read(refused: RefusedError, container: str) -> bool:
    """Tell whether what a decoder refused is for another one."""
    return refused.failure.code in _ASKED_ABOUT and container in _FORMATS


@contextmanager
def open_with_second(file: HashingFile, container: str) -> Iterator["SndfileSource"]:
    """Open the audio of a file for the duration of the block. Raises RefusedError, and OSError if it cannot be read."""
    sound = _open(file, container)
    try:
        layout = av.AudioLayout(f"{sound.channels}c")
    except ValueError as error:
        raise RefusedError(FailureCode.UNSUPPORTED, f"{sound.channels} channels") from error
    try:
        yield SndfileSource(sound, file, container, layout)
    finally:
        # Closing tells of errors that reading told of before.
        with suppress(RuntimeError):
            sound.close()


def _open(file: HashingFile, container: str) -> _Sound:
    if not _HEADS.match(file.peek(0, 12)):
        raise RefusedError(FailureCode.DAMAGED, f"it does not begin as {NAME} expects it")
    try:
        soundfile = import_module("soundfile")
    except (ImportError, OSError) as error:
        raise RefusedError(FailureCode.UNSUPPORTED, f"{NAME} is not there: {error}") from error
    try:
        sound: _Sound = soundfile.SoundFile(_QuietFile(file))
    except RuntimeError as error:
        file.raise_error()
        raise RefusedError(FailureCode.DAMAGED, str(error)) from error
    if sound.format not in _FORMATS[container]:
        sound.close()
        raise RefusedError(FailureCode.DAMAGED, f"{NAME} takes it for {sound.format}")
    return sound


class _QuietFile:
    """What libsndfile reads: it cannot take an exception, and errors of reading are kept by the file."""

    def __init__(self, file: HashingFile) -> None:
        self._file = file

    def read(self, count: int) -> bytes:
        with suppress(OSError):
            return self._file.read(count)
        return b""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with suppress(ValueError):
            return self._file.seek(offset, whence)
        return self._file.tell()

    def tell(self) -> int:
        return self._file.tell()


class SndfileSource:
    """The audio that libsndfile decodes (:class:`passagework.audio.decoding.source.AudioSource`).

    It shows no packets. What is hashed are the samples, as numbers of 32 bits.
    """

    decoder: str | None = NAME
    link_starts: tuple[Fraction, ...] = ()

    def __init__(self, sound: _Sound, file: HashingFile, container: str, layout: av.AudioLayout) -> None:
        self.bad_packets = 0
        self.packet_bytes = file.visible_size
        self.codec = _codec_of(sound)
        self.declared_seconds: Fraction | None = None
        # Where it cannot tell, it says the largest number that there is.
        if sound.samplerate > 0 and 0 < sound.frames < np.iinfo(np.int64).max:
            self.declared_seconds = Fraction(sound.frames, sound.samplerate)
        self._sound = sound
        self._file = file
        self._order = _VORBIS_ORDER.get(sound.channels) if container == "ogg" else None
        self._layout = layout
        self._hash = hashlib.blake2b(digest_size=DIGEST_SIZE)

    def chapters(self) -> None:
        """Read none."""

    def audio_hash(self) -> bytes:
        """Return the hash of all samples."""
        return self._hash.digest()

    def frames(self) -> Iterator[av.AudioFrame]:
        """Decode everything. Raises OSError if the operating system cannot read."""
        for samples in self._blocks():
            frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "flt", self._layout.name)
            frame.sample_rate = self._sound.samplerate
            yield frame

    def skip_all(self) -> None:
        """Hash all samples, which takes a decode."""
        for _ in self._blocks():
            pass

    def _blocks(self) -> Iterator[NDArray[np.float32]]:
        while True:
            try:
                samples = self._sound.read(_FRAMES, dtype="float32", always_2d=True)
            except RuntimeError:
                self.bad_packets += 1
                break
            if not len(samples):
                break
            if self._order is not None:
                samples = samples[:, self._order]
            samples = np.ascontiguousarray(samples)
            self._hash.update(samples.data)
            yield samples
        self._file.raise_error()


def _codec_of(sound: _Sound) -> str:
    if sound.subtype in _INTEGERS and sound.format != "FLAC":
        order = "" if sound.subtype in {"PCM_S8", "PCM_U8"} else "be" if sound.format in {"AIFF", "AU", "CAF"} else "le"
        return f"pcm_{_INTEGERS[sound.subtype]}{order}"
    return "flac" if sound.format == "FLAC" else _CODECS.get(sound.subtype, sound.subtype.lower())
