"""The stand-in over real HTTP, asked by the clients that ask the services."""

import json
import urllib.request

import pytest

from passagework.domain.fingerprint_text import encode
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
from passagework.lookup.acoustid.client import AcoustidClient, FingerprintQuery, ItemAnswered, ItemRejected
from passagework.lookup.acoustid.transport import AcoustidSettings
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.musicbrainz.client import MusicBrainzClient
from passagework.lookup.musicbrainz.transport import MusicBrainzSettings
from passagework.lookup.rate_limiter import RateLimiter
from passagework.standin import Reference, StandIn, StandInCatalogue, read_catalogue, write_catalogue
from passagework.standin.catalogue import CatalogueError
from passagework.standin.faults import FaultOnDemand, Service
from passagework.standin.server import StandInRules


def mbid(number):
    return f"00000000-0000-4000-8000-{number:012}"


ARTIST = CreditedArtist(mbid(1), "Anna & <Bob>", "Anna", " feat. ")
GUEST = CreditedArtist(mbid(2), "Guest", "Guest", "")
COMPOSER = CreditedArtist(mbid(3), "Composer", "Composer", "")
WORK = MbWork(mbid(40), "Work", (COMPOSER,))


def recording(number, works=()):
    return MbRecording(
        mbid(number), f"Song {number}", 200_000 + number, video=False, artists=(ARTIST, GUEST), works=works
    )


def track(number, position, kind=TrackKind.TRACK, works=()):
    own = recording(number, works)
    return MbTrack(mbid(number + 500), kind, position, str(position), own.title, own.milliseconds, own.artists, own)


ALBUM = MbRelease(
    mbid=mbid(10),
    title="Album",
    status="Official",
    date="2001-02-03",
    country="DE",
    labels=("Label",),
    artists=(ARTIST, GUEST),
    group=MbReleaseGroup(mbid(11), "Album", "Album", ("Live",), "2001"),
    media=(
        MbMedium(1, "CD", "One", (track(100, 0, TrackKind.PREGAP), track(101, 1, works=(WORK,)), track(102, 2)), 2),
        MbMedium(2, "CD", None, (track(103, 1), track(104, 1, TrackKind.DATA)), 1),
    ),
    cover_art=True,
)
REMOVED = mbid(99)
ITEMS = tuple((number * 2_654_435_761) % 2**32 for number in range(300))
CATALOGUE = StandInCatalogue(
    (ALBUM,),
    (recording(200),),
    (Reference("acoustid-1", ITEMS, 200.0, ((mbid(101), 9), (REMOVED, 1))),),
    {mbid(12): mbid(10)},
)


@pytest.fixture
def standin():
    with StandIn(CATALOGUE, StandInRules(key="mine", acoustid_per_second=0, musicbrainz_per_second=0)) as running:
        yield running


@pytest.fixture
def gate(tmp_path):
    return RateLimiter(tmp_path, "host", 1_000)


@pytest.fixture
def musicbrainz(standin, gate):
    return MusicBrainzClient(MusicBrainzSettings(standin.musicbrainz_url, timeout_seconds=2), gate)


@pytest.fixture
def acoustid(standin, gate):
    return AcoustidClient(AcoustidSettings("mine", f"{standin.acoustid_url}/v2/", 2), gate)


def fingerprint():
    import numpy as np  # noqa: PLC0415 - only here

    return encode(np.array(ITEMS, np.uint32))


def test_a_release_comes_back_as_it_is_known(musicbrainz):
    assert musicbrainz.release(ALBUM.mbid).value == ALBUM


def test_a_merged_release_is_found_under_its_former_id(musicbrainz, standin):
    found = musicbrainz.release(mbid(12)).value
    assert (found.mbid, found.asked_as) == (ALBUM.mbid, mbid(12))
    assert standin.count(Service.MUSICBRAINZ) == 2


def test_recordings_are_looked_up_browsed_and_searched(musicbrainz):
    assert musicbrainz.recording(mbid(101)).value == recording(101, (WORK,))
    assert musicbrainz.releases_of_recording(mbid(102)).value.releases == (ALBUM,)
    (listed,) = musicbrainz.releases_of_group(mbid(11)).value.releases
    assert [medium.track_count for medium in listed.media] == [2, 1]
    assert not any(medium.tracks for medium in listed.media)
    (found,) = musicbrainz.search_recordings([mbid(102), mbid(999)]).value
    assert found.recording.mbid == mbid(102)
    assert [medium.tracks[0].position for release in found.releases for medium in release.media] == [2]
    assert [one.mbid for one in musicbrainz.search_releases("Anna", "album", 3).value.releases] == [ALBUM.mbid]
    assert musicbrainz.search_releases("Anna", "nothing of this name", 3).value.releases == ()


def test_what_is_not_known_is_not_found(musicbrainz):
    with pytest.raises(LookupFault) as fault:
        musicbrainz.release(mbid(77))
    assert fault.value.kind is FaultKind.NOT_FOUND


def test_a_mirror_without_search_lacks_it_and_is_not_out(gate):
    with StandIn(CATALOGUE, StandInRules(musicbrainz_per_second=0, searches=False)) as standin:
        client = MusicBrainzClient(MusicBrainzSettings(standin.musicbrainz_url), gate)
        with pytest.raises(LookupFault) as fault:
            client.search_recordings([mbid(101)])
    assert fault.value.kind is FaultKind.NO_CAPABILITY


def test_acoustid_knows_a_fingerprint_with_recordings_groups_and_submissions(acoustid):
    (item,) = acoustid.look_up([FingerprintQuery(fingerprint(), 203)])
    assert isinstance(item, ItemAnswered)
    (result,) = item.answer.results
    assert (result.acoustid, result.score) == ("acoustid-1", 1.0)
    known, removed = result.recordings
    assert (known.mbid, known.title, known.sources) == (mbid(101), "Song 101", 9)
    assert [artist.name for artist in known.artists] == ["Anna & <Bob>", "Guest"]
    (group,) = known.groups
    assert (group.mbid, group.title, [release.track for release in group.releases]) == (mbid(11), "Album", [1])
    assert (removed.mbid, removed.title) == (REMOVED, None)


def test_lengths_that_are_too_far_off_are_not_found_unless_asked_for(acoustid):
    near, wide, far = acoustid.look_up(
        [
            FingerprintQuery(fingerprint(), 208),
            FingerprintQuery(fingerprint(), 208, wider=True),
            FingerprintQuery(fingerprint(), 216, wider=True),
        ]
    )
    assert [len(item.answer.results) for item in (near, wide, far)] == [0, 1, 0]


def test_what_is_no_fingerprint_is_left_out_of_a_batch_and_the_others_are_answered(acoustid, standin):
    rubbish, good = acoustid.look_up([FingerprintQuery("AAAA", 200), FingerprintQuery(fingerprint(), 200)])
    assert isinstance(rubbish, ItemRejected)
    assert isinstance(good, ItemAnswered)
    assert standin.count(Service.ACOUSTID) == 1


def test_another_key_is_refused(standin, gate):
    client = AcoustidClient(AcoustidSettings("other", f"{standin.acoustid_url}/v2/"), gate)
    with pytest.raises(LookupFault) as fault:
        client.look_up([FingerprintQuery(fingerprint(), 200)])
    assert fault.value.kind is FaultKind.KEY


BOTH = {
    FaultOnDemand.UNAVAILABLE: FaultKind.UNAVAILABLE,
    FaultOnDemand.UNAVAILABLE_FOR: FaultKind.UNAVAILABLE,
    FaultOnDemand.LIMITED: FaultKind.LIMITED,
    FaultOnDemand.HANG: FaultKind.TIMEOUT,
    FaultOnDemand.TRICKLE: FaultKind.TIMEOUT,
    FaultOnDemand.RESET: FaultKind.UNREACHABLE,
    FaultOnDemand.TRUNCATED: FaultKind.UNREADABLE,
    FaultOnDemand.HTML: FaultKind.UNREADABLE,
    FaultOnDemand.EMPTY: FaultKind.UNREADABLE,
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*BOTH, FaultOnDemand.REDIRECT_LOOP, FaultOnDemand.NOT_FOUND])
def test_faults_on_demand_reach_the_musicbrainz_client_once(standin, gate, fault):
    client = MusicBrainzClient(MusicBrainzSettings(standin.musicbrainz_url, timeout_seconds=0.5), gate)
    standin.faults.add(Service.MUSICBRAINZ, fault)
    with pytest.raises(LookupFault) as raised:
        client.release(ALBUM.mbid)
    others = {FaultOnDemand.REDIRECT_LOOP: FaultKind.UNREADABLE, FaultOnDemand.NOT_FOUND: FaultKind.NOT_FOUND}
    assert raised.value.kind is {**BOTH, **others}[fault]


@pytest.mark.slow
@pytest.mark.parametrize("fault", BOTH)
def test_faults_on_demand_reach_the_acoustid_client_once(standin, gate, fault):
    client = AcoustidClient(AcoustidSettings("mine", f"{standin.acoustid_url}/v2/", 0.5), gate)
    standin.faults.add(Service.ACOUSTID, fault)
    with pytest.raises(LookupFault) as raised:
        client.look_up([FingerprintQuery(fingerprint(), 200)])
    assert raised.value.kind is BOTH[fault]


def test_a_chain_of_redirects_leads_to_the_answer(musicbrainz, standin):
    standin.faults.add(Service.MUSICBRAINZ, FaultOnDemand.REDIRECT_CHAIN)
    assert musicbrainz.release(ALBUM.mbid).value == ALBUM
    assert standin.count(Service.MUSICBRAINZ) == 3


def test_the_rates_of_the_services_are_enforced(gate):
    with StandIn(CATALOGUE, StandInRules(acoustid_per_second=0.01, musicbrainz_per_second=0.01)) as standin:
        musicbrainz = MusicBrainzClient(MusicBrainzSettings(standin.musicbrainz_url), gate)
        acoustid = AcoustidClient(AcoustidSettings("any", f"{standin.acoustid_url}/v2/"), gate)
        query = FingerprintQuery(fingerprint(), 1)
        for ask, permitted in ((lambda: musicbrainz.release(ALBUM.mbid), 2), (lambda: acoustid.look_up([query]), 6)):
            for _ in range(permitted):
                ask()
            with pytest.raises(LookupFault) as fault:
                ask()
            assert fault.value.kind is FaultKind.LIMITED


def test_faults_are_ordered_and_requests_are_listed_over_http(standin, musicbrainz):
    order = {"service": "musicbrainz", "fault": "html", "times": 1}
    asked = urllib.request.Request(f"{standin.acoustid_url}/stand-in/faults", json.dumps(order).encode())
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200
    with pytest.raises(LookupFault):
        musicbrainz.release(ALBUM.mbid)
    with urllib.request.urlopen(f"{standin.acoustid_url}/stand-in/requests") as answer:
        listed = json.load(answer)
        assert "stand-in" in answer.headers["Server"]
    assert listed["counts"] == {"musicbrainz": 1}
    assert listed["requests"] == [["musicbrainz", f"/ws/2/release/{ALBUM.mbid}", "html"]]


def test_a_catalogue_is_written_and_read_again(tmp_path):
    path = tmp_path / "catalogue.json"
    write_catalogue(CATALOGUE, path)
    assert read_catalogue(path) == CATALOGUE
    with pytest.raises(CatalogueError, match="cannot be written"):
        write_catalogue(CATALOGUE, path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"releases": 1}', b"\xff"])
def test_what_is_no_catalogue_is_refused(tmp_path, content):
    path = tmp_path / "catalogue.json"
    path.write_bytes(content)
    with pytest.raises(CatalogueError, match="catalogue"):
        read_catalogue(path)
