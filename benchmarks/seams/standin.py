"""The stand-in for both services, asked without HTTP for the good answers that hostile ones are made of; releases."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from passagework.demo.truth import invented_mbid
from passagework.domain.musicbrainz import MbMedium, MbRecording, MbRelease, MbReleaseGroup, MbTrack, TrackKind
from passagework.standin import StandIn, StandInCatalogue, catalogue_of
from passagework.standin.catalogue import write_catalogue

__all__ = ["GoodServices", "StandInCatalogue", "catalogue_of", "release_of", "write_catalogue"]


class GoodServices:
    """Answers requests for what is in a catalogue."""

    def __init__(self, catalogue: StandInCatalogue) -> None:
        self._standin = StandIn(catalogue)

    def answer(self, target: str, form: str, agent: str) -> tuple[int, bytes]:
        """Give status and body for the target of a request and its form."""
        parts = urlsplit(target)
        service = self._standin.service_of(parts.path)
        if service is None:
            return 404, b""
        fields: dict[str, str] = {}
        for name, value in parse_qsl(f"{parts.query}&{form}".strip("&"), keep_blank_values=True):
            fields[name] = f"{fields[name]} {value}" if name in fields else value
        reply = self._standin.answer(service, parts.path, fields, agent, "")
        return reply.status, reply.body


def release_of(title: str, lengths: Sequence[float]) -> MbRelease:
    """Make a release with tracks of these lengths in seconds."""
    tracks = tuple(
        MbTrack(
            mbid=invented_mbid("track", f"{title}{number}"),
            kind=TrackKind.TRACK,
            position=number,
            number=str(number),
            title=f"{title} {number}",
            milliseconds=round(length * 1000),
            artists=(),
            recording=MbRecording(
                mbid=invented_mbid("recording", f"{title}{number}"),
                title=f"{title} {number}",
                milliseconds=round(length * 1000),
                video=False,
                artists=(),
                works=(),
            ),
        )
        for number, length in enumerate(lengths, 1)
    )
    group = MbReleaseGroup(
        mbid=invented_mbid("group", title), title=title, kind="Album", secondary_kinds=(), first_release_date=None
    )
    return MbRelease(
        mbid=invented_mbid("release", title),
        title=title,
        status="Official",
        date=None,
        country=None,
        labels=(),
        artists=(),
        group=group,
        media=(MbMedium(position=1, format="Digital Media", title=None, tracks=tracks, track_count=len(tracks)),),
        cover_art=None,
    )
