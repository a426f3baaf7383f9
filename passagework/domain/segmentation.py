"""Find the passages of a file: silence and boundaries from its level."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.analysis_rules import SegmentationRules
from passagework.domain.file_levels import FileLevels
from passagework.domain.noise_floor import Blocks
from passagework.domain.sounds import Pieces, music_of
from passagework.domain.spans import Span
from passagework.domain.speech import is_surely_no_speech, looks_like_speech
from passagework.domain.stretches import stretches

LOUDEST_SILENCE: Final = -30.0
"""dB. Nothing louder is silence, whatever the file: so during the decode it is known where no passage can begin."""

_NOTHING: Final = -80.0
"""dB. A file that is no louder as a whole is silent: the noise of 16 bits has -90."""

_RINGING: Final = 0.1
"""Seconds by which a gap may be too short: the filter rings, over noise for 60 ms, and a gap that does not begin on a
hop loses one."""

_JOIN_GAPS: Final = 2.0
"""A short piece joins its neighbour over a gap of less than this many times ``shortest_gap``."""

_DOUBTFUL_DEPTH: Final = 20.0
"""dB. A stretch that hardly moves and is so far below the programme might be a gap."""


_PAUSES_OF_SPEECH: Final = 15.0
_GAP_OF_MUSIC: Final = 2.0
"""Seconds. Who asks for gaps of the first length expects speech; music has gaps of the second."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """The passages of a file, ordered and disjoint, and the gaps that it may have besides; both in samples.

    ``programme``: the level of the file as a whole in dB, None if it is silent. ``floor``: that of its noise, None if
    none was found. ``speech``: it was cut and looks like speech. ``no_speech``: it was not cut at gaps, as if it were
    speech, and is surely none. ``sounds`` is the music with every silence in it.
    """

    passages: tuple[Span, ...]
    doubtful: tuple[Span, ...] = ()
    programme: float | None = None
    floor: float | None = None
    speech: bool = False
    no_speech: bool = False
    sounds: tuple[Span, ...] = ()


def find_cuts(of_file: FileLevels, samples: int, rules: SegmentationRules) -> Cuts:
    """Find the passages of a file.

    Its levels are those after the K-weighting of ITU-R BS.1770, which has no constant and little below 30 Hz.
    ``samples`` is the length of the file. Raises ValueError if the two lengths do not match.

    1. Sound is what is above the noise of the file (:func:`noise_floor.noise_floor`), and less than ``silence_drop``
       below the file as a whole. So bounds do not depend on gain.
    2. Sounds are music if they are long, or hits that come together, or strokes of a rhythm (:func:`music_of`). If a
       whole file contains no music, its sounds are one passage if they add up to ``shortest_sound`` or the file is
       too short for a gap; otherwise it is silent.
    3. Silence of at least ``shortest_gap``, measured to 0.1 s, separates passages. Silence at the edges is trimmed.
    4. A piece shorter than ``shortest_passage`` joins its nearer neighbour if the gap between them is less than
       twice ``shortest_gap``, smallest gaps first; otherwise it becomes a separate passage. No music is lost.

    A steady stretch in a passage that is as long as a gap, and quiet, but not surely noise, is a doubtful gap.
    """
    levels, hop, per_second = of_file.levels, of_file.hop, of_file.per_second
    if levels.size != -(-samples // hop):
        raise ValueError(f"{levels.size} levels of {hop} samples do not cover {samples} samples")
    programme, blocks, floor = of_file.programme, of_file.blocks, of_file.floor
    if programme is None or blocks is None or programme < _NOTHING:
        whole = () if rules.trim or not samples else (Span(0, samples),)
        return Cuts(whole, sounds=whole)
    noise = None if floor is None else floor.level
    if not rules.trim:
        return Cuts((Span(0, samples),), (), programme, noise, sounds=(Span(0, samples),))
    sound = programme - rules.silence_drop
    if floor is not None:
        sound = max(sound, floor.sound)
    sound = min(sound, LOUDEST_SILENCE)
    music = _music(levels, sound, programme, per_second, rules)
    pieces = _pieces(music, per_second, rules)
    doubtful = _doubtful(levels, blocks, pieces, (sound, programme - _DOUBTFUL_DEPTH), rules.shortest_gap * per_second)

    def spans(found: list[tuple[int, int]]) -> tuple[Span, ...]:
        return tuple(Span(start * hop, min(end * hop, samples)) for start, end in found)

    speech = len(pieces) > 1 and looks_like_speech(levels, programme, per_second)
    no_speech = False
    if rules.shortest_gap >= _PAUSES_OF_SPEECH and is_surely_no_speech(levels, programme, per_second):
        as_music = _pieces(music, per_second, replace(rules, shortest_gap=_GAP_OF_MUSIC))
        no_speech = len(as_music) > len(pieces)
    sounds = spans(list(zip(music.starts.tolist(), music.ends.tolist(), strict=True)))
    return Cuts(spans(pieces), spans(doubtful), programme, noise, speech, no_speech, sounds)


def _music(
    levels: NDArray[np.float32], sound: float, programme: float, per_second: float, rules: SegmentationRules
) -> Pieces:
    music, sounds = music_of(levels, sound, programme, per_second, rules.shortest_sound)
    if music.starts.size == 0:
        music = sounds.bridged(np.inf)
        if levels.size >= rules.shortest_gap * per_second:
            music = music.kept(music.loud >= rules.shortest_sound * per_second)
    return music


def _pieces(music: Pieces, per_second: float, rules: SegmentationRules) -> list[tuple[int, int]]:
    shortest_gap = max(1.0, (rules.shortest_gap - _RINGING) * per_second)
    return _join_short(
        music.bridged(shortest_gap), _JOIN_GAPS * rules.shortest_gap * per_second, rules.shortest_passage * per_second
    )


def _doubtful(
    levels: NDArray[np.float32],
    blocks: Blocks,
    pieces: list[tuple[int, int]],
    between: tuple[float, float],
    shortest_gap: float,
) -> list[tuple[int, int]]:
    """Find steady and quiet stretches of at least ``shortest_gap`` hops that lie in a piece with music around them.

    ``between``: the level above which there is sound, since silence is no doubt, and that below which it is quiet.
    """
    sound, loudest = between
    quiet = blocks.flat & (blocks.levels > sound) & (blocks.levels <= loudest)
    starts, ends = (edges * blocks.hops for edges in stretches(quiet))
    return [
        (start, end)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if end - start >= shortest_gap
        and any(first < start and end < last for first, last in pieces)
        and np.percentile(levels[start:end], 99) <= loudest
    ]


def _join_short(pieces: Pieces, shortest_apart: float, shortest_passage: float) -> list[tuple[int, int]]:
    """Join pieces shorter than ``shortest_passage`` over gaps of less than ``shortest_apart`` hops."""
    starts: list[int] = pieces.starts.tolist()
    ends: list[int] = pieces.ends.tolist()
    gaps = [start - end for start, end in zip(starts[1:], ends, strict=False)]
    # For a group of joined pieces: its first piece by its last one, and the other way round.
    first_of = list(range(len(starts)))
    last_of = list(range(len(starts)))
    joined = [False] * len(starts)
    for left in sorted((index for index, gap in enumerate(gaps) if gap < shortest_apart), key=gaps.__getitem__):
        first, last = first_of[left], last_of[left + 1]
        shorter = min(ends[left] - starts[first], ends[last] - starts[left + 1])
        if shorter < shortest_passage:
            first_of[last], last_of[first] = first, last
            joined[left + 1] = True
    return [(starts[index], ends[last_of[index]]) for index in range(len(starts)) if not joined[index]]
