"""What to ask next about a group: a pure function of its tags and of what was answered so far.

Nothing is remembered between two calls, so a restart goes on where the answers end. The steps stand in the order of
their cost: what the tags name, what AcoustID finds, the album on which it finds most passages, recordings by
themselves, a search by text. A step that lacks an answer ends the plan for now; behind the last one is a person.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.identification.evidence.evidence import GroupEvidence
from passagework.domain.identification.evidence.from_acoustid import join_answers
from passagework.domain.identification.evidence.group_evidence import build_evidence
from passagework.domain.identification.planning.album_choice import ask_for_albums
from passagework.domain.identification.planning.answers import Answers
from passagework.domain.identification.planning.by_text import search_album, search_titles
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.identification.planning.requests import AskAcoustid, Request
from passagework.domain.identification.planning.take_or_ask import take_alone, take_recordings, take_releases
from passagework.domain.identification.scoring.confidence import FULL_GATE, Band
from passagework.domain.ids import Mbid
from passagework.domain.links import NO_RECORDING
from passagework.domain.other_bounds import SHORTEST_SECONDS
from passagework.domain.waiting import WaitingFile

_STATED_RELEASES: Final = 3
"""Releases that the tags of one group name and that are looked up before AcoustID is asked."""

_NAMELESS: Final = 3
"""Recordings without a title that are looked up for one passage."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask next, nothing where the group is ready to be decided; and the evidence there is by now.

    ``recalls`` are questions about passages that do not wait: answers that were kept help the others, and where there
    are none, none are asked for.
    """

    requests: tuple[Request, ...]
    evidence: GroupEvidence
    recalls: tuple[AskAcoustid, ...] = ()


def plan(files: Sequence[WaitingFile], answers: Answers, capabilities: Capabilities) -> Plan:
    """Say what to ask next about a group.

    The plan ends, asks nothing twice, and takes in no answer that it would not have asked for or recalled: whatever
    else is at hand, the evidence is the same.
    """
    if not capabilities.can_ask:  # nothing would be gathered: an import from tags alone makes a plan for every file
        return Plan((), build_evidence(files))
    state = PlanState(files, answers, capabilities)
    requests: Sequence[Request] = ()
    for step in _steps(capabilities):
        if requests := step(state):
            break
    return Plan(tuple(dict.fromkeys(requests)), state.evidence(), tuple(dict.fromkeys(state.recalls)))


_Step = Callable[[PlanState], Sequence[Request]]


def _steps(capabilities: Capabilities) -> Iterator[_Step]:
    if capabilities.musicbrainz:
        yield _decided_by_a_person
        yield _stated_releases
        yield _stated_recordings
    if capabilities.acoustid:
        yield _fingerprints
    if capabilities.musicbrainz:
        yield ask_for_albums
        yield _nameless
        yield _loose
        if capabilities.search:
            yield search_album
            yield search_titles
            yield _loose


def _decided_by_a_person(state: PlanState) -> Sequence[Request]:
    """Find what a person says that passages are: it is not asked whether, but what it is called."""
    decided = [one.decided for one in state.waiting.values() if one.due]
    return take_recordings(state, [Mbid(mbid) for mbid in decided if mbid is not None and mbid != NO_RECORDING])


def _stated_releases(state: PlanState) -> Sequence[Request]:
    """Look up the releases that the tags name."""
    stated = Counter(passage.stated.release for passage in state.passages if passage.stated.release is not None)
    return take_releases(state, [mbid for mbid, _ in stated.most_common(_STATED_RELEASES)])


def _stated_recordings(state: PlanState) -> Sequence[Request]:
    """Find the recordings that the tags name, where no release that they name has them."""
    wanted = [passage.stated.recordings for passage in state.unconfirmed() if passage.stated.release is None]
    return take_recordings(state, [stated[0] for stated in wanted if stated]) or take_alone(
        state, [further for stated in wanted for further in stated[1:]]
    )


def _fingerprints(state: PlanState) -> Sequence[Request]:
    """Ask AcoustID about what the tags do not settle; where nothing fits, with other lengths, and with other bounds."""
    requests: list[AskAcoustid] = []
    for passage in state.unconfirmed():
        waiting = state.waiting[passage.key]
        if waiting.fingerprint is None or passage.seconds < SHORTEST_SECONDS:
            continue
        first = AskAcoustid(waiting.fingerprint.encoded, round(passage.seconds), passage.key)
        questions = [first]
        answers = [state.answers.to_fingerprint(first)]
        near = answers[0]
        if isinstance(near, AcoustidAnswer) and not _fits(near):
            # Silence at its end that was cut away makes a track shorter than it is listed.
            questions.append(replace(first, wider=True))
            questions += [
                AskAcoustid(other.encoded, other.seconds, passage.key, other.shift, wider=True)
                for other in waiting.fingerprint.shifted
            ]
            answers += map(state.answers.to_fingerprint, questions[1:])
        missing = requests if waiting.due else state.recalls
        missing += [question for question, got in zip(questions, answers, strict=True) if got is None]
        if said := [got for got in answers if isinstance(got, AcoustidAnswer)]:
            state.add_acoustid(passage.key, join_answers(said))
    return requests


def _fits(answer: AcoustidAnswer) -> bool:
    return any(result.score >= FULL_GATE and result.recordings for result in answer.results)


def _nameless(state: PlanState) -> Sequence[Request]:
    """Look up what AcoustID knows by an id alone, where nothing else says what the passage is."""
    return take_alone(
        state,
        [mbid for _, decided in state.open() if not decided.settled for mbid in decided.unnamed[:_NAMELESS]],
    )


def _loose(state: PlanState) -> Sequence[Request]:
    """Complete what lies on no release: the release its tags name, or those of the recording it is likely to be."""
    loose = [
        (passage.stated.release, decided.winner.recording)
        for passage, decided in state.open()
        if decided.winner and decided.winner.place is None and (decided.band is not Band.UNIDENTIFIED or decided.doubts)
    ]
    stated = [release for release, _ in loose if release is not None]
    return take_releases(state, stated) or take_recordings(state, [recording for _, recording in loose])
