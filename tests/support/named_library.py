"""A library whose passages have names of every origin, and measured values that are all distinct."""

from dataclasses import replace

from passagework.domain.analysis import FileAnalysis
from passagework.domain.edits import Edit
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.links import FileLinks, LinkState, PassageLinks
from passagework.domain.music import Album, AlbumPlace, Artist, ArtistCredit, Song, SongSpan, Work
from passagework.domain.tags import ReplayGain, Tags
from passagework.persistence.read.queries import ShowFile
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import StoreAnalysis, StoreLinks
from tests.support.distinct import Distinct, without_pieces

SECOND = 28_224_000
FIRST, SECOND_FILE = b"/music/1.flac", b"/music/2\xff.flac"


def mbid(kind, number):
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def artist(number):
    return Artist(mbid(2, number), f"Artist {number}", 5)


def song(number, artists, works=(), title=...):
    credits_ = tuple(ArtistCredit(artist(one), 1 / len(artists)) for one in artists)
    made = tuple(Work(mbid(3, work), f"Work {work}", tuple(map(artist, composers)), 5) for work, composers in works)
    return Song(mbid(1, number), f"Song {number}" if title is ... else title, credits_, made, (), 5)


def album(number):
    return Album(mbid(4, number), f"Album {number}", None, "1999", (artist(30),), stated_ns=5)


def make_named_library(path):
    """Make the library; return the two analyses in it."""
    store = LibraryStore(path, synchronous="normal")
    run = store.open_run("hash", "{}", (b"/music",), 1)
    tags = Tags(
        title="Tag title",
        artist_credit="Tag One & Tag Two",
        artists=("Tag One & Tag Two",),
        album="Tag album",
        composers=("Tag composer",),
        disc_number=3,
        track_number=4,
        replay_gain=ReplayGain(-1.5, 0.25, -2.5, 0.75, -6.5, -7.5),
    )
    one = without_pieces(replace(Distinct(0).of(FileAnalysis), path=FIRST, tags=tags))
    two = without_pieces(replace(Distinct(1).of(FileAnalysis), path=SECOND_FILE, tags=tags))
    store.write([StoreAnalysis(run, one), StoreAnalysis(run, two)], 2)
    medley, alone = (passage.guid for passage in store.query(ShowFile(FIRST)).passages)
    untitled, text_only = (passage.guid for passage in store.query(ShowFile(SECOND_FILE)).passages)

    def links(guid, *songs, place=None, state=LinkState.LINKED):
        spans = tuple(SongSpan(one, at * SECOND, (at + 1) * SECOND) for at, one in enumerate(songs))
        evidence = tuple(Statement(EvidenceSource.ACOUSTID, "recording", one.mbid, 0.5) for one in songs)
        return PassageLinks(guid, state, spans, place, evidence, confidence=0.875)

    # In the order of the MBIDs, of the ids and of the names, artists, songs and works would each stand in another one.
    in_medley = (
        song(9, (33, 30), ((42, (52,)), (41, (51, 50)))),
        song(8, (31, 33, 32), ((40, (50,)), (41, (51, 50)))),
    )
    store.write(
        [
            StoreLinks(
                run,
                FileLinks(
                    FIRST,
                    (
                        links(medley, *in_medley, place=AlbumPlace(album(61), 1, 7)),
                        links(alone, song(7, (34,)), place=AlbumPlace(album(62), None, None), state=LinkState.LIKELY),
                    ),
                ),
            ),
            StoreLinks(
                run,
                FileLinks(
                    SECOND_FILE,
                    (links(untitled, song(6, (35,), title=None)), links(text_only, state=LinkState.TEXT_ONLY)),
                ),
            ),
        ],
        3,
    )
    store.edit(
        (
            Edit(mbid(2, 33), "name", "My artist"),
            Edit(mbid(2, 50), "name", "My composer"),
            Edit(mbid(3, 40), "title", "My work"),
            Edit(mbid(4, 62), "title", "My album"),
            Edit(mbid(1, 8), "title", "My song"),
            Edit(mbid(1, 9), "weight", 0.75, mbid(2, 33)),
            Edit(mbid(1, 9), "weight", 0.25, mbid(2, 30)),
            Edit(alone, "title", "My passage"),
            Edit(alone, "approval", "approved"),
            Edit(alone, "probability", 0.375),
        ),
        4,
    )
    store.close()
    return one, two


NAMES_OF_VIEWS = {
    "passage_song_name": "title, mbid, set_by_user FROM passage_song_name ORDER BY passage_id, start_ticks, mbid",
    "passage_artist_name": "name, mbid, set_by_user FROM passage_artist_name"
    " ORDER BY passage_id, start_ticks, song_mbid, position, mbid",
    "passage_work_name": "title, mbid, set_by_user FROM passage_work_name"
    " ORDER BY passage_id, start_ticks, song_mbid, position, mbid",
    "passage_composer_name": "name, mbid, set_by_user FROM passage_composer_name"
    " ORDER BY passage_id, start_ticks, song_mbid, work_position, work_mbid, position, mbid",
    "passage_artist": "recording_mbid, artist_mbid, name, weight, position FROM passage_artist"
    " ORDER BY passage_id, recording_mbid DESC, position",
    "passage_name": "title, title_source, recording_mbid, imported_title, artists, album, album_source, album_mbid,"
    " medium, track FROM passage_name ORDER BY passage_id",
}
"""The columns of each view of names, in its order; after SELECT."""
