from collections import Counter
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passagework.domain.acoustid import (
    AcoustidAnswer,
    AcoustidRecording,
    AcoustidRelease,
    AcoustidReleaseGroup,
    AcoustidResult,
)
from passagework.domain.analysis import Fingerprint, ShiftedFingerprint
from passagework.domain.identification.linking.links import identify
from passagework.domain.identification.planning.answers import Answers, NothingFound
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.joint_plan import together
from passagework.domain.identification.planning.plan import plan
from passagework.domain.identification.planning.requests import (
    AskAcoustid,
    BrowseGroup,
    BrowseRecording,
    LookUpRecording,
    LookUpRelease,
    SearchRecordings,
    SearchReleases,
    SearchTitle,
)
from passagework.domain.identification.scoring.confidence import Band
from passagework.domain.identification.scoring.decision import decide
from passagework.domain.ids import Guid, Mbid
from passagework.domain.links import NO_RECORDING
from passagework.domain.music import Artist
from passagework.domain.musicbrainz import MbFoundRecording, MbFoundRecordings, MbReleasePage
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks, ticks_from_samples
from passagework.domain.waiting import WaitingFile, WaitingPassage
from tests.support.effort import examples

ALL = Capabilities()
LENGTHS = {"North": 181.0, "East": 245.0, "South": 122.0, "West": 333.0}


def next_requests(files, answers, capabilities):
    return plan(files, answers, capabilities).requests


def plan_together(groups, answers, capabilities):
    return together(request for group in groups for request in next_requests(group, answers, capabilities))


def ticks(seconds):
    return ticks_from_samples(round(seconds * 1000), 1000)


class World:
    """A small catalogue, and a service that answers from it and counts what it is asked."""

    def __init__(self, build, *releases, listed=True):
        self.build = build
        self.releases = {release.mbid: release for release in releases}
        self.recordings = {}
        self.heard = {}
        self.listed = listed
        self.merged = {}
        self.answers = {}
        self.asked = Counter()
        for release in releases:
            for medium in release.media:
                for track in medium.tracks:
                    self.recordings[track.recording.mbid] = track.recording
                    self.heard.setdefault(track.title, [track.recording.mbid])

    def on(self, recording):
        """Give the releases that have a recording."""
        return [
            release
            for release in self.releases.values()
            if any(track.recording.mbid == recording for medium in release.media for track in medium.tracks)
        ]

    def sound(self, name):
        """Give what AcoustID answers to a fingerprint, which is called like what sounds there."""
        found = tuple(map(self._heard, self.heard.get(name, ())))
        return AcoustidAnswer((AcoustidResult(f"id-{name}", 0.98, found),) if found else ())

    def _heard(self, mbid):
        recording = self.recordings.get(mbid)
        if recording is None:
            return AcoustidRecording(mbid, None, (), None, None, ())
        groups = {}
        for release in self.on(mbid):
            group = release.group
            tracks = sum(len(medium.tracks) for medium in release.media)
            one = AcoustidRelease(release.mbid, release.title, None, release.date, tracks, 1, 1)
            before = groups.get(group.mbid)
            groups[group.mbid] = AcoustidReleaseGroup(
                group.mbid,
                group.title,
                "Album",
                group.secondary_kinds,
                (),
                ((*(before.releases if before else ()), one)) if self.listed else (),
            )
        artists = (Artist(Mbid("artist-band"), "The Band"),)
        seconds = recording.milliseconds / 1000 if recording.milliseconds else None
        return AcoustidRecording(mbid, recording.title, artists, seconds, None, tuple(groups.values()))

    def answer(self, request):
        """Answer one request, and count it as the service that was asked would."""
        kind = "acoustid" if isinstance(request, AskAcoustid) else "musicbrainz"
        assert request.key not in self.answers
        self.asked[kind] += 1
        if isinstance(request, SearchRecordings):
            for part in request.parts:
                assert part.key not in self.answers
                found = self.recordings.get(part.mbid)
                self.answers[part.key] = self._found(found) if found else NothingFound()
            return
        self.answers[request.key] = self._answer(request)

    def _answer(self, request):
        match request:
            case AskAcoustid():
                return self.sound(request.encoded if not request.shift else f"{request.encoded}{request.shift:+d}")
            case LookUpRelease(mbid):
                return self._merged(self.releases, mbid)
            case LookUpRecording(mbid):
                return self._merged(self.recordings, mbid)
            case BrowseGroup(mbid):
                found = tuple(self._bare(one) for one in self.releases.values() if one.group.mbid == mbid)
            case BrowseRecording(mbid):
                found = tuple(self.on(self.merged.get(mbid, mbid)))
            case SearchTitle(artist, title):
                alike = [one for one in self.recordings.values() if one.title == title and artist]
                return MbFoundRecordings(tuple(map(self._found, alike)))
            case SearchReleases(_, title, _):
                found = tuple(self._bare(one) for one in self.releases.values() if one.title == title)
        return MbReleasePage(found, len(found), 0)

    def _found(self, recording):
        """Find a recording as a search does: of each release only its tracks of this recording."""
        releases = []
        for release in self.on(recording.mbid):
            listed = [
                replace(medium, tracks=tracks, track_count=len(medium.tracks))
                for medium in release.media
                if (tracks := tuple(track for track in medium.tracks if track.recording.mbid == recording.mbid))
            ]
            releases.append(replace(release, media=tuple(listed)))
        return MbFoundRecording(replace(recording, works=()), tuple(releases))

    @staticmethod
    def _bare(release):
        media = tuple(replace(one, tracks=(), track_count=len(one.tracks)) for one in release.media)
        return replace(release, media=media)

    def _merged(self, entities, mbid):
        if mbid in self.merged:
            return replace(entities[self.merged[mbid]], asked_as=mbid)
        return entities.get(mbid) or NothingFound()

    def identify(self, *groups, capabilities=ALL):
        """Ask and answer until all groups are ready, and give their decisions."""
        for _ in range(100):
            requests = plan_together(groups, Answers(self.answers), capabilities)
            if not requests:
                return [decide(plan(one, Answers(self.answers), capabilities).evidence) for one in groups]
            for request in requests:
                self.answer(request)
        raise AssertionError("the plan does not end")

    @property
    def bill(self):
        return self.asked["musicbrainz"], self.asked["acoustid"]


NUMBERS = count()


def passage(seconds, sounds=None, start=0, shifted=(), **more):
    fingerprint = Fingerprint(sounds, Ticks(ticks(seconds)), shifted) if sounds else None
    begin = ticks(start)
    return WaitingPassage(
        Guid(f"guid-{next(NUMBERS)}"), begin, Ticks(begin + ticks(seconds)), fingerprint=fingerprint, **more
    )


def one_file(title, seconds, *, sounds=None, tags=None, **more):
    """A file of one passage that sounds like its title."""
    path = f"/m/{title}.flac".encode()
    return WaitingFile(path, tags or Tags(), 1, (passage(seconds, sounds or title, **more),))


def album(build, title="Compass", lengths=LENGTHS, **more):
    return build.release(
        title, [build.track(n, name, length) for n, (name, length) in enumerate(lengths.items(), 1)], **more
    )


def files(tags=None):
    """The album track by track, each with what ``tags`` says of its number and title."""
    return tuple(
        one_file(title, seconds, tags=tags(number, title) if tags else None)
        for number, (title, seconds) in enumerate(LENGTHS.items(), 1)
    )


def titles(decision):
    return [one.winner.title if one.winner else None for one in decision.passages]


def places(decision):
    return [one.winner.place.release.mbid if one.winner and one.winner.place else None for one in decision.passages]


def test_an_album_with_a_release_mbid_in_its_tags_costs_one_request(build):
    world = World(build, album(build))
    group = files(lambda n, title: Tags(title=title, track_number=n, release_id=Mbid("release-Compass")))
    (decision,) = world.identify(group)
    assert world.bill == (1, 0)
    assert titles(decision) == list(LENGTHS)


def test_both_discs_of_an_album_with_a_release_mbid_cost_one_request_together(build):
    first, second = dict(list(LENGTHS.items())[:2]), dict(list(LENGTHS.items())[2:])
    discs = [[build.track(n, t, s) for n, (t, s) in enumerate(one.items(), 1)] for one in (first, second)]
    world = World(build, build.release("Compass", *discs))
    groups = [
        tuple(
            one_file(t, s, tags=Tags(title=t, track_number=n, disc_number=disc, release_id=Mbid("release-Compass")))
            for n, (t, s) in enumerate(one.items(), 1)
        )
        for disc, one in enumerate((first, second), 1)
    ]
    decisions = world.identify(*groups)
    assert world.bill == (1, 0)
    assert [title for one in decisions for title in titles(one)] == list(LENGTHS)


def test_a_passage_that_the_named_release_does_not_confirm_is_heard_and_no_other(build):
    world = World(build, album(build))
    group = files(lambda n, title: Tags(title=title, track_number=n, release_id=Mbid("release-Compass")))
    odd = one_file("West", LENGTHS["West"], tags=Tags(title="Something else", release_id=Mbid("release-Compass")))
    (decision,) = world.identify((*group[:3], odd))
    assert world.bill == (1, 1)
    assert titles(decision)[3] == "West"


def test_a_release_mbid_with_other_lengths_is_not_taken_at_its_word(build):
    world = World(build, album(build, lengths=dict.fromkeys(LENGTHS, 60.0), mbid="wrong"), album(build))
    group = files(lambda n, title: Tags(title=title, track_number=n, release_id=Mbid("wrong")))
    world.identify(group)
    assert world.asked["acoustid"] == len(LENGTHS)


def test_an_untagged_album_that_acoustid_lists_costs_one_request(build):
    world = World(build, album(build))
    (decision,) = world.identify(files())
    assert world.bill == (1, len(LENGTHS))
    assert places(decision) == ["release-Compass"] * 4
    assert all(one.accepted for one in decision.passages)


def test_an_untagged_album_whose_releases_acoustid_does_not_list_costs_two_requests(build):
    world = World(build, album(build), listed=False)
    (decision,) = world.identify(files())
    assert world.bill[0] == 2
    assert places(decision) == ["release-Compass"] * 4


@pytest.mark.parametrize("listed", [True, False])
def test_an_untagged_album_whose_votes_tie_costs_at_most_three_requests(build, listed):
    superset = {**LENGTHS, "Bonus": 99.0}
    world = World(build, album(build, "Deluxe Compass", superset, date="1999"), album(build), listed=listed)
    (decision,) = world.identify(files())
    assert world.bill[0] <= 3
    assert places(decision) == ["release-Compass"] * 4


def test_votes_that_tie_are_settled_by_a_release_with_a_track_for_each_passage(build):
    world = World(build, album(build, "Deluxe Compass", {**LENGTHS, "Bonus": 99.0}), album(build))
    world.identify(files())
    assert world.bill[0] == 1


def test_two_albums_in_one_folder_cost_one_request_each(build):
    other = {"Red": 150.0, "Green": 190.0, "Blue": 230.0, "White": 270.0}
    world = World(build, album(build), album(build, "Colours", other))
    group = (*files(), *(one_file(title, length) for title, length in other.items()))
    (decision,) = world.identify(group)
    assert world.bill[0] == 2
    assert places(decision) == ["release-Compass"] * 4 + ["release-Colours"] * 4


def test_a_loose_track_with_a_known_recording_costs_one_request(build):
    world = World(build, album(build))
    tags = Tags(title="North", recording_ids=(Mbid("rec-North"),))
    (decision,) = world.identify((one_file("North", LENGTHS["North"], tags=tags),))
    assert world.bill == (1, 0)
    assert decision.passages[0].accepted


def test_a_loose_track_that_acoustid_knows_costs_one_request(build):
    world = World(build, album(build))
    (decision,) = world.identify((one_file("East", LENGTHS["East"]),))
    assert world.bill == (1, 1)
    assert places(decision) == ["release-Compass"]


def test_loose_tracks_are_searched_for_a_hundred_at_a_time_where_works_are_not_wanted(build):
    names = [f"Loose {chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(110)]
    singles = [album(build, name, {name: 180.0}) for name in names]
    world = World(build, *singles)
    for gone in (3, 105):
        world.merged[Mbid(f"old-{gone}")] = Mbid(f"rec-{names[gone]}")
    groups = []
    for number, name in enumerate(names):
        mbid = f"old-{number}" if number in (3, 105) else f"rec-{name}"
        groups.append((one_file(name, 180.0, tags=Tags(title=name, recording_ids=(Mbid(mbid),))),))
    decisions = world.identify(*groups, capabilities=Capabilities(works=False))
    assert world.bill == (2 + 2, 0)
    assert [titles(one)[0] for one in decisions] == names
    assert decisions[3].passages[0].winner.recording == f"rec-{names[3]}"


def test_a_mirror_without_search_is_asked_for_each_loose_track_and_never_to_search(build):
    world = World(build, album(build))
    group = (one_file("North", LENGTHS["North"]), one_file("nobody", 100.0, tags=Tags(album="Compass", title="x")))
    world.identify(group, capabilities=Capabilities(works=False, search=False))
    assert world.bill[0] == 1
    assert not any(key.startswith("search") for key in world.answers)


def test_an_album_that_only_its_text_names_is_searched_for_last(build):
    world = World(build, album(build))
    world.heard.clear()
    group = files(lambda n, title: Tags(title=title, track_number=n, album="Compass", artist_credit="The Band"))
    (decision,) = world.identify(group)
    assert world.bill == (2, 2 * len(LENGTHS))
    assert titles(decision) == list(LENGTHS)
    assert SearchReleases("The Band", "Compass", len(LENGTHS)).key in world.answers


def test_without_acoustid_the_text_is_searched_for(build):
    world = World(build, album(build))
    group = files(lambda n, title: Tags(title=title, track_number=n, album="Compass"))
    world.identify(group, capabilities=Capabilities(acoustid=False))
    assert world.bill == (2, 0)


def test_without_musicbrainz_only_acoustid_is_asked(build):
    world = World(build, album(build))
    (decision,) = world.identify(files(), capabilities=Capabilities(musicbrainz=False))
    assert world.bill == (0, len(LENGTHS))
    assert titles(decision) == list(LENGTHS)


def test_what_is_shorter_than_ten_seconds_is_not_heard(build):
    world = World(build)
    world.identify((one_file("North", 9.9), one_file("East", 10.0)))
    assert world.bill == (0, 2)


def test_copies_of_one_sound_are_asked_about_once(build):
    world = World(build, album(build))
    decisions = world.identify((one_file("North", 181.0),), (one_file("North", 181.0),))
    assert world.bill == (1, 1)
    assert [titles(one) for one in decisions] == [["North"], ["North"]]


def test_other_bounds_are_tried_when_nothing_fits(build):
    world = World(build, album(build))
    world.heard["late cut+8"] = world.heard["North"]
    world.heard["clean cut"] = world.heard["East"]
    shifted = tuple(ShiftedFingerprint(shift, 175 - shift, "late cut") for shift in (-8, 8))
    late, clean = passage(175.0, "late cut", shifted=shifted), passage(245.0, "clean cut", 180, shifted=shifted)
    (decision,) = world.identify((WaitingFile(b"/m/long.flac", Tags(), 2, (late, clean)),))
    assert titles(decision) == ["North", "East"]
    assert sorted(key.split(":")[2:] for key in world.answers if key.startswith("acoustid")) == [
        ["167", "+8", "wide"],
        ["175", "+0", "near"],
        ["175", "+0", "wide"],
        ["183", "-8", "wide"],
        ["245", "+0", "near"],
    ]


def test_a_whole_file_that_nothing_fits_is_asked_about_with_other_lengths_and_not_with_other_bounds(build):
    world = World(build)
    world.identify((one_file("unknown", 100.0),))
    asked = sorted(key.split(":")[2:] for key in world.answers)
    assert asked == [["100", "+0", "near"], ["100", "+0", "wide"]]


@pytest.mark.parametrize("works", [True, False])
def test_a_loose_track_that_nobody_hears_is_found_by_its_title_and_artist_and_marked(build, works):
    world = World(build, album(build))
    world.heard.clear()
    tags = Tags(title="North", artists=("The Band",))
    (decision,) = world.identify((one_file("North", 181.0, tags=tags),), capabilities=Capabilities(works=works))
    (passage,) = decision.passages
    assert (titles(decision), places(decision), passage.band) == (["North"], ["release-Compass"], Band.LIKELY)
    # With works the releases of the recording are asked for, too.
    assert world.bill == (2 if works else 1, 2)


@pytest.mark.parametrize(
    ("tags", "seconds"),
    [
        (Tags(title="North", artists=("Somebody Else",)), 181.0),
        (Tags(title="North", artists=("The Band",)), 281.0),
        (Tags(title="North Pole Expedition", artists=("The Band",)), 181.0),
    ],
    ids=["artist", "length", "title"],
)
def test_what_a_search_by_text_finds_is_left_where_it_is_not_alike(build, tags, seconds):
    world = World(build, album(build))
    world.heard.clear()
    (decision,) = world.identify((one_file("North", seconds, tags=tags),))
    assert titles(decision) == [None]


@pytest.mark.parametrize("tags", [Tags(title="North"), Tags(artists=("The Band",)), Tags()])
def test_without_a_title_and_an_artist_there_is_nothing_to_search_for(build, tags):
    world = World(build)
    world.identify((one_file("North", 181.0, tags=tags),))
    assert world.bill == (0, 2)


def test_a_recording_without_a_title_is_looked_up_and_its_merger_followed(build):
    world = World(build, album(build))
    world.merged[Mbid("old")] = Mbid("rec-North")
    world.heard["North"] = [Mbid("old")]
    (decision,) = world.identify((one_file("North", LENGTHS["North"]),))
    assert decision.passages[0].winner.recording == "rec-North"
    assert decision.passages[0].unnamed == ()
    assert world.bill == (2, 1)


def test_a_release_that_was_merged_is_confirmed_under_its_old_id(build):
    world = World(build, album(build))
    world.merged[Mbid("old")] = Mbid("release-Compass")
    group = files(lambda n, title: Tags(title=title, track_number=n, release_id=Mbid("old")))
    (decision,) = world.identify(group)
    assert world.bill == (1, 0)
    assert titles(decision) == list(LENGTHS)


def test_a_release_that_is_gone_is_found_by_its_sound(build):
    world = World(build, album(build))
    group = files(lambda n, title: Tags(title=title, track_number=n, release_id=Mbid("deleted")))
    (decision,) = world.identify(group)
    assert world.bill == (2, 4)
    assert all(one.accepted for one in decision.passages)


def test_a_refused_fingerprint_is_no_statement_and_asked_once(build):
    world = World(build)
    group = (one_file("North", 181.0),)
    (request,) = next_requests(group, Answers({}), ALL)
    world.answers[request.key] = NothingFound()
    (decision,) = world.identify(group)
    assert world.bill == (0, 0)
    assert decision.passages[0].reason == "no evidence says what it is"


def test_what_a_person_decided_is_only_asked_what_it_is_called(build):
    world = World(build, album(build))
    group = (one_file("something", 50.0, decided=Mbid("rec-East")), one_file("speech", 60.0, decided=NO_RECORDING))
    world.identify(group)
    assert world.bill == (1, 0)


def test_recordings_that_a_person_named_are_all_on_the_release_of_which_each_search_listed_one(build):
    lengths = {"North": 181.0, "East": 245.0}
    discs = [
        [build.track(n, f"{name} {disc}", length) for n, (name, length) in enumerate(lengths.items(), 1)]
        for disc in (1, 2)
    ]
    world = World(build, build.release("Compass", *discs))
    wanted = ("East 2", "North 1", "East 1")
    group = tuple(one_file(title, lengths[title[:-2]], decided=Mbid(f"rec-{title}")) for title in wanted)
    for capabilities in (replace(ALL, works=False), ALL):
        world.identify(group, capabilities=capabilities)
        linked = identify(group, plan(group, Answers(world.answers), capabilities).evidence, None)
        albums = [one.album for of_file in linked for one in of_file.passages]
        assert [(one.album.mbid, one.medium, one.track) for one in albums] == [
            ("release-Compass", 2, 2),
            ("release-Compass", 1, 1),
            ("release-Compass", 1, 2),
        ]


def test_the_evidence_does_not_depend_on_which_passages_wait(build):
    world = World(build, album(build), album(build, "Deluxe Compass", {**LENGTHS, "Bonus": 99.0}))
    group = (*files()[:3], one_file("West", 333.0, decided=Mbid("rec-Bonus")))
    world.identify(group)
    whole = plan(group, Answers(world.answers), ALL)
    for number in range(len(group)):
        one_waits = tuple(
            replace(one, passages=(replace(one.passages[0], due=n == number),)) for n, one in enumerate(group)
        )
        assert plan(one_waits, Answers(world.answers), ALL) == whole


@pytest.mark.parametrize("missing", ["answer", "acoustid", "musicbrainz"])
def test_a_passage_about_which_less_is_known_now_keeps_its_decision_and_asks_nothing(build, missing):
    world = World(build, album(build))
    world.identify(files())
    known = {"heard": True, "looked_up": missing == "musicbrainz"}
    first = replace(files()[0], passages=(replace(files()[0].passages[0], due=False, **known),))
    rest = tuple(replace(one, passages=(replace(one.passages[0], due=False),)) for one in files()[1:])
    waiting = one_file("East again", 245.0)
    answers = {
        key: answer
        for key, answer in world.answers.items()
        if missing != "answer" or not key.startswith(AskAcoustid("North", 181, Guid("")).key[:30])
    }
    capabilities = ALL if missing == "answer" else replace(ALL, **{missing: False})
    found = plan((first, *rest, waiting), Answers(answers), capabilities)
    assert found.standing == {first.passages[0].guid}
    complete = plan((first, *rest, waiting), Answers(world.answers), ALL)
    assert complete.standing == frozenset()


def test_a_passage_that_does_not_wait_helps_its_group_with_what_is_at_hand_and_asks_nothing(build):
    world = World(build, album(build))
    world.identify(files()[:3])
    before = world.asked.copy()
    three = tuple(replace(one, passages=(replace(one.passages[0], due=False),)) for one in files()[:3])
    asked = next_requests(three, Answers({}), ALL)
    assert asked == ()
    (decision,) = world.identify((*three, files()[3]))
    assert world.asked - before == Counter(acoustid=1)
    assert places(decision) == ["release-Compass"] * 4


def test_a_second_import_asks_nothing_and_decides_the_same(build):
    world = World(build, album(build), album(build, "Deluxe Compass", {**LENGTHS, "Bonus": 99.0}))
    group = files()
    first = world.identify(group)
    before = world.asked.copy()
    assert world.identify(group) == first
    assert world.asked == before


def test_answers_that_the_plan_would_not_have_asked_for_change_nothing(build):
    world = World(build, album(build))
    group = files(lambda n, title: Tags(title=title, track_number=n, release_id=Mbid("release-Compass")))
    first = world.identify(group)
    for title, seconds in LENGTHS.items():
        world.answer(AskAcoustid(title, round(seconds), Guid("other")))
    assert world.identify(group) == first


def test_a_recording_without_a_title_is_not_looked_up_where_the_rest_settles_the_passage(build):
    world = World(build, album(build))
    for title in LENGTHS:
        world.heard[title].append(Mbid(f"gone-{title}"))
    world.identify(files())
    assert world.bill[0] == 1


def test_an_album_that_only_a_few_were_heard_on_is_not_fetched_for_the_group(build):
    lengths = {"Red": 150.0, "Green": 190.0, "Blue": 230.0, "White": 270.0, "Black": 310.0}
    singles = [album(build, f"Single {title}", {title: length}) for title, length in lengths.items()]
    hits = album(build, "Hits", {title: lengths[title] for title in ("Red", "Green")}, secondary=("Compilation",))
    world = World(build, *singles, hits)
    world.identify(tuple(one_file(title, length) for title, length in lengths.items()))
    assert LookUpRelease(hits.mbid).key not in world.answers


def test_votes_that_tie_fetch_both_where_neither_has_a_track_for_each_passage(build):
    longer = [album(build, f"Box {bonus}", {**LENGTHS, bonus: 99.0}) for bonus in ("Red", "Green")]
    world = World(build, *longer)
    world.identify(files())
    assert world.bill[0] == 2


def test_a_recording_on_no_release_is_looked_up_by_itself(build):
    world = World(build)
    world.recordings[Mbid("rec-North")] = build.recording("North", LENGTHS["North"])
    tags = Tags(title="North", recording_ids=(Mbid("rec-North"),))
    (decision,) = world.identify((one_file("North", LENGTHS["North"], tags=tags),))
    assert world.bill == (2, 0)
    assert decision.passages[0].accepted


def test_recordings_that_tags_name_and_one_release_has_cost_one_request_together(build):
    world = World(build, album(build))
    world.identify(files(lambda _, title: Tags(title=title, recording_ids=(Mbid(f"rec-{title}"),))))
    assert world.bill == (1, 0)


def test_of_the_many_releases_of_a_hit_the_album_is_chosen(build):
    lengths = {"North": LENGTHS["North"]}
    hits = [album(build, f"Hits {n}", lengths, secondary=("Compilation",), date="1970") for n in range(5)]
    world = World(build, *hits, album(build, date="1999"))
    tags = Tags(title="North", recording_ids=(Mbid("rec-North"),))
    (decision,) = world.identify((one_file("North", LENGTHS["North"], tags=tags),))
    assert places(decision) == ["release-Compass"]
    assert world.bill == (1, 0)


NAMES = ("North", "East", "South", "West", "Bonus")


@pytest.mark.slow
@settings(examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_plan_ends_and_asks_nothing_twice_and_never_what_it_has(build, data):
    catalogue = [
        build.release(
            f"Album {number}",
            [build.track(n, name, data.draw(st.sampled_from([60.0, 180.0, None]))) for n, name in enumerate(chosen, 1)],
            secondary=data.draw(st.sampled_from([(), ("Compilation",)])),
        )
        for number, chosen in enumerate(data.draw(st.lists(st.lists(st.sampled_from(NAMES), unique=True), max_size=3)))
    ]
    world = World(build, *catalogue, listed=data.draw(st.booleans()))
    world.merged = {Mbid(f"old-{name}"): Mbid(f"rec-{name}") for name in NAMES if f"rec-{name}" in world.recordings}
    ids = st.sampled_from([*(f"rec-{name}" for name in NAMES), *(f"old-{name}" for name in NAMES), "gone"])
    for name in NAMES:
        world.heard[name] = data.draw(st.lists(ids.map(Mbid), max_size=3, unique=True))
    tags = st.builds(
        Tags,
        title=st.none() | st.sampled_from(NAMES),
        album=st.none() | st.sampled_from(["Album 0", "Album 1"]),
        recording_ids=st.lists(ids.map(Mbid), max_size=2).map(tuple),
        release_id=st.none() | st.sampled_from(["release-Album 0", "release-Album 1", "gone"]).map(Mbid),
    )
    lengths = st.sampled_from([5.0, 60.0, 180.0])
    group = tuple(
        WaitingFile(
            f"/m/{number}".encode(),
            data.draw(tags),
            size,
            tuple(
                passage(
                    data.draw(lengths),
                    data.draw(st.none() | st.sampled_from(NAMES)),
                    start=200 * one,
                    due=data.draw(st.booleans()),
                    decided=data.draw(st.none() | st.just(NO_RECORDING) | ids.map(Mbid)),
                )
                for one in range(size)
            ),
        )
        for number, size in enumerate(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    )
    capabilities = Capabilities(*(data.draw(st.booleans()) for _ in range(4)))
    for _ in range(60):
        requests = next_requests(group, Answers(world.answers), capabilities)
        if not requests:
            break
        assert len(set(requests)) == len(requests)
        for request in requests:
            world.answer(request)
    else:
        raise AssertionError("the plan does not end")
    assert plan_together([group], Answers(world.answers), capabilities) == ()
    assert capabilities.acoustid or not world.asked["acoustid"]
    assert capabilities.musicbrainz or not world.asked["musicbrainz"]
