"""Turn a decision about a passage into rows."""

from passagework.domain.json_text import write_spaced_unicode_json as _encode
from passagework.domain.links import CandidateRow, FileLinks, PassageLinks
from passagework.domain.music import AlbumPlace, Artist, Song
from passagework.persistence.rows.columns import Row, Value
from passagework.persistence.rows.evidence import encode_statements
from passagework.persistence.write.staging import StagedRows


def add_links(rows: StagedRows, link: int, run: int, file: FileLinks, links: PassageLinks) -> None:
    """Add the rows of the decision for one passage; ``link`` is its number in the batch."""
    rows.add(
        "staged_link",
        {
            "id": link,
            "run_id": run,
            "path": file.path,
            "revision": file.revision,
            "guid": links.passage,
            "state": links.state,
            "reason": storable_text(links.reason),
            "evidence": encode_statements((row.source, row.kind, row.value, row.strength) for row in links.evidence),
            "doubt": " ".join(sorted(links.doubts)) or None,
            "confidence": links.confidence,
            "weights": links.weights,
            "retry_ns": links.retry_ns,
            "candidates": len(links.candidates),
        },
    )
    for rank, candidate in enumerate(links.candidates, 1):
        rows.add("staged_candidate", _candidate(candidate) | {"link_id": link, "rank": rank})
    for span in links.songs:
        song = span.song
        _song(rows, link, run, song)
        place: Row = {"start_ticks": span.start, "end_ticks": span.end, "stated_ns": song.stated_ns}
        rows.add("staged_song", {"link_id": link, "mbid": song.mbid, "title": song.title or None, **place})
    if links.album is not None:
        _album(rows, link, run, links.album)


def _song(rows: StagedRows, link: int, run: int, song: Song) -> None:
    of_song: Row = {"link_id": link, "song_mbid": song.mbid}
    for position, credit in enumerate(song.credits):
        place: Row = {"position": position, "song_stated_ns": song.stated_ns}
        rows.add("staged_credit", {**of_song, **_artist(credit.artist), **place})
    for position, work in enumerate(song.works):
        about: Row = {"mbid": work.mbid, "title": work.title or None, "position": position, "stated_ns": work.stated_ns}
        rows.add("staged_work", {**of_song, **about})
        for number, artist in enumerate(work.composers):
            of_work: Row = {"link_id": link, "work_mbid": work.mbid, "position": number}
            rows.add("staged_composer", {**of_work, **_artist(artist)})
    for former in song.former:
        rows.add("staged_merger", {"run_id": run, "old": former, "new": song.mbid})


def _album(rows: StagedRows, link: int, run: int, place: AlbumPlace) -> None:
    album = place.album
    rows.add(
        "staged_album",
        {
            "link_id": link,
            "mbid": album.mbid,
            "title": album.title or None,
            "release_group": album.release_group,
            "date": album.date or None,
            "country": album.country or None,
            "labels": _encode(album.labels) if album.labels else None,
            "media": _encode(album.media) if album.media else None,
            "cover_art": None if album.cover_art is None else int(album.cover_art),
            "medium": place.medium,
            "track": place.track,
            "stated_ns": album.stated_ns,
        },
    )
    for position, artist in enumerate(album.artists):
        of_album: Row = {"link_id": link, "album_mbid": album.mbid, "position": position}
        rows.add("staged_album_artist", {**of_album, **_artist(artist)})
    for former in album.former:
        rows.add("staged_merger", {"run_id": run, "old": former, "new": album.mbid})


def _artist(artist: Artist) -> dict[str, Value]:
    return {"mbid": artist.mbid, "name": artist.name or None, "stated_ns": artist.stated_ns}


def _candidate(row: CandidateRow) -> dict[str, Value]:
    return {
        "recording": row.recording,
        "title": row.title,
        "artists": _encode(row.artists),
        "seconds": row.seconds,
        "confidence": row.confidence,
        "log_odds": row.log_odds,
        "terms": _encode([(term.kind, term.value, term.weight, term.note) for term in row.terms]),
        "caps": _encode(row.caps),
        "release": row.release,
        "album": row.album,
        "medium": row.medium,
        "track": row.track,
    }


def storable_text(words: str | None) -> str | None:
    """Return a text for people in a form that can be stored, whatever characters it contains."""
    return words.encode("utf-8", "backslashreplace").decode() if words else None
