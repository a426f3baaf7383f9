"""What a plan asks first, step by step."""

from dataclasses import replace

import numpy as np
import pytest

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.analysis import Fingerprint, ShiftedFingerprint
from passagework.domain.fingerprint_text import encode
from passagework.domain.identification.evidence.group_evidence import build_evidence
from passagework.domain.identification.planning.answers import Answers, NothingFound
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.plan import plan
from passagework.domain.identification.planning.requests import (
    AskAcoustid,
    BrowseRecording,
    LookUpRecording,
    LookUpRelease,
)
from passagework.domain.ids import Guid, Mbid
from passagework.domain.links import NO_RECORDING
from passagework.domain.musicbrainz import MbReleasePage
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks, ticks_from_samples
from passagework.domain.waiting import WaitingFile, WaitingPassage

ONLY_ACOUSTID = Capabilities(musicbrainz=False)
SHIFTED = tuple(ShiftedFingerprint(shift, 200 - shift, f"print{shift:+d}") for shift in (-8, 8))


def file(name, tags=None, *, seconds=200.0, printed=True, shifted=(), **more):
    end = ticks_from_samples(round(seconds * 1000), 1000)
    found = Fingerprint(f"print-{name}", Ticks(end), shifted) if printed else None
    passage = WaitingPassage(Guid(name), Ticks(0), end, fingerprint=found, **more)
    return WaitingFile(f"/m/{name}".encode(), tags or Tags(), 1, (passage,))


def asked(*files, answers=(), capabilities=None):
    known = Answers({one.key: answer for one, answer in answers})
    return plan(files, known, capabilities or Capabilities()).requests


def near(name, seconds=200, **more):
    return AskAcoustid(f"print-{name}", seconds, Guid(name), **more)


def test_where_no_service_is_asked_the_plan_is_what_is_stated():
    files = [file("a", Tags(title="North"))]
    nobody = Capabilities(acoustid=False, musicbrainz=False)
    found = plan(files, Answers({}), nobody)
    assert (found.requests, found.recalls, found.evidence) == ((), (), build_evidence(files))


def test_a_recording_that_a_person_set_is_asked_for_first_and_nothing_about_other_decisions():
    files = [
        file("a", Tags(release_id=Mbid("release"))),
        file("b", decided=NO_RECORDING),
        file("c", decided=Mbid("set")),
        file("d", decided=Mbid("known"), due=False),
    ]
    assert asked(*files) == (BrowseRecording(Mbid("set")),)


def test_of_the_releases_that_tags_name_the_three_most_common_are_asked_for():
    named = ["a", "b", "b", "c", "c", "c", "d", "d", "d", "d"]
    files = [file(f"f{number}", Tags(release_id=Mbid(name))) for number, name in enumerate(named)]
    assert asked(*files) == tuple(LookUpRelease(Mbid(name)) for name in "dcb")


def test_of_the_recordings_that_tags_name_the_first_of_each_passage_comes_first_then_the_others(build):
    tags = [Tags(recording_ids=tuple(map(Mbid, names))) for names in (("a", "b", "c"), ("d", "e"))]
    files = [file(f"f{number}", one) for number, one in enumerate(tags)]
    assert asked(*files) == (BrowseRecording(Mbid("a")),)
    empty = MbReleasePage((), 0, 0)
    answers = [(BrowseRecording(Mbid(one)), empty) for one in "ad"]
    answers += [(LookUpRecording(Mbid(one)), build.recording("Other", 100.0, mbid=one)) for one in "ad"]
    assert asked(*files, answers=answers) == tuple(LookUpRecording(Mbid(one)) for one in "bce")


def test_a_fingerprint_is_asked_about_with_the_length_of_the_passage_and_says_which_it_is():
    (request,) = asked(file("a", seconds=200.6))
    assert (request, request.passage) == (near("a", 201), "a")


def test_nothing_is_asked_about_what_has_no_fingerprint_or_is_too_short():
    assert asked(file("a", printed=False), file("b", seconds=9.9)) == ()
    assert asked(file("c", seconds=10.0)) == (near("c", 10),)


def test_a_fingerprint_that_fits_all_silence_is_neither_asked_about_nor_believed(build):
    silent, told = encode(np.full(900, 627964279, np.uint32)), build.answer(build.heard("North"), score=0.99)
    waiting = file("a")
    (passage,) = waiting.passages
    of_silence = replace(passage, fingerprint=replace(passage.fingerprint, encoded=silent))
    known = (AskAcoustid(silent, 200, Guid("a")), told)
    found = plan((replace(waiting, passages=(of_silence,)),), Answers({known[0].key: told}), Capabilities())
    assert found.requests == ()
    sounding = encode(np.random.default_rng(1).integers(0, 1 << 32, 900).astype(np.uint32))
    of_sound = replace(passage, fingerprint=replace(passage.fingerprint, encoded=sounding))
    (request,) = plan((replace(waiting, passages=(of_sound,)),), Answers({}), Capabilities()).requests
    assert request.encoded == sounding


@pytest.mark.parametrize(("score", "named", "fits"), [(0.75, True, True), (0.74, True, False), (0.9, False, False)])
def test_where_nothing_fits_other_lengths_and_other_bounds_are_asked_about(build, score, named, fits):
    answer = build.answer(*[build.heard("North")] * named, score=score)
    requests = asked(file("a", shifted=SHIFTED), answers=[(near("a"), answer)], capabilities=ONLY_ACOUSTID)
    wider = (
        near("a", wider=True),
        AskAcoustid("print-8", 208, Guid("a"), -8, wider=True),
        AskAcoustid("print+8", 192, Guid("a"), 8, wider=True),
    )
    assert requests == (() if fits else wider)
    assert {one.passage for one in requests} == (set() if fits else {"a"})


def test_a_fingerprint_that_was_refused_is_not_asked_about_in_other_ways():
    answers = [(near("a"), NothingFound())]
    assert asked(file("a", shifted=SHIFTED), answers=answers, capabilities=ONLY_ACOUSTID) == ()


def test_what_was_heard_with_any_bounds_is_evidence_together(build):
    answers = [
        (near("a"), AcoustidAnswer(())),
        (near("a", wider=True), build.answer(build.heard("North"), score=0.6)),
    ]
    known = Answers({one.key: answer for one, answer in answers})
    (passage,) = plan([file("a")], known, ONLY_ACOUSTID).evidence.passages
    assert [one.score for one in passage.answer.results] == [0.6]


def test_a_passage_that_does_not_wait_is_recalled_and_not_asked_about():
    found = plan([file("a", due=False), file("b")], Answers({}), ONLY_ACOUSTID)
    assert (found.requests, found.recalls) == ((near("b"),), (near("a"),))


def test_equal_fingerprints_are_asked_about_once():
    one, other = file("a"), file("b")
    same = WaitingFile(
        other.path,
        other.tags,
        1,
        (WaitingPassage(Guid("b"), Ticks(0), other.passages[0].end, fingerprint=one.passages[0].fingerprint),),
    )
    assert asked(one, same) == (near("a"),)


def test_of_the_recordings_without_a_title_three_are_looked_up_for_a_passage(build):
    heard = build.answer(*(build.heard(None, None, mbid=f"gone{number}") for number in range(5)))
    assert asked(file("a"), answers=[(near("a"), heard)]) == tuple(
        LookUpRecording(Mbid(f"gone{number}")) for number in range(3)
    )


def test_a_likely_recording_without_a_place_is_asked_for_its_releases_or_the_release_of_its_tags(build):
    heard = [(near("a"), build.answer(build.heard("North")))]
    assert asked(file("a"), answers=heard) == (BrowseRecording(Mbid("rec-North")),)
    tags = Tags(release_id=Mbid("release"))
    answers = [*heard, (LookUpRelease(Mbid("release")), NothingFound())]
    assert asked(file("a", tags), answers=answers) == (BrowseRecording(Mbid("rec-North")),)


def test_an_unlikely_recording_is_not_asked_for(build):
    heard = [(near("a"), build.answer(build.heard("North", 300.0)))]
    assert asked(file("a"), answers=heard) == ()
