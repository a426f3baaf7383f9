"""The weights of all passages at a moment: the formulas of docs/next.md over arrays."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from passagework.domain.playing import PlayRules, Rest
from passagework.persistence.read.playing.arrays import NEVER, Arrays, Flags, Numbers, Own, Values, groups, place_of

_NANO: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Lasts:
    """When each song, artist and work was played last, in nanoseconds; NEVER."""

    songs: Numbers
    artists: Numbers
    works: Numbers


@dataclass(frozen=True, slots=True)
class Rested:
    """How far everything has rested, 0 to 1: songs, artists and works by themselves, and the passages of ``rows``.

    All other passages have rested. ``rows`` are in order, ``of_rows`` is of them.
    """

    songs: Values
    artists: Values
    works: Values
    rows: Numbers
    of_rows: Values

    def of(self, row: int) -> float:
        """Return how far a passage has rested."""
        place = place_of(self.rows, row)
        return 1.0 if place is None else float(self.of_rows[place])


def lasts_of(arrays: Arrays, last: Numbers) -> Lasts:
    """Return when what passages consist of was played last, from when the passages were."""
    songs = np.full(arrays.song_count, NEVER)
    artists, works = np.full(arrays.artist_count, NEVER), np.full(len(arrays.works), NEVER)
    rows = np.flatnonzero(last[arrays.of_passage] != NEVER)
    np.maximum.at(songs, arrays.song_of[rows], last[arrays.of_passage[rows]])
    # Who has no part in a song does not rest after it.
    for of_song, of, each, counts in (
        (arrays.artist_of_song, arrays.artist_of, artists, arrays.weight > 0),
        (arrays.work_of_song, arrays.work_of, works, True),
    ):
        rows = np.flatnonzero((songs[of_song] != NEVER) & counts)
        np.maximum.at(each, of[rows], songs[of_song[rows]])
    return Lasts(songs, artists, works)


def chances(arrays: Arrays) -> Values:
    """Return the weight of each passage if nothing rests, whether it can be played or not."""
    of_artists = _or_one(arrays.own_of_artists.probability)
    of_works = _or_one(arrays.own_of_works.probability)
    of_songs = _or_one(arrays.own_of_songs.probability)
    of_songs = of_songs * _of_artists(arrays, of_artists)
    if len(arrays.work_of):
        firsts, starts = arrays.work_groups
        of_songs[firsts] *= np.multiply.reduceat(of_works[arrays.work_of], starts)
    return arrays.probability * _of_passages(arrays, np.add, arrays.share * of_songs[arrays.song_of])


def rested(arrays: Arrays, lasts: Lasts, rules: PlayRules, at_ns: int) -> Rested:
    """Return how far everything has rested at a moment. Most has: only what has not is looked at further."""
    songs = _rest(lasts.songs, arrays.own_of_songs, rules.song, at_ns)
    artists = _rest(lasts.artists, arrays.own_of_artists, rules.artist, at_ns)
    works = _rest(lasts.works, arrays.own_of_works, rules.work, at_ns)
    whole = songs.copy()
    with_artists, places, starts = _with_any(
        arrays.artist_of_song, arrays.artist_bounds, (artists < 1)[arrays.artist_of]
    )
    if len(with_artists):
        parts = arrays.weight[places] * artists[arrays.artist_of[places]]
        whole[with_artists] *= np.add.reduceat(parts, starts)
    with_works, places, starts = _with_any(arrays.work_of_song, arrays.work_bounds, (works < 1)[arrays.work_of])
    if len(with_works):
        whole[with_works] *= np.minimum.reduceat(works[arrays.work_of[places]], starts)
    rows, places, starts = _with_any(arrays.of_passage, arrays.bounds, (whole < 1)[arrays.song_of])
    of_rows = np.minimum.reduceat(whole[arrays.song_of[places]], starts) if len(rows) else np.zeros(0)
    return Rested(songs, artists, works, rows, of_rows)


def _with_any(of: Numbers, bounds: Numbers, flags: Flags) -> tuple[Numbers, Numbers, Numbers]:
    """Return the numbers of a sorted array at which there is a flag, all places of them, and where each begins."""
    numbers, _ = groups(of[flags])
    first, count = bounds[numbers], bounds[numbers + 1] - bounds[numbers]
    starts = np.cumsum(count) - count
    places = np.repeat(first - starts, count) + np.arange(int(count.sum()))
    return numbers, places, starts


def free_at(arrays: Arrays, lasts: Lasts, rules: PlayRules) -> Numbers:
    """Return when the cooldowns of all that each passage consists of are over, in nanoseconds; NEVER: it is free."""
    songs = _free(lasts.songs, arrays.own_of_songs, rules.song)
    artists = _free(lasts.artists, arrays.own_of_artists, rules.artist)
    works = _free(lasts.works, arrays.own_of_works, rules.work)
    # Of the artists the first one that has rested is enough: the sum is then above 0.
    rows = np.flatnonzero(arrays.weight > 0)
    if len(rows):
        firsts, starts = groups(arrays.artist_of_song[rows])
        songs[firsts] = np.maximum(songs[firsts], np.minimum.reduceat(artists[arrays.artist_of[rows]], starts))
    if len(arrays.work_of):
        firsts, starts = arrays.work_groups
        songs[firsts] = np.maximum(songs[firsts], np.maximum.reduceat(works[arrays.work_of], starts))
    if not len(arrays.passages):
        return np.zeros(0, np.int64)
    free: Numbers = np.maximum.reduceat(songs[arrays.song_of], arrays.starts)
    return free


def _of_artists(arrays: Arrays, values: Values) -> Values:
    """Return the mean of what the artists of each song have, by their weights; 1 where it has none."""
    found = np.ones(arrays.song_count)
    if len(arrays.artist_of):
        firsts, starts = arrays.artist_groups
        found[firsts] = np.add.reduceat(arrays.weight * values[arrays.artist_of], starts)
    return found


def _of_passages(arrays: Arrays, how: np.ufunc, values: Values) -> Values:
    found: Values = how.reduceat(values, arrays.starts) if len(arrays.passages) else np.zeros(0)
    return found


def _rest(last: Numbers, own: Own, rule: Rest, at_ns: int) -> Values:
    """Return 0 during the cooldown, then more and more, and 1 after the ramp."""
    found = np.ones(len(last))
    # Most was played long ago, or never.
    rows = np.flatnonzero(last != NEVER)
    cooldown, ramp = _or(own.cooldown[rows], rule.cooldown), _or(own.ramp[rows], rule.ramp)
    beyond = (at_ns - last[rows]) / _NANO - cooldown
    with np.errstate(divide="ignore", invalid="ignore"):
        found[rows] = np.where(beyond >= ramp, 1.0, np.clip(beyond / ramp, 0.0, 1.0))
    found[rows[beyond < 0]] = 0.0
    return found


def _free(last: Numbers, own: Own, rule: Rest) -> Numbers:
    cooldown, ramp = _or(own.cooldown, rule.cooldown), _or(own.ramp, rule.ramp)
    # Where it comes back by and by, it still rests at the very end of the cooldown.
    beyond = (cooldown * _NANO).astype(np.int64) + np.where(ramp > 0, 1_000, 0)
    free: Numbers = np.where(last == NEVER, NEVER, last + beyond)
    return free


def _or_one(values: Values) -> Values:
    return _or(values, 1.0)


def _or(values: Values, default: float) -> Values:
    found: Values = np.where(np.isnan(values), default, values)
    return found
