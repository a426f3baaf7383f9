"""Turn a decision about a passage into staged rows."""

from collections.abc import Iterable

from passagework.domain.encoded_analysis import EncodedAlbum, EncodedArtist, EncodedLinks, EncodedSong
from passagework.persistence.rows.columns import Row, Value
from passagework.persistence.rows.encoded import mbid_list
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
    own: Row = {"link_id": link, "mbid": song.mbid, "title": song.title, "stated_ns": song.stated_ns}
    lists: Row = {"artists": mbid_list(song.credits), "works": mbid_list(song.works)}
    rows.add("staged_song", {**own, **lists, "start_ticks": song.start, "end_ticks": song.end})
    _artists(rows, link, song.credits)
    for work in song.works:
        about: Row = {"mbid": work.mbid, "title": work.title, "stated_ns": work.stated_ns}
        rows.add("staged_work", {"link_id": link, **about, "composers": mbid_list(work.composers)})
        _artists(rows, link, work.composers)
    _mergers(rows, run, song.former, song.mbid)


def _album(rows: StagedRows, link: int, run: Value, album: EncodedAlbum) -> None:
    own: Row = {"link_id": link, "mbid": album.mbid, "stated_ns": album.stated_ns}
    rows.add("staged_album", {**own, "artists": mbid_list(album.artists)}, album.described + album.place)
    _artists(rows, link, album.artists)
    _mergers(rows, run, album.former, album.mbid)


def _artists(rows: StagedRows, link: int, artists: Iterable[EncodedArtist]) -> None:
    for artist in artists:
        own: Row = {"mbid": artist.mbid, "name": artist.name, "stated_ns": artist.stated_ns}
        rows.add("staged_artist", {"link_id": link, **own})


def _mergers(rows: StagedRows, run: Value, former: Iterable[str], mbid: str) -> None:
    for old in former:
        rows.add("staged_merger", {"run_id": run, "old": old, "new": mbid})
