"""How much louder or softer a passage is to be played, alone or with its disc or album: ReplayGain 2 and EBU R 128."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from passagework.domain.measured import Loudness
from passagework.domain.tags import ReplayGain

REPLAY_GAIN_LUFS: Final = -18.0
"""The loudness to which gains lead: ReplayGain 2.0 specification."""

R128_LUFS: Final = -23.0
"""The loudness to which R128_TRACK_GAIN and R128_ALBUM_GAIN lead: RFC 7845, 5.2.1; EBU R 128."""

_Q7_8: Final = 256
_LARGEST_Q7_8: Final = 2**15 - 1

_BOTH_CHANNELS_DB: Final = 3.01029995663981195
"""10 log10 2: the same signal on two loudspeakers has twice the energy."""


class Mono(StrEnum):
    """How a player sends a file with one channel to two loudspeakers: the setting ``loudness.mono``."""

    PANNED = "panned"
    """3 dB softer on each, so that it is as loud as on one."""

    COPIED = "copied"
    """As it is on each, so that it is 3 dB louder than on one."""

    def louder(self, channels: int | None) -> float:
        """Return by how many dB a file with so many channels is played louder than it was measured."""
        return _BOTH_CHANNELS_DB if self is Mono.COPIED and channels == 1 else 0.0


class GainOf(StrEnum):
    """What is brought to a loudness as a whole."""

    TRACK = "track"
    DISC = "disc"
    ALBUM = "album"


@dataclass(frozen=True, slots=True)
class Programme:
    """The loudness and the peaks, as they are played, of a passage, or of several that are gated as one programme.

    In LUFS, dBTP and dBFS; None is unknown.
    """

    integrated: float | None
    true_peak: float | None
    sample_peak: float | None

    @classmethod
    def of(cls, loudness: Loudness, louder: float) -> "Programme":
        """Return the programme of one passage, played louder by some dB than it was measured."""
        integrated = None if loudness.integrated is None else loudness.integrated + louder
        return cls(integrated, loudness.true_peak, loudness.sample_peak)

    def gain(self, target: float) -> float | None:
        """Return the gain in dB to a loudness."""
        return None if self.integrated is None else target - self.integrated

    @property
    def peak(self) -> float | None:
        """The highest amplitude, 1 = full scale: between the samples if that was measured; None for silence."""
        peak = self.sample_peak if self.true_peak is None else self.true_peak
        return None if peak is None else 10.0 ** (peak / 20.0)


UNKNOWN: Final = Programme(None, None, None)


@dataclass(frozen=True, slots=True)
class PassageGains:
    """What the gains of a passage follow from: itself, its disc and its album, as far as they can be played now.

    ``disc`` and ``album`` are UNKNOWN where it has none, and where a passage of them was measured by a version that did
    not keep its distribution.
    """

    track: Programme
    disc: Programme = UNKNOWN
    album: Programme = UNKNOWN

    def programme(self, of: GainOf) -> Programme:
        """Return what is brought to a loudness; the passage itself where the loudness of the others is unknown."""
        chosen = {GainOf.TRACK: self.track, GainOf.DISC: self.disc, GainOf.ALBUM: self.album}[of]
        return self.track if chosen.integrated is None else chosen

    @property
    def replay_gain(self) -> ReplayGain:
        """The values that tags would have."""
        return ReplayGain(
            track_gain=self.track.gain(REPLAY_GAIN_LUFS),
            track_peak=self.track.peak,
            album_gain=self.album.gain(REPLAY_GAIN_LUFS),
            album_peak=self.album.peak,
            r128_track_gain=self.track.gain(R128_LUFS),
            r128_album_gain=self.album.gain(R128_LUFS),
        )


def q7_8(gain: float | None) -> int | None:
    """Return a gain in dB as the tags of Opus have it: in 1/256 dB, in 16 bits (RFC 7845, 5.2.1)."""
    return None if gain is None else max(-_LARGEST_Q7_8 - 1, min(round(gain * _Q7_8), _LARGEST_Q7_8))


GAIN_NAMES: Final = MappingProxyType(
    {
        "album_loudness_lufs": float,
        "album_true_peak_dbtp": float,
        "album_sample_peak_dbfs": float,
        "disc_loudness_lufs": float,
        "disc_true_peak_dbtp": float,
        "disc_sample_peak_dbfs": float,
        "replaygain_track_gain_db": float,
        "replaygain_track_peak": float,
        "replaygain_album_gain_db": float,
        "replaygain_album_peak": float,
        "r128_track_gain_q78": int,
        "r128_album_gain_q78": int,
    }
)
"""The names of gains where a machine reads them, in order, and their types; each may be None."""


def gain_values(gains: PassageGains) -> Mapping[str, float | int | None]:
    """Return the gains by GAIN_NAMES."""
    derived = gains.replay_gain
    return {
        "album_loudness_lufs": gains.album.integrated,
        "album_true_peak_dbtp": gains.album.true_peak,
        "album_sample_peak_dbfs": gains.album.sample_peak,
        "disc_loudness_lufs": gains.disc.integrated,
        "disc_true_peak_dbtp": gains.disc.true_peak,
        "disc_sample_peak_dbfs": gains.disc.sample_peak,
        "replaygain_track_gain_db": derived.track_gain,
        "replaygain_track_peak": derived.track_peak,
        "replaygain_album_gain_db": derived.album_gain,
        "replaygain_album_peak": derived.album_peak,
        "r128_track_gain_q78": q7_8(derived.r128_track_gain),
        "r128_album_gain_q78": q7_8(derived.r128_album_gain),
    }
