"""Real messages for the benchmarks of the writer: the results of an import, varied and linked.

    python benchmarks/recorded_messages.py FOLDER RECORDING

imports FOLDER once into a library that is thrown away, and keeps every analysis. Where a benchmark takes a RECORDING, a
folder of music does, too: it is then recorded first.

Twelve files make an album, two albums an artist; every fourth recording has a guest, the twelfth file of each album
holds the recordings of its sixth, two neighbours share their works. A file of N passages names N recordings. So every
entity and junction table gets rows, and many a row is wanted by several files at once.

Links come in as they do in the product without a service: a worker process decides about the passages of a file and
encodes the rows, and ships both. The decision is made for each passage as if the file were that one track: the product
itself never splits the MBIDs of a file among several passages, so that N > 1 would bring no songs otherwise.
"""

import pickle
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from seams.identification import link_passages
from seams.identification import shipped as _shipped

FILES_PER_FOLDER = 12
FOLDERS_PER_ARTIST = 2
GUEST_EVERY = 4

Analysis = Any
"""An analysis as a worker makes it; it is varied by the names of its fields."""


def record(folder: Path) -> list[Analysis]:
    """Import a folder of music and give its analyses that found passages."""
    from passagework import Importer, InlineExecutor, Settings  # noqa: PLC0415 - who has a recording needs none of it

    recorded: list[Analysis] = []

    class Recording(InlineExecutor):
        def submit(self, job: Any, work: Any, deadline_seconds: float, on_done: Any) -> None:
            def keep(outcome: Any) -> None:
                result = getattr(outcome, "result", None)
                if getattr(result, "passages", ()):
                    recorded.append(result)
                on_done(outcome)

            super().submit(job, work, deadline_seconds, keep)

    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings.model_validate({"library": {"path": Path(scratch) / "thrown-away.passages"}})
        with Importer(settings, make_executor=Recording) as importer:
            importer.start([folder]).wait()
    return recorded


def load(recording: Path) -> list[Analysis]:
    """Read a recording that this program made, or make one of a folder."""
    if recording.is_dir():
        return record(recording)
    found: list[Analysis] = pickle.loads(recording.read_bytes())
    return found


def analyses(recorded: Sequence[Analysis], files: int, passages: int, first: int = 0) -> Iterator[Analysis]:
    """Make different analyses, numbered from ``first`` on.

    Each has its own path, hashes and tags, the curves and fingerprints as they were recorded, and the recorded span
    divided into ``passages`` passages.
    """
    for number in range(first, first + files):
        original = recorded[number % len(recorded)]
        whole = original.passages[0]
        step = (whole.end - whole.start) // passages
        starts = [whole.start + index * step for index in range(passages)]
        yield replace(
            original,
            path=b"%s/%07d.flac" % (folder(number), number),
            content_hash=number.to_bytes(32, "big"),
            audio_hash=number.to_bytes(32, "little"),
            tags=tagged(original.tags, number, passages),
            passages=tuple(replace(whole, start=start, end=start + step, lead_in=0, lead_out=0) for start in starts),
        )


def folder(number: int) -> bytes:
    """Name the folder of a file."""
    return b"/music/%05d" % (number // FILES_PER_FOLDER)


def tagged(tags: Any, number: int, passages: int, generation: str = "") -> Any:
    """Write what file ``number`` is into its tags; in another generation all songs and albums are others."""
    place, track = divmod(number, FILES_PER_FOLDER)
    recording = number - FILES_PER_FOLDER // 2 if track == FILES_PER_FOLDER - 1 else number
    artist = f"Artist {place // FOLDERS_PER_ARTIST}"
    artists = (artist, "Guest") if recording % GUEST_EVERY == 0 else (artist,)
    album = f"Album {place}{generation}"
    return replace(
        tags,
        title=f"Recording {recording}{generation}",
        artist_credit=" & ".join(artists),
        artists=artists,
        album=album,
        album_artist_credit=artist,
        album_artists=(artist,),
        date=f"{1900 + place % 100}",
        track_number=track + 1,
        disc_number=1,
        recording_ids=tuple(invented_mbid("recording", f"{recording}/{n}{generation}") for n in range(passages)),
        work_ids=tuple(invented_mbid("work", f"{recording // 2}/{n}") for n in range(passages)),
        release_track_id=invented_mbid("track", f"{number}{generation}"),
        release_id=invented_mbid("release", album),
        release_group_id=invented_mbid("release-group", album),
        artist_ids=tuple(invented_mbid("artist", name) for name in artists),
        album_artist_ids=(invented_mbid("artist", artist),),
    )


def invented_mbid(kind: str, name: str) -> str:
    """Give the same id for the same name; none of them is on musicbrainz.org."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{name}"))


def link_each_passage(waiting: Any) -> Any:
    """Decide as the product does, for each passage as if its file were one track with one recording and one work."""
    return link_passages(waiting, _of_each(waiting.tags)[: len(waiting.passages)])


def shipped(analysis: Analysis, *, link: bool = True) -> Any:
    """Give what a worker process sends: the encoded analysis, with the same decisions if it is to ``link``."""
    return _shipped(analysis, _of_each(analysis.tags) if link else None)


def _of_each(tags: Any) -> list[Any]:
    ids = zip(tags.recording_ids, tags.work_ids, strict=True)
    return [replace(tags, recording_ids=(recording,), work_ids=(work,)) for recording, work in ids]


if __name__ == "__main__":
    kept = record(Path(sys.argv[1]))
    Path(sys.argv[2]).write_bytes(pickle.dumps(kept))
    print(f"{len(kept)} messages with {sum(len(analysis.passages) for analysis in kept)} passages")
