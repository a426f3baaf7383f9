"""The database of the stand-in: releases in MusicBrainz' terms, and fingerprints with their recordings."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import MbRecording, MbRelease, MbTrack


class CatalogueError(PassageworkError):
    """The stand-in has no data: its catalogue cannot be read, or its folder contains no tagged music."""

    code = "standin-catalogue"
    exit_code = ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class Reference:
    """A track of AcoustID: its fingerprint's items, its length, and its recordings with their submission counts."""

    acoustid: str
    items: tuple[int, ...]
    seconds: float
    recordings: tuple[tuple[Mbid, int], ...]


@dataclass(frozen=True, slots=True)
class StandInCatalogue:
    """The catalogue. ``merged`` maps merged ids to the remaining ones.

    ``fingerprints_by`` names the program that computed the reference fingerprints.
    """

    releases: tuple[MbRelease, ...] = ()
    standalone: tuple[MbRecording, ...] = ()
    references: tuple[Reference, ...] = ()
    merged: dict[Mbid, Mbid] = field(default_factory=dict)
    fingerprints_by: str = ""

    def recordings(self) -> dict[Mbid, MbRecording]:
        """Return all recordings by id."""
        on_releases = (track.recording for release in self.releases for track in tracks_of(release))
        return {recording.mbid: recording for recording in (*on_releases, *self.standalone)}


_FORM: Final = TypeAdapter(StandInCatalogue)


def tracks_of(release: MbRelease) -> tuple[MbTrack, ...]:
    """Return the tracks of all media."""
    return tuple(track for medium in release.media for track in medium.tracks)


def read_catalogue(path: Path) -> StandInCatalogue:
    """Read a catalogue from JSON. Raises CatalogueError."""
    try:
        return _FORM.validate_json(path.read_bytes())
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise CatalogueError(f"{path}: no catalogue of the stand-in: {place}: {first['msg']}") from error


def write_catalogue(catalogue: StandInCatalogue, path: Path) -> None:
    """Write a catalogue as JSON for :func:`read_catalogue`. Raises CatalogueError; never overwrites a file."""
    try:
        with path.open("xb") as file:
            file.write(_FORM.dump_json(catalogue))
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be written: {error.strerror}") from error
