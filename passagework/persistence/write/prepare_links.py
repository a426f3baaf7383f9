"""Turn a decision about a passage into rows."""

import json

from passagework.domain.evidence import Statement
from passagework.domain.links import CandidateRow, FileLinks, PassageLinks
from passagework.domain.music import Album, Song, Work
from passagework.persistence.write.staging import Row, StagedRows

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def add_links(rows: StagedRows, link: int, run: int, file: FileLinks, links: PassageLinks) -> None:
    """Add the rows of the decision for one passage; ``link`` is its number in the batch."""
    about = (file.path, file.revision, links.passage, links.state, storable_text(links.reason))
    decided = (" ".join(sorted(links.doubts)) or None, links.confidence, links.weights, links.retry_ns)
    number = len(links.candidates)
    rows.add("staged_link", (link, run, *about, _statements(links.evidence), *decided, number))
    for rank, candidate in enumerate(links.candidates, 1):
        rows.add("staged_candidate", (link, rank, *_candidate(candidate)))
    for span in links.songs:
        _song(rows, link, run, span.song)
        rows.add(
            "staged_song",
            (link, span.song.mbid, span.song.title or None, span.start, span.end, span.song.stated_ns),
        )
    if (place := links.album) is not None:
        _album(rows, link, run, place.album, (place.medium, place.track))


def _song(rows: StagedRows, link: int, run: int, song: Song) -> None:
    for position, credit in enumerate(song.credits):
        artist = credit.artist
        names = (artist.mbid, artist.name or None, position, artist.stated_ns)
        rows.add("staged_credit", (link, song.mbid, *names, song.stated_ns))
    for position, work in enumerate(song.works):
        rows.add("staged_work", (link, song.mbid, work.mbid, work.title or None, position, work.stated_ns))
        _composers(rows, link, work)
    for former in song.former:
        rows.add("staged_merger", (run, former, song.mbid))


def _composers(rows: StagedRows, link: int, work: Work) -> None:
    for position, artist in enumerate(work.composers):
        rows.add("staged_composer", (link, work.mbid, artist.mbid, artist.name or None, position, artist.stated_ns))


def _album(rows: StagedRows, link: int, run: int, album: Album, place: Row) -> None:
    names = (album.mbid, album.title or None, album.release_group, album.date or None)
    more = (
        album.country or None,
        _encode(album.labels) if album.labels else None,
        _encode(album.media) if album.media else None,
        None if album.cover_art is None else int(album.cover_art),
    )
    rows.add("staged_album", (link, *names, *more, *place, album.stated_ns))
    for position, artist in enumerate(album.artists):
        rows.add(
            "staged_album_artist", (link, album.mbid, artist.mbid, artist.name or None, position, artist.stated_ns)
        )
    for former in album.former:
        rows.add("staged_merger", (run, former, album.mbid))


def _candidate(row: CandidateRow) -> Row:
    terms = [(term.kind, term.value, term.weight, term.note) for term in row.terms]
    return (
        *(row.recording, row.title, _encode(row.artists), row.seconds, row.confidence, row.log_odds),
        *(_encode(terms), _encode(row.caps), row.release, row.album, row.medium, row.track),
    )


def _statements(evidence: tuple[Statement, ...]) -> str:
    """Encode evidence as a list of [source, kind, value, strength]; of the same statement the first is kept.

    SQLite would end a value at a NUL.
    """
    rows: dict[tuple[str, str, str], float | None] = {}
    for row in evidence:
        rows.setdefault((row.source, row.kind, row.value.replace("\0", "\N{REPLACEMENT CHARACTER}")), row.strength)
    return _encode([(*stated, strength) for stated, strength in rows.items()])


def storable_text(words: str | None) -> str | None:
    """Give words meant for people in a form that can be stored, whatever the error message they come from held."""
    return words.encode("utf-8", "backslashreplace").decode() if words else None
