"""Turn a decision about a passage into staged rows."""

from passagework.domain.encoded_analysis import EncodedAlbum, EncodedArtist, EncodedLinks, EncodedSong
from passagework.persistence.rows.columns import Row, Value
from passagework.persistence.write.staging import StagedRows


def add_links(rows: StagedRows, link: int, links: EncodedLinks, decision: Row) -> None:
    """Add the rows of the decision for one passage.

    ``link`` is its number in the batch; ``decision`` has its run, and what finds the passage.
    """
    run = decision["run_id"]
    of_decision: Row = {"id": link, "evidence": links.evidence, "candidates": len(links.candidates)}
    rows.add("staged_link", {**of_decision, **decision}, links.state)
    for rank, candidate in enumerate(links.candidates, 1):
        rows.add("staged_candidate", {"link_id": link, "rank": rank}, candidate)
    for song in links.songs:
        _song(rows, link, run, song)
    if links.album is not None:
        _album(rows, link, run, links.album)


def _song(rows: StagedRows, link: int, run: Value, song: EncodedSong) -> None:
    own: Row = {"mbid": song.mbid, "title": song.title, "stated_ns": song.stated_ns}
    rows.add("staged_song", {"link_id": link, **own, "start_ticks": song.start, "end_ticks": song.end})
    of_song: Row = {"link_id": link, "song_mbid": song.mbid}
    for position, artist in enumerate(song.credits):
        place: Row = {"position": position, "song_stated_ns": song.stated_ns}
        rows.add("staged_credit", {**of_song, **_artist(artist), **place})
    for position, work in enumerate(song.works):
        about: Row = {"mbid": work.mbid, "title": work.title, "position": position, "stated_ns": work.stated_ns}
        rows.add("staged_work", {**of_song, **about})
        for number, artist in enumerate(work.composers):
            of_work: Row = {"link_id": link, "work_mbid": work.mbid, "position": number}
            rows.add("staged_composer", {**of_work, **_artist(artist)})
    for former in song.former:
        rows.add("staged_merger", {"run_id": run, "old": former, "new": song.mbid})


def _album(rows: StagedRows, link: int, run: Value, album: EncodedAlbum) -> None:
    own: Row = {"link_id": link, "mbid": album.mbid, "stated_ns": album.stated_ns}
    rows.add("staged_album", own, album.described + album.place)
    for position, artist in enumerate(album.artists):
        of_album: Row = {"link_id": link, "album_mbid": album.mbid, "position": position}
        rows.add("staged_album_artist", {**of_album, **_artist(artist)})
    for former in album.former:
        rows.add("staged_merger", {"run_id": run, "old": former, "new": album.mbid})


def _artist(artist: EncodedArtist) -> dict[str, Value]:
    return {"mbid": artist.mbid, "name": artist.name, "stated_ns": artist.stated_ns}
