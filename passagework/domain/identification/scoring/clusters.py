"""Which recordings are the same song; a doubt between them is no doubt about the song."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from passagework.domain.identification.evidence.likeness import name_likeness
from passagework.domain.identification.evidence.normalise import title_key
from passagework.domain.ids import Mbid

SAME_LENGTH_SECONDS: Final = 5.0
SAME_ARTIST: Final = 0.85


@dataclass(frozen=True, slots=True)
class NamedRecording:
    """The values of a recording that distinguish songs. ``seconds`` None: unknown."""

    mbid: Mbid
    title: str
    artist_ids: frozenset[Mbid]
    artist_names: tuple[str, ...]
    seconds: float | None
    works: frozenset[Mbid]


def cluster_songs(recordings: Sequence[NamedRecording]) -> tuple[tuple[int, ...], ...]:
    """Group the indices of recordings of the same song, in the order of their first members.

    Same song: the same works; or the same title (guests and neutral qualifiers aside) by the same artist, with
    lengths at most 5 s apart where both are known. The relation is made transitive: if A is like B and B is like C, all
    three are one song.
    """
    leader = list(range(len(recordings)))

    def find(index: int) -> int:
        while leader[index] != index:
            index = leader[index]
        return index

    for later in range(len(recordings)):
        for earlier in range(later):
            first, second = find(earlier), find(later)
            if first != second and same_song(recordings[earlier], recordings[later]):
                leader[max(first, second)] = min(first, second)
    clusters: dict[int, list[int]] = {}
    for index in range(len(recordings)):
        clusters.setdefault(find(index), []).append(index)
    return tuple(map(tuple, clusters.values()))


def same_song(one: NamedRecording, other: NamedRecording) -> bool:
    """Return whether two recordings are the same song by their works, or by title, artist and length."""
    if one.works and one.works == other.works:
        return True
    if one.seconds is not None and other.seconds is not None and abs(one.seconds - other.seconds) > SAME_LENGTH_SECONDS:
        return False
    if not one.title or title_key(one.title) != title_key(other.title):
        return False
    if one.artist_ids & other.artist_ids or not one.artist_names or not other.artist_names:
        return True
    return name_likeness(one.artist_names, other.artist_names) >= SAME_ARTIST
