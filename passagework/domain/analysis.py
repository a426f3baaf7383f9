"""The result of analysing one file: one frozen, self-contained value that crosses processes."""

from dataclasses import dataclass

from passagework.domain.codes import UnknownCode
from passagework.domain.extensions import PassageValue
from passagework.domain.failures import Failure, WarningCode
from passagework.domain.files import FileStamp
from passagework.domain.flavor.values import Flavor
from passagework.domain.given_cuts import NO_PIECE, CutSource, GivenCuts, PieceTags, write_cuts
from passagework.domain.ids import Guid
from passagework.domain.measured import Loudness, PassageMeasures
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks

ANALYSIS_VERSION = 1
"""The oldest version whose values may stay: files with an older one are analysed again as if they had changed.

What a change of code merely makes otherwise has a version for each part: :mod:`passagework.domain.parts`.
"""


@dataclass(frozen=True, slots=True)
class ShiftedFingerprint:
    """A fingerprint of a passage with other bounds, in whole seconds.

    It begins ``shift`` seconds after the passage (before it if negative), and is ``seconds`` long.
    """

    shift: int
    seconds: int
    encoded: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Chromaprint of the first 120 s of a passage.

    ``encoded`` is the compressed, URL-safe base64 form (algorithm 1, "TEST2") that AcoustID takes;
    ``duration`` is the length of the whole passage. ``shifted`` are tried if no recording fits this one.
    """

    encoded: str
    duration: Ticks
    shifted: tuple[ShiftedFingerprint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageAnalysis(PassageMeasures):
    """The analysis of one passage.

    ``loudness_distribution`` says how many of its blocks are how loud
    (:func:`passagework.domain.loudness_distribution.distribution`). ``piece`` is what is said about it by what gave the
    cuts; ``keeps`` is the passage to which a person gave these bounds. ``values`` is what extensions say.
    """

    fingerprint: Fingerprint | None
    loudness_distribution: bytes | None = None
    flavor: Flavor | None = None
    piece: PieceTags = NO_PIECE
    keeps: Guid | None = None
    values: tuple[PassageValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """Level of a file over time.

    ``levels``: one unsigned byte for every ``hop`` samples, RMS over the channels in half-dB steps below full scale
    (0 = 0 dBFS, 255 = -127.5 dBFS or less).
    """

    hop: int
    levels: bytes


@dataclass(frozen=True, slots=True)
class Waveform:
    """Lowest and highest sample of each of at most 2,048 equal spans of the file.

    ``extrema``: pairs of signed bytes (minimum, maximum; 127 = full scale), both channels together.
    """

    samples_per_point: int
    extrema: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with the audio.

    Packets that failed, samples missing against the declared length, and samples, over all channels, that are no
    number or beyond ``measured.LARGEST_SAMPLE``.
    """

    bad_packets: int = 0
    missing_samples: int = 0
    invalid_samples: int = 0


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """The audio stream as the container and the decoder describe it. ``bit_rate`` in bit/s, None if unknown.

    ``decoder`` names what decoded it, None: FFmpeg.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    bit_rate: int | None
    decoder: str | None = None


@dataclass(frozen=True, slots=True)
class FileAnalysis:
    """Everything that one pass over one file finds.

    ``content_hash`` covers every byte of the file, ``audio_hash`` only the audio packets, so that it survives
    retagging; both are BLAKE2b-256. ``samples`` is the decoded length per channel. ``weighted`` are the levels by which
    passages are found (:func:`passagework.domain.segmentation.find_cuts`), ``doubtful_gaps`` is where it was not cut.
    ``cut_by`` gave the passages, None: the sound. ``made_cuts`` are the bounds of a person by which they were made, as
    they are stored, ``given`` what a sheet or the file itself says. ``made_list`` is the track list with which the file
    was compared, as it is stored, and ``list_score`` how well it fits, from 0 to 1. ``sheet_hash`` and ``pieces_hash``
    tell whether a sheet beside the file, and the file itself, still say the same
    (:func:`passagework.domain.given_cuts.cuts_hash`).
    ``begins_with`` and ``ends_with`` are what is heard where the file cuts through sound
    (:mod:`passagework.domain.edge_sound`), None where it does not.
    """

    path: bytes
    stamp: FileStamp
    format: AudioFormat
    content_hash: bytes
    audio_hash: bytes
    samples: int
    duration: Ticks
    tags: Tags
    loudness: Loudness
    envelope: Envelope
    weighted: bytes
    doubtful_gaps: tuple[tuple[Ticks, Ticks], ...]
    waveform: Waveform
    damage: Damage
    warnings: tuple[WarningCode, ...]
    passages: tuple[PassageAnalysis, ...]
    cut_by: CutSource | UnknownCode | None = None
    made_cuts: str | None = None
    made_list: str | None = None
    list_score: float | None = None
    given: GivenCuts | None = None
    sheet_hash: bytes | None = None
    pieces_hash: bytes | None = None
    begins_with: bytes | None = None
    ends_with: bytes | None = None
    analysis_version: int = ANALYSIS_VERSION

    @property
    def given_cuts(self) -> str | None:
        """What a sheet or the file itself says, as it is stored."""
        return None if self.given is None else write_cuts(self.given)


@dataclass(frozen=True, slots=True)
class SameContent:
    """A file with the content that the library knows: every byte is the same."""

    path: bytes
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class SameAudio:
    """A file with the audio that the library knows, and perhaps with other tags. Nothing was decoded.

    ``parts`` is what made the file now, None: as before.
    """

    path: bytes
    stamp: FileStamp
    content_hash: bytes
    audio_hash: bytes
    tags: Tags
    warnings: tuple[str, ...]
    parts: str | None = None


@dataclass(frozen=True, slots=True)
class FailedAnalysis:
    """A file that could not be analysed, and why."""

    path: bytes
    stamp: FileStamp
    failure: Failure


AnalysisResult = FileAnalysis | SameAudio | SameContent | FailedAnalysis
