"""The messages of the writer's benchmarks: recorded analyses with invented MBIDs in their tags, and the links to those.

Twelve files make an album, two albums an artist; every fourth recording has a guest, the twelfth file of each album
holds the recordings of its sixth, two neighbours share their works. A file of N passages names N recordings. So every
entity and junction table gets rows, and many a row is wanted by several files at once.

Links come in as they do in the product: when an analysis is durable its passages wait in the library, and the linker
pulls them from there. Its decision is the product's own, made for each passage as if the file were that one track; the
product itself never splits the MBIDs of a file among several passages, so that N > 1 would bring no songs otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from recorded_messages import FILES_PER_FOLDER, variations

from passagework.demo.truth import invented_mbid
from passagework.domain.analysis import FileAnalysis
from passagework.domain.identification.evidence.group_evidence import build_evidence
from passagework.domain.identification.linking.links import identify
from passagework.domain.links import FileLinks, PassageLinks
from passagework.domain.tags import Tags
from passagework.domain.waiting import WaitingFile

FOLDERS_PER_ARTIST = 2
GUEST_EVERY = 4


def analyses(recorded: Sequence[FileAnalysis], files: int, passages: int, first: int = 0) -> Iterator[FileAnalysis]:
    """Make ``files`` different analyses with ``passages`` passages each, from number ``first`` on, every one tagged."""
    for number, analysis in enumerate(variations(list(recorded), files, passages, first), first):
        yield replace(analysis, tags=_tagged(analysis.tags, number, passages))


def _tagged(tags: Tags, number: int, passages: int) -> Tags:
    folder, track = divmod(number, FILES_PER_FOLDER)
    recording = number - FILES_PER_FOLDER // 2 if track == FILES_PER_FOLDER - 1 else number
    artist = f"Artist {folder // FOLDERS_PER_ARTIST}"
    artists = (artist, "Guest") if recording % GUEST_EVERY == 0 else (artist,)
    album = f"Album {folder}"
    return replace(
        tags,
        title=f"Recording {recording}",
        artist_credit=" & ".join(artists),
        artists=artists,
        album=album,
        album_artist_credit=artist,
        album_artists=(artist,),
        date=f"{1900 + folder % 100}",
        track_number=track + 1,
        disc_number=1,
        recording_ids=tuple(invented_mbid("recording", f"{recording}/{part}") for part in range(passages)),
        work_ids=tuple(invented_mbid("work", f"{recording // 2}/{part}") for part in range(passages)),
        release_track_id=invented_mbid("track", f"{number}"),
        release_id=invented_mbid("release", album),
        release_group_id=invented_mbid("release-group", album),
        artist_ids=tuple(invented_mbid("artist", name) for name in artists),
        album_artist_ids=(invented_mbid("artist", artist),),
    )


def link_each_passage(waiting: WaitingFile) -> FileLinks:
    """Decide as the product does, for each passage as if its file were one track with one recording and one work."""
    decided: list[PassageLinks] = []
    for part, passage in enumerate(waiting.passages):
        recording, work = waiting.tags.recording_ids[part], waiting.tags.work_ids[part]
        tags = replace(waiting.tags, recording_ids=(recording,), work_ids=(work,))
        file = WaitingFile(waiting.path, tags, 1, (passage,))
        (links,) = identify((file,), build_evidence((file,)), None)
        decided += links.passages
    return FileLinks(waiting.path, tuple(decided), waiting.revision)
