"""What is known of a group while its plan is made, and which tags are confirmed by it."""

import pytest

from passagework.domain.identification.planning.answers import Answers
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.ids import Guid, Mbid
from passagework.domain.tags import Tags
from passagework.domain.units import ticks_from_samples
from passagework.domain.waiting import WaitingFile, WaitingPassage


def known(tags, seconds=200.0, **more):
    """Give what is known of one passage of this length with these tags."""
    end = ticks_from_samples(round(seconds * 1000), 1000)
    passage = WaitingPassage(Guid("p"), ticks_from_samples(0, 1), end, **more)
    return PlanState([WaitingFile(b"/m/a", tags, 1, (passage,))], Answers({}), Capabilities())


def confirmed(state):
    return not state.unconfirmed()


NORTH = Tags(title="North", recording_ids=(Mbid("rec-North"),))


@pytest.mark.parametrize(("seconds", "is_confirmed"), [(210.0, True), (210.1, False), (190.0, True), (189.9, False)])
def test_a_recording_that_the_tags_name_is_confirmed_by_its_length(build, seconds, is_confirmed):
    state = known(NORTH, seconds)
    state.add_recording(build.recording("North"))
    assert confirmed(state) is is_confirmed


@pytest.mark.parametrize(
    ("title", "is_confirmed"), [("North", True), ("Northx", True), ("North Pole", False), (None, True)]
)
def test_a_recording_that_the_tags_name_is_confirmed_by_its_title_where_they_have_one(build, title, is_confirmed):
    state = known(Tags(title=title, recording_ids=(Mbid("rec-North"),)))
    state.add_recording(build.recording("North"))
    assert confirmed(state) is is_confirmed


def test_without_a_length_nothing_is_confirmed(build):
    state = known(NORTH)
    state.add_recording(build.recording("North", None))
    assert not confirmed(state)


def test_what_nobody_has_described_is_not_confirmed():
    assert not confirmed(known(NORTH))
    assert not confirmed(known(Tags(title="North")))


@pytest.mark.parametrize(
    ("tags", "is_confirmed"),
    [
        (Tags(title="North", release_id=Mbid("release-Compass")), True),
        (Tags(title="North", release_id=Mbid("old")), True),
        (Tags(title="North", release_id=Mbid("other")), False),
        (Tags(title="North"), False),
        (Tags(release_id=Mbid("release-Compass")), False),
        (Tags(release_track_id=Mbid("track-North"), release_id=Mbid("release-Compass")), True),
    ],
    ids=["release", "merged release", "another release", "title alone", "release alone", "track"],
)
def test_a_release_that_the_tags_name_confirms_a_title_that_it_has(build, tags, is_confirmed):
    state = known(tags)
    state.add_releases([build.release("Compass", [build.track(1, "North")], asked_as="old")])
    assert confirmed(state) is is_confirmed


def test_a_conflict_with_what_was_heard_confirms_nothing(build):
    state = known(NORTH)
    state.add_recording(build.recording("North"))
    state.add_acoustid(Guid("p"), build.answer(build.heard("South")))
    assert not confirmed(state)


def test_a_passage_that_a_person_decided_needs_no_confirmation():
    assert confirmed(known(NORTH, decided=Mbid("set")))


@pytest.mark.parametrize(
    ("more", "open_"),
    [({}, True), ({"due": False}, True), ({"due": False, "stands": True}, False), ({"decided": Mbid("set")}, False)],
    ids=str,
)
def test_a_passage_is_open_unless_its_decision_stands_or_a_person_has_decided(more, open_):
    state = known(NORTH, **more)
    assert state.is_open(Guid("p")) is open_
    assert len(state.open()) == open_


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_versions_of_a_release_the_one_with_more_tracks_stays(build, order):
    versions = [build.release("Compass", [build.track(n, f"Track {n}") for n in range(count)]) for count in (1, 3)]
    state = known(NORTH)
    state.add_releases(versions[::order])
    assert state.releases == (versions[1],)


def test_a_recording_is_known_under_each_of_its_ids_and_where_it_is_on_a_release(build):
    state = known(NORTH)
    state.add_recording(build.recording("North", asked_as=Mbid("old-north")))
    track = build.track(1, "South", recording=build.recording("South", asked_as=Mbid("old-south")))
    state.add_releases([build.release("Compass", [track])])
    ids = ("rec-North", "old-north", "rec-South", "old-south", "other")
    assert [state.knows(Mbid(one)) for one in ids] == [True, True, True, True, False]
    assert [state.knows_where(Mbid(one)) for one in ids] == [False, False, True, True, False]


def test_of_two_descriptions_of_a_recording_the_first_stays(build):
    state = known(NORTH)
    state.add_recording(build.recording("North", 100.0))
    state.add_recording(build.recording("North", 200.0))
    assert [one.milliseconds for one in state.evidence().recordings] == [100_000]


def test_every_answer_is_evidence_at_once(build):
    state = known(Tags(title="North"))
    assert state.decision().passages[0].candidates == ()
    state.add_acoustid(Guid("p"), build.answer(build.heard("North")))
    assert [one.title for one in state.decision().passages[0].candidates] == ["North"]
    state.add_releases([build.release("Compass", [build.track(1, "North")])])
    assert state.decision().passages[0].winner.place is not None
    assert state.unplaced() == ()
    state.add_recording(build.recording("West"))
    state.add_named(Guid("p"), [Mbid("rec-West")])
    assert {one.title for one in state.decision().passages[0].candidates} == {"North", "West"}
