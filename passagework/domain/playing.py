"""What to play next: what is asked, and what is chosen (docs/next.md)."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.flavor.values import Groups
from passagework.domain.gains import GainOf, Mono, PassageGains, Programme
from passagework.domain.passage_filter import PassageFilter
from passagework.domain.plays import moment_of, nanoseconds_of
from passagework.domain.units import Ticks
from passagework.domain.views import PassageView

LATEST_NS: Final = 4_102_444_800 * 1_000_000_000
"""The year 2100. Differences of moments fit into 64 bits."""

PEAK_CEILING_DB: Final = -1.0
"""The highest peak after a gain, in dBTP: EBU R 128."""


class NextError(PassageworkError):
    """A question for the next passage that cannot be: the message says what would be right."""

    code = "next-invalid"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Rest:
    """How long something rests where nobody has set it, in seconds: not at all played, then more and more often."""

    cooldown: float
    ramp: float


@dataclass(frozen=True, slots=True)
class PlayRules:
    """What holds where nobody has set something: the section ``play``, and ``loudness.mono``."""

    song: Rest = Rest(900, 604_800)
    artist: Rest = Rest(0, 3_600)
    work: Rest = Rest(900, 86_400)
    target_lufs: float = -18.0
    mono: Mono = Mono.PANNED


@dataclass(frozen=True, slots=True)
class NextWanted:
    """What is asked: which passage plays next at a moment, in nanoseconds since 1970.

    ``after`` plays before it, by its guid or a prefix. ``filter``: only of what it takes. ``near``: prefer what is near
    to a passage, or to named shares. ``seed`` makes the choice repeatable; None: by chance.
    """

    at_ns: int
    rules: PlayRules
    after: str | None = None
    filter: PassageFilter | None = None
    near: str | Groups | None = None
    seed: int | str | None = None
    explain: bool = False
    even_resting: bool = False
    keep_gapless: bool = False
    gain_of: GainOf = GainOf.TRACK


class FactorKind(StrEnum):
    """What a factor of a weight is of."""

    PASSAGE = "passage"
    SONG = "song"
    ARTIST = "artist"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class Factor:
    """What one thing adds to the weight of a passage.

    ``key`` is a guid, an MBID, or the folded name of an artist that is known by text only. ``share`` is the part of the
    song in the passage, or the weight of the artist in the song. ``rest`` is 0 while it rests, 1 when it has its full
    probability again; ``last`` is when it was played last.
    """

    kind: FactorKind
    key: str | None
    probability: float
    share: float
    rest: float
    last_ns: int | None

    @property
    def last(self) -> dt.datetime | None:
        """When it was played last."""
        return None if self.last_ns is None else moment_of(self.last_ns)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a passage was chosen: its weight, the probability that it was, and the factors of the weight."""

    weight: float
    share: float
    rest: float
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Crossfade:
    """How a passage follows another: so long both play, from a moment of the file of the former on.

    ``after`` is how long the former has played by then. All in ticks; ``gapless``: the sound goes on.
    """

    overlap: Ticks
    begins_at: Ticks
    after: Ticks
    gapless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NextUp:
    """What plays next: a passage, or nothing while everything rests, or where nothing can be played.

    ``playable`` passages can be played, ``resting`` of them rest. ``free_ns``: when the first one has rested, if all
    rest. ``is_resting``: it was asked for even so. ``gain_db`` leads to the target without clipping; None where the
    loudness is not known. ``distance``: how far its flavor is from the wanted one. ``fresh``: all of the library as it
    is now was looked at.
    """

    passage: PassageView | None
    playable: int
    resting: int
    free_ns: int | None = None
    is_resting: bool = False
    crossfade: Crossfade | None = None
    gain_db: float | None = None
    distance: float | None = None
    explanation: Explanation | None = None
    fresh: bool = True

    @property
    def free_at(self) -> dt.datetime | None:
        """When the first passage has rested."""
        return None if self.free_ns is None else moment_of(self.free_ns)


def gain_without_clipping(gains: PassageGains, of: GainOf, target: float) -> float | None:
    """Return the gain in dB to a loudness, less where peaks would exceed PEAK_CEILING_DB."""
    programme: Programme = gains.programme(of)
    gain = programme.gain(target)
    # What plays is the passage, whatever its album is like.
    peak = gains.track.sample_peak if gains.track.true_peak is None else gains.track.true_peak
    if gain is None or peak is None:
        return gain
    return min(gain, PEAK_CEILING_DB - peak)


def crossfade(before: PassageView, after: PassageView, *, gapless: bool) -> Crossfade:
    """Return how a passage follows another; nothing is overlapped where the sound goes on."""
    overlap = Ticks(0 if gapless else min(before.lead_out, after.lead_in))
    begins = Ticks(before.end - overlap)
    return Crossfade(overlap, begins, Ticks(begins - before.start), gapless)


def moment_to_play(at: dt.datetime | None, now_ns: int) -> int:
    """Return the moment for which is asked, None: now. NextError for one before 1970 or after 2100."""
    if at is None:
        return now_ns
    if at.tzinfo is None or at.utcoffset() is None:
        raise NextError(f"{at.isoformat()} has no time zone")
    found = nanoseconds_of(at)
    if not 0 <= found <= LATEST_NS:
        raise NextError(f"{at.isoformat()} is before 1970 or after 2100")
    return found
