"""An analysis in the form in which the library stores it: values in the order of their columns.

A worker process makes it, so the one process that imports spends nothing on encoding, and has fewer objects to
unpickle. ``persistence/rows`` says which columns the values are for; nothing else looks into them. The values have no
ids, guids or runs, which only the writer knows. They are named tuples, since those are pickled several times as fast as
dataclasses.
"""

from dataclasses import replace
from typing import NamedTuple

from passagework.domain.analysis import AnalysisResult
from passagework.domain.files import FileStamp
from passagework.domain.units import Ticks

Value = str | int | float | bytes | None
Values = tuple[Value, ...]


class EncodedSong(NamedTuple):
    """A song over a part of a passage; ``credits`` and ``works`` are in order, ``former`` were merged into it."""

    mbid: str
    title: str | None
    stated_ns: int | None
    start: int
    end: int
    credits: "tuple[EncodedArtist, ...]"
    works: "tuple[EncodedWork, ...]"
    former: tuple[str, ...] = ()


class EncodedArtist(NamedTuple):
    """An artist in a credit."""

    mbid: str
    name: str | None
    stated_ns: int | None


class EncodedWork(NamedTuple):
    """A work of a song."""

    mbid: str
    title: str | None
    stated_ns: int | None
    composers: tuple[EncodedArtist, ...]


class EncodedAlbum(NamedTuple):
    """An album; ``described`` are its columns, ``place`` is the medium and track of the passage."""

    mbid: str
    described: Values
    stated_ns: int | None
    place: Values
    artists: tuple[EncodedArtist, ...]
    former: tuple[str, ...] = ()


class EncodedLinks(NamedTuple):
    """The decision for one passage: the columns of its state, its evidence, and what it is linked to."""

    state: Values
    evidence: str
    songs: tuple[EncodedSong, ...]
    album: EncodedAlbum | None
    candidates: tuple[Values, ...]


class EncodedPassage(NamedTuple):
    """A passage: what was measured and said of it, its fingerprint and its flavor if it has them.

    ``links`` is None where no decision came with the analysis. ``keeps`` is the passage to which a person gave these
    bounds. ``values`` has a row for each value of an extension.
    """

    measures: Values
    fingerprint: Values | None
    flavor: Values | None
    links: EncodedLinks | None
    keeps: str | None
    values: tuple[Values, ...] = ()


class EncodedAnalysis(NamedTuple):
    """A file with its passages. ``warnings`` is JSON; ``duration`` is kept beside its column for those who count."""

    path: bytes
    stamp: FileStamp
    duration: Ticks
    audio: Values
    warnings: str | None
    tags: Values
    curves: Values
    passages: tuple[EncodedPassage, ...]


class EncodedTags(NamedTuple):
    """The tags of a file whose audio is known. ``warnings`` is JSON; ``parts`` is what made it, None: as before."""

    path: bytes
    stamp: FileStamp
    content_hash: bytes
    audio_hash: bytes
    warnings: str | None
    parts: str | None
    tags: Values


WorkResult = EncodedAnalysis | EncodedTags | AnalysisResult
"""The result of a job. Where an executor returns the analysis itself, it is encoded where it arrives."""


def with_stamp(result: WorkResult, stamp: FileStamp) -> WorkResult:
    """Return the result with another stamp."""
    if isinstance(result, EncodedAnalysis | EncodedTags):
        return result._replace(stamp=stamp)
    return replace(result, stamp=stamp)
