"""The demo's album: ten tracks in ten formats by two invented artists, one track by both."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.recipe import Recipe
from passagework.demo.tagging import write_tags
from passagework.demo.truth import DemoFile, Piece, invented_mbid
from passagework.domain.ids import Mbid
from passagework.domain.tags import Tags

ALBUM: Final = "Plausible Mornings"
TRIO: Final = "The Plausible Trio"
GUEST: Final = "Ada Example"


@dataclass(frozen=True, slots=True)
class _Track:
    title: str
    form: AudioForm
    seconds: int
    artists: tuple[str, ...] = (TRIO,)
    work: str | None = None
    sample_rate: int = 44_100


_TRACKS: Final = (
    _Track("Kettle", AudioForm.MP3, 22),
    _Track("First Tram", AudioForm.FLAC, 20, work="First Tram"),
    _Track("Window Seat", AudioForm.VORBIS, 23),
    _Track("Umbrella Weather", AudioForm.OPUS, 21, (GUEST,), sample_rate=48_000),
    _Track("Two Sugars", AudioForm.AAC, 22, (TRIO, GUEST)),
    _Track("Paper Round", AudioForm.ALAC, 18, sample_rate=32_000),
    _Track("Slow Lift", AudioForm.AIFF, 16, sample_rate=22_050),
    _Track("Side Street", AudioForm.WAV, 16, sample_rate=22_050),
    _Track("First Tram, Reprise", AudioForm.WAVPACK, 18, work="First Tram"),
    _Track("Lamplighter", AudioForm.WMA, 24),
)


def album_recipes() -> Iterator[Recipe]:
    """Yield the tracks in order."""
    for number, track in enumerate(_TRACKS, 1):
        yield _recipe(number, track)


def _recipe(number: int, track: _Track) -> Recipe:
    length = track.seconds * track.sample_rate
    truth = DemoFile(
        path=Path(ALBUM) / f"{number:02} {track.title}{track.form.suffix}",
        note=f"track {number} of the album, as {track.form}",
        sample_rate=track.sample_rate,
        samples=length,
        pieces=(Piece(0, length),),
        tags=_tags(number, track),
    )

    def write(path: Path) -> None:
        write_audio(path, compose(length, track.sample_rate, seed=number), track.sample_rate, track.form)
        write_tags(path, truth.tags)

    return Recipe(truth, write)


def _tags(number: int, track: _Track) -> Tags:
    return Tags(
        title=track.title,
        artist_credit=" & ".join(track.artists),
        artists=track.artists,
        album=ALBUM,
        album_artist_credit=TRIO,
        date="2024-05-06",
        track_number=number,
        track_total=len(_TRACKS),
        disc_number=1,
        disc_total=1,
        recording_ids=(invented_mbid("recording", track.title),),
        release_track_id=invented_mbid("track", track.title),
        release_id=invented_mbid("release", ALBUM),
        release_group_id=invented_mbid("release-group", ALBUM),
        artist_ids=_artist_ids(track.artists),
        album_artist_ids=_artist_ids((TRIO,)),
        work_ids=() if track.work is None else (invented_mbid("work", track.work),),
    )


def _artist_ids(names: tuple[str, ...]) -> tuple[Mbid, ...]:
    return tuple(invented_mbid("artist", name) for name in names)
