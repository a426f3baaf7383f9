"""What the tags of a file say about its passages: the linker's decision without any network."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, TypeVar

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.ids import Mbid
from passagework.domain.links import NO_RECORDING, FileLinks, LinkState, PassageLinks
from passagework.domain.music import Album, AlbumPlace, Artist, ArtistCredit, Song, SongSpan, Work
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks
from passagework.domain.waiting import WaitingFile, WaitingPassage

_T = TypeVar("_T")

_WORK_TITLE_KEYS = frozenset({"work", "wm/work", "\N{COPYRIGHT SIGN}wrk"})
"""Vorbis, APE and TXXX:WORK as Picard writes them; ASF; the atom of MP4."""

_NOT_NAMING = frozenset({"track", "disc", "date"})
"""Kinds of evidence that say nothing about what a passage is when they stand alone."""


WHEN_SERVICES_COME: Final = 1
"""The time at which a decision from tags alone is looked at again: past for whoever can ask services, and for nobody
else, who looks at nothing that was decided."""


def link_for_now(waiting: WaitingFile) -> FileLinks:
    """Decide from the tags, until services can be asked, too."""
    links = link_file(waiting)
    for_now = tuple(replace(passage, retry_ns=WHEN_SERVICES_COME) for passage in links.passages)
    return replace(links, passages=for_now)


def link_file(waiting: WaitingFile) -> FileLinks:
    """Decide from the tags what the waiting passages of a file are.

    Only MBIDs make entities; names of artists are never split, and two names without MBIDs are never one artist.

    - A recording MBID makes a song over the whole passage if it is the file's only one. In a file with several
      passages it belongs to none of them by itself and stays evidence; so does the track number. The album holds.
    - Of several recording MBIDs the first, by custom the file's own, is the song. The others are old ids of it, or
      further parts of a medley whose bounds the tags do not tell: evidence, and named in the reason.
    - A release MBID makes the album. An album whose song is not known is a link, too (LINKED, with a reason).
    - Without either the passage is TEXT_ONLY if any tag names it, else UNIDENTIFIED.

    What a person decided goes before all of it.

    Every statement that was looked at is evidence, once, in a fixed order: MBIDs first.
    """
    evidence = _evidence(waiting.tags)
    only = waiting.passage_count == 1
    links = tuple(_link(waiting, passage, evidence, only=only) for passage in waiting.passages)
    return FileLinks(waiting.path, links, waiting.revision)


def _link(
    waiting: WaitingFile, passage: WaitingPassage, evidence: tuple[Statement, ...], *, only: bool
) -> PassageLinks:
    """Decide for one passage; ``only``: the file has no other."""
    tags = waiting.tags
    recordings = _unique(tags.recording_ids)
    songs: tuple[SongSpan, ...] = ()
    reason = None
    if passage.decided == NO_RECORDING:
        reason = "a person says that it is no known recording"
    elif passage.decided is not None:
        song = _song(passage.decided, tags) if recordings == (passage.decided,) and only else _nameless(passage.decided)
        songs = (SongSpan(song, Ticks(0), Ticks(passage.end - passage.start)),)
        reason = "a person says so"
    elif recordings and only:
        songs = (SongSpan(_song(recordings[0], tags), Ticks(0), Ticks(passage.end - passage.start)),)
        if len(recordings) > 1:
            reason = f"the tags name {len(recordings)} recordings; the first is linked to the whole passage"
    elif recordings:
        reason = f"the tags name a recording, but the file has {waiting.passage_count} passages"
    album = _album_place(tags, only=only)
    if album and not songs and reason is None:
        reason = "the tags name the release, but not the recording"
    if songs or album:
        state = LinkState.LINKED
    elif any(row.kind not in _NOT_NAMING for row in evidence):
        state = LinkState.TEXT_ONLY
    else:
        state = LinkState.UNIDENTIFIED
    return PassageLinks(passage.guid, state, songs, album, evidence, reason)


def _nameless(recording: Mbid) -> Song:
    return Song(recording, None, (), ())


def _song(recording: Mbid, tags: Tags) -> Song:
    """Describe the recording with its artists, each with the same weight, and its works."""
    artists = _artists(tags.artist_ids, tags.artists, tags.artist_credit)
    credits_ = tuple(ArtistCredit(artist, 1.0 / len(artists)) for artist in artists)
    works = _unique(tags.work_ids)
    titles = _work_titles(tags)
    known: tuple[str | None, ...] = titles if len(titles) == len(works) else (None,) * len(works)
    return Song(recording, tags.title, credits_, tuple(map(Work, works, known)))


def _album_place(tags: Tags, *, only: bool) -> AlbumPlace | None:
    """Describe the release and where on it the passage stands; the track only if the file is one track."""
    if tags.release_id is None:
        return None
    artists = _artists(tags.album_artist_ids, tags.album_artists, tags.album_artist_credit)
    album = Album(tags.release_id, tags.album, tags.release_group_id, tags.date, artists)
    return AlbumPlace(album, tags.disc_number, tags.track_number if only else None)


def _artists(mbids: tuple[Mbid, ...], names: tuple[str, ...], credit: str | None) -> tuple[Artist, ...]:
    """Pair MBIDs with names where that is beyond doubt; otherwise the name is unknown.

    Beyond doubt: as many names as MBIDs, or a single MBID, whose name is then the whole credit ("AC/DC").
    """
    known: tuple[str | None, ...]
    if len(names) == len(mbids):
        known = names
    elif len(mbids) == 1:
        known = (credit,)
    else:
        known = (None,) * len(mbids)
    artists: dict[Mbid, Artist] = {}
    for mbid, name in zip(mbids, known, strict=True):
        artists.setdefault(mbid, Artist(mbid, name))
    return tuple(artists.values())


def _work_titles(tags: Tags) -> tuple[str, ...]:
    """Find the work titles among the raw tags, whose keys may carry a prefix ("TXXX:WORK")."""
    return _unique(
        [value for key, values in tags.raw if key.rpartition(":")[2].casefold() in _WORK_TITLE_KEYS for value in values]
    )


def _evidence(tags: Tags) -> tuple[Statement, ...]:
    """List what the tags state, each statement once."""
    mbids: tuple[tuple[str, tuple[Mbid | None, ...]], ...] = (
        ("recording", tags.recording_ids),
        ("release-track", (tags.release_track_id,)),
        ("artist", tags.artist_ids),
        ("work", tags.work_ids),
        ("album", (tags.release_id,)),
        ("release-group", (tags.release_group_id,)),
        ("album-artist", tags.album_artist_ids),
    )
    texts: tuple[tuple[str, tuple[str | int | None, ...]], ...] = (
        ("title", (tags.title,)),
        ("artist", (tags.artist_credit, *tags.artists)),
        ("work", _work_titles(tags)),
        ("composer", tags.composers),
        ("album", (tags.album,)),
        ("album-artist", (tags.album_artist_credit, *tags.album_artists)),
        ("disc", (tags.disc_number,)),
        ("track", (tags.track_number,)),
        ("date", (tags.date,)),
        ("isrc", tags.isrcs),
        ("acoustid", (tags.acoustid_id,)),
    )
    rows = [
        Statement(source, kind, str(value))
        for source, statements in ((EvidenceSource.TAG_MBID, mbids), (EvidenceSource.TAG_TEXT, texts))
        for kind, values in statements
        for value in values
        if value is not None
    ]
    return _unique(rows)


def _unique(values: Iterable[_T]) -> tuple[_T, ...]:
    """Drop repetitions and keep the order."""
    return tuple(dict.fromkeys(values))
