"""The writes for each end of a group, value by value."""

from dataclasses import replace

import pytest

from passagework.actors.linker.identification_round import Decided, Defective, Recut, Unanswered
from passagework.actors.linker.recuts import Recuts
from passagework.actors.linker.round_writes import RoundWrites
from passagework.actors.messages.linker import LookupFailed
from passagework.domain.files import FileStamp
from passagework.domain.identification.linking.provisional import WHEN_SERVICES_COME
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.ids import Guid
from passagework.domain.links import Doubt, FileLinks, LinkState, PassageLinks
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks
from passagework.domain.waiting import FileAsCut, WaitingFile, WaitingPassage
from passagework.persistence.write.writes import DeferIdentification, StoreLinks, StoreTrackList

RUN, AS_OF, NOW, LATER = 7, 5_000_000_000, 6_000_000_000, 9_000_000_000


def writes(capabilities=None):
    return RoundWrites(
        run=RUN,
        as_of_ns=AS_OF,
        now_ns=NOW,
        services_know_more_ns=LATER,
        capabilities=capabilities or Capabilities(),
    )


def waiting(name, passages, revision):
    """Make a file with a passage for each word: one that is "due", or one that is "done"."""
    made = tuple(
        WaitingPassage(Guid(f"{name}{number}"), Ticks(0), Ticks(10), due=one == "due")
        for number, one in enumerate(passages.split())
    )
    return WaitingFile(name.encode(), Tags(), len(made), made, revision)


GROUP = (waiting("a", "due done due", 3), waiting("b", "done", 4), waiting("c", "due", 5))


def test_a_group_with_a_defect_is_stored_as_failed_with_the_reason():
    def failed(*guids):
        return tuple(PassageLinks(Guid(guid), LinkState.FAILED, (), None, (), "KeyError: x") for guid in guids)

    assert writes().of(Defective(GROUP, "KeyError: x")) == [
        StoreLinks(RUN, FileLinks(b"a", failed("a0", "a2"), 3)),
        StoreLinks(RUN, FileLinks(b"c", failed("c0"), 5)),
    ]


@pytest.mark.parametrize(("retry", "until"), [(0.0, AS_OF + 1), (0.5, NOW + 500_000_000), (90.0, NOW + 90 * 10**9)])
def test_a_group_without_answers_is_deferred_with_the_reason_beyond_this_run(retry, until):
    failed = LookupFailed(2, (), "lookup-timeout", "no answer", retry)
    assert writes().of(Unanswered(GROUP, failed)) == [
        DeferIdentification(RUN, b"a", (Guid("a0"), Guid("a2")), until, "lookup-timeout: no answer", 3),
        DeferIdentification(RUN, b"c", (Guid("c0"),), until, "lookup-timeout: no answer", 5),
    ]


LINKS = tuple(
    PassageLinks(
        Guid(f"p{number}"),
        state,
        (),
        None,
        (),
        "why",
        (),
        0.5 + number / 100,
        "1",
        frozenset(list(Doubt)[: number % 3]),
    )
    for number, state in enumerate(one for one in LinkState if one is not LinkState.WAITING)
)


@pytest.mark.parametrize("acoustid", [True, False])
def test_what_services_found_nothing_about_is_decided_again_when_they_may_know_more(acoustid):
    (write,) = writes(Capabilities(acoustid=acoustid)).of(Decided((FileLinks(b"a", LINKS, 3),)))
    again = {LinkState.UNIDENTIFIED, LinkState.TEXT_ONLY}
    expected = tuple(one.until(LATER) if one.state in again else one for one in LINKS)
    assert write == StoreLinks(RUN, FileLinks(b"a", expected, 3))


def test_without_services_everything_is_decided_again_as_soon_as_one_can_be_asked():
    (write,) = writes(Capabilities(acoustid=False, musicbrainz=False)).of(Decided((FileLinks(b"a", LINKS, 3),)))
    assert write == StoreLinks(RUN, FileLinks(b"a", tuple(one.until(WHEN_SERVICES_COME) for one in LINKS), 3))
    assert {one.retry_ns for one in write.links.passages} == {WHEN_SERVICES_COME}


def test_a_provisional_decision_is_the_same_but_for_the_time_at_which_it_is_due_again():
    song = PassageLinks(Guid("p"), LinkState.LIKELY, ("song",), "album", ("evidence",), "why", ("candidate",), 0.5, "1")
    assert song.until(77) == PassageLinks(
        Guid("p"), LinkState.LIKELY, ("song",), "album", ("evidence",), "why", ("candidate",), 0.5, "1", retry_ns=77
    )


def test_what_was_to_be_cut_in_this_run_waits_on_when_others_are_done_and_what_was_to_be_in_an_earlier_one_does_not():
    file = replace(GROUP[0], as_cut=FileAsCut(run=RUN, stamp=FileStamp(1, 1), audio_hash=b"audio", duration=Ticks(9)))
    told = StoreTrackList(RUN, file.path, "list", file.revision)
    for done_in, files in ((RUN, 1), (RUN + 1, 0)):
        recuts = Recuts()
        recuts.begin(RUN, Recut((file,), {file.path: "list"}))
        recuts.done(done_in)
        assert len(recuts.stored((told,))) == files
