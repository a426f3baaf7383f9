"""A library that knows the files of a tree as if they had been analysed: for what a second import costs."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from os import stat_result
from pathlib import Path

from passagework.domain.analysis import AudioFormat, Damage, Envelope, FileAnalysis, Waveform
from passagework.domain.files import FileStamp
from passagework.domain.ids import RunId
from passagework.domain.measured import Loudness
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks
from passagework.domain.views import RunState
from passagework.persistence.write.batch import write_batch
from passagework.persistence.write.opening import open_writer
from passagework.persistence.write.runs import close_run, open_run
from passagework.persistence.write.writes import StoreAnalysis

__all__ = ["store_as_analysed"]

FILES_PER_BATCH = 1_000


def store_as_analysed(library: Path, root: bytes, files: Iterable[tuple[bytes, stat_result]]) -> None:
    """Make a library with a closed run in which these files were analysed: a second of silence each, with tags.

    Their content is what they hold, so that it can be compared.
    """
    with closing(open_writer(library, synchronous="normal")) as connection:
        run = open_run(connection, config_hash="", config_text="{}", roots=[root], now_ns=1)
        number = 0
        for batch in _batches(files):
            write_batch(connection, [StoreAnalysis(run, _silence(path, status)) for path, status in batch], now_ns=2)
            number += len(batch)
        close_run(connection, RunId(run), RunState.COMPLETED, files_seen=number, files_unchanged=0, now_ns=3)


def _batches(files: Iterable[tuple[bytes, stat_result]]) -> Iterator[list[tuple[bytes, stat_result]]]:
    coming = iter(files)
    while batch := list(islice(coming, FILES_PER_BATCH)):
        yield batch


def _silence(path: bytes, status: stat_result) -> FileAnalysis:
    name = path.rpartition(b"/")[2].decode()
    return FileAnalysis(
        path=path,
        stamp=FileStamp.of(status),
        format=AudioFormat("flac", "flac", 44_100, 2, 900_000),
        content_hash=hashlib.blake2b(Path(os.fsdecode(path)).read_bytes(), digest_size=32).digest(),
        audio_hash=hashlib.blake2b(path[::-1], digest_size=32).digest(),
        samples=44_100,
        duration=Ticks(28_224_000),
        tags=Tags(title=f"Title of {name}", artist_credit="Someone", raw=(("title", (f"Title of {name}",)),)),
        loudness=Loudness(None, None, None, None),
        envelope=Envelope(441, bytes(100)),
        weighted=bytes(100),
        doubtful_gaps=(),
        waveform=Waveform(1_300, bytes(68)),
        damage=Damage(),
        warnings=(),
        passages=(),
    )
