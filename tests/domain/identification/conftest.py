"""Builders of evidence: albums that never were, heard as AcoustID would hear them."""

from collections.abc import Sequence
from typing import Final

import pytest

from passagework.domain.acoustid import (
    AcoustidAnswer,
    AcoustidRecording,
    AcoustidRelease,
    AcoustidReleaseGroup,
    AcoustidResult,
)
from passagework.domain.identification.evidence.evidence import PassageEvidence
from passagework.domain.identification.evidence.stated import Stated
from passagework.domain.ids import Guid, Mbid
from passagework.domain.music import Artist
from passagework.domain.musicbrainz import (
    CreditedArtist,
    MbMedium,
    MbRecording,
    MbRelease,
    MbReleaseGroup,
    MbTrack,
    MbWork,
    TrackKind,
)

BAND: Final = CreditedArtist(Mbid("artist-band"), "The Band", "The Band", "")


class Builder:
    """Makes values with readable ids: a recording "north" has the MBID "rec-north" unless another is given."""

    @staticmethod
    def heard(
        title: str | None,
        seconds: float | None = 200.0,
        *,
        mbid: str | None = None,
        artist: str = "The Band",
        albums: Sequence[str] = (),
        secondary: tuple[str, ...] = (),
        sources: int | None = None,
        date: str | None = None,
    ) -> AcoustidRecording:
        groups = tuple(
            AcoustidReleaseGroup(
                Mbid(f"group-{name}"),
                name,
                "Album",
                secondary,
                (),
                (AcoustidRelease(Mbid(f"release-{name}"), name, None, date, None, None, None),) if date else (),
            )
            for name in albums
        )
        artists = (Artist(Mbid(f"artist-{artist}"), artist),)
        return AcoustidRecording(Mbid(mbid or f"rec-{title}"), title, artists, seconds, sources, groups)

    @staticmethod
    def answer(*recordings: AcoustidRecording, score: float = 0.98) -> AcoustidAnswer:
        return AcoustidAnswer((AcoustidResult("acoustid", score, recordings),))

    @staticmethod
    def passage(
        key: str,
        seconds: float = 200.0,
        *,
        file: int | None = None,
        answer: AcoustidAnswer | None = None,
        stated: Stated | None = None,
    ) -> PassageEvidence:
        number = sum(map(ord, key)) if file is None else file
        return PassageEvidence(Guid(key), number, seconds, stated or Stated(), answer)

    @staticmethod
    def recording(title: str, seconds: float | None = 200.0, **more: object) -> MbRecording:
        works = tuple(MbWork(Mbid(f"work-{name}"), name, ()) for name in more.pop("works", ()))
        asked = more.pop("asked_as", None)
        mbid = more.pop("mbid", f"rec-{title}")
        length = None if seconds is None else round(seconds * 1000)
        return MbRecording(Mbid(mbid), title, length, bool(more.pop("video", False)), (BAND,), works, (), asked)

    def track(self, position: int, title: str, seconds: float | None = 200.0, **more: object) -> MbTrack:
        kind = more.pop("kind", TrackKind.TRACK)
        recording = more.pop("recording", None) or self.recording(title, seconds, **more)
        length = None if seconds is None else round(seconds * 1000)
        return MbTrack(Mbid(f"track-{title}"), kind, position, str(position), title, length, (BAND,), recording)

    @staticmethod
    def release(
        title: str,
        *media: Sequence[MbTrack],
        mbid: str | None = None,
        secondary: tuple[str, ...] = (),
        date: str | None = "2001",
        status: str | None = "Official",
        asked_as: str | None = None,
    ) -> MbRelease:
        group = MbReleaseGroup(Mbid(f"group-{title}"), title, "Album", secondary, date)
        discs = tuple(MbMedium(number, "CD", None, tuple(tracks)) for number, tracks in enumerate(media, 1))
        own = Mbid(mbid or f"release-{title}")
        asked = Mbid(asked_as) if asked_as else None
        return MbRelease(own, title, status, date, None, (), (BAND,), group, discs, None, asked)


@pytest.fixture
def build() -> Builder:
    return Builder()
