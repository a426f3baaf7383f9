"""Services that answer from a few recordings and releases, for a real library and real rounds of identification."""

from dataclasses import dataclass, field, replace

from passagework.actors.linker.identification_round import IdentificationRound
from passagework.actors.linker.round_writes import RoundWrites
from passagework.domain.acoustid import (
    AcoustidAnswer,
    AcoustidRecording,
    AcoustidRelease,
    AcoustidReleaseGroup,
    AcoustidResult,
)
from passagework.domain.identification.planning.answers import NothingFound
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.requests import (
    AskAcoustid,
    BrowseGroup,
    BrowseRecording,
    LookUpRecording,
    LookUpRelease,
    SearchedRecording,
    SearchReleases,
    SearchTitle,
    questions_of,
)
from passagework.domain.ids import Mbid
from passagework.domain.music import Artist
from passagework.domain.musicbrainz import (
    CreditedArtist,
    MbFoundRecording,
    MbFoundRecordings,
    MbMedium,
    MbRecording,
    MbRelease,
    MbReleaseGroup,
    MbReleasePage,
    MbTrack,
    TrackKind,
)
from passagework.domain.views import RunState
from passagework.persistence.read.queries import WaitingGroups
from tests.support.library import Maker

BAND = CreditedArtist(Mbid(Maker.mbid(2, 1)), "The Band", "The Band", "")
DAY = 86_400 * 10**9


def recording(number, title, seconds):
    return MbRecording(
        Mbid(Maker.mbid(1, number)), title, round(seconds * 1000), video=False, artists=(BAND,), works=()
    )


def release(number, title, recordings, *, group=None, secondary=()):
    """Make a release of one medium that has these recordings as its tracks."""
    tracks = tuple(
        MbTrack(
            Mbid(Maker.mbid(6, 100 * number + position)),
            TrackKind.TRACK,
            position,
            str(position),
            one.title,
            one.milliseconds,
            (BAND,),
            one,
        )
        for position, one in enumerate(recordings, 1)
    )
    of = MbReleaseGroup(Mbid(Maker.mbid(5, group or number)), title, "Album", secondary, "2001")
    medium = MbMedium(1, "CD", None, tracks, len(tracks))
    return MbRelease(
        Mbid(Maker.mbid(4, number)), title, "Official", f"200{number}", None, (), (BAND,), of, (medium,), None
    )


@dataclass
class KnownMusic:
    """What the services know: releases, and which recordings AcoustID hears in each fingerprint.

    ``answers`` keeps what was answered, as a library does.
    """

    releases: list[MbRelease]
    heard: dict[str, list[Mbid]]
    answers: dict[str, object] = field(default_factory=dict)

    def answer(self, question):
        return self.answers.setdefault(question.key, self._answer(question))

    def _answer(self, question):
        match question:
            case AskAcoustid(encoded):
                found = tuple(map(self._heard, self.heard.get(encoded, ())))
                return AcoustidAnswer((AcoustidResult(f"id {encoded}", 0.97, found),) if found else ())
            case LookUpRelease(mbid):
                return next((one for one in self.releases if one.mbid == mbid), NothingFound())
            case LookUpRecording(mbid):
                return self._recordings.get(mbid, NothingFound())
            case SearchedRecording(mbid):
                return self._found(mbid) if mbid in self._recordings else NothingFound()
            case SearchTitle(_, title):
                alike = [mbid for mbid, one in self._recordings.items() if one.title == title]
                return MbFoundRecordings(tuple(map(self._found, alike)))
            case BrowseRecording(mbid):
                page = [one for one in self.releases if mbid in _recordings_of(one)]
            case BrowseGroup(mbid):
                page = [_bare(one) for one in self.releases if one.group.mbid == mbid]
            case SearchReleases(_, title):
                page = [_bare(one) for one in self.releases if one.title == title]
        return MbReleasePage(tuple(page), len(page), 0)

    @property
    def _recordings(self):
        return {mbid: one for release in self.releases for mbid, one in _recordings_of(release).items()}

    def _heard(self, mbid):
        one = self._recordings[mbid]
        groups = {}
        for release in self.releases:
            if mbid in _recordings_of(release):
                (medium,) = release.media
                listed = AcoustidRelease(release.mbid, release.title, None, release.date, medium.track_count, 1, 1)
                before = groups.get(release.group.mbid)
                groups[release.group.mbid] = AcoustidReleaseGroup(
                    release.group.mbid,
                    release.group.title,
                    "Album",
                    release.group.secondary_kinds,
                    (),
                    (*(before.releases if before else ()), listed),
                )
        artists = (Artist(BAND.mbid, BAND.name),)
        return AcoustidRecording(mbid, one.title, artists, one.milliseconds / 1000, None, tuple(groups.values()))

    def _found(self, mbid):
        """Find a recording as a search does: of each release only its tracks of this recording."""
        found = []
        for release in self.releases:
            (medium,) = release.media
            if tracks := tuple(track for track in medium.tracks if track.recording.mbid == mbid):
                found.append(replace(release, media=(replace(medium, tracks=tracks),)))
        return MbFoundRecording(self._recordings[mbid], tuple(found))


def import_into(library, music, capabilities=None, now_ns=DAY):
    """Identify everything that waits, as one import does."""
    capabilities = capabilities or Capabilities(works=False)
    run = library.new_run()
    writes = RoundWrites(
        run=run, as_of_ns=now_ns, now_ns=now_ns, services_know_more_ns=now_ns + 30 * DAY, capabilities=capabilities
    )
    while groups := library.ask(WaitingGroups(200, now_ns)):
        round_ = IdentificationRound(groups, capabilities)
        while True:
            for end in round_.ended():
                assert library.write(*writes.of(end)).rejected == ()
            if round_.done:
                break
            kept = [question for question in round_.to_recall() if question.key in music.answers]
            asked = [question for request in round_.to_ask() for question in questions_of(request)]
            round_.answered({question.key: (music.answer(question), 1) for question in (*kept, *asked)})
    library.close_run(RunState.COMPLETED)


def _recordings_of(release):
    return {track.recording.mbid: track.recording for medium in release.media for track in medium.tracks}


def _bare(release):
    return replace(release, media=tuple(replace(medium, tracks=()) for medium in release.media))
