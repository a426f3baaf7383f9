"""What to ask next about a group: a pure function of its tags and of the answers so far.

Nothing is kept between two calls, so a restart continues where the answers end. The order of the steps matters: the
cheapest come first. They are what the tags name, what AcoustID finds, the album on which it finds most passages, single
recordings, and a search by text. A step that lacks an answer ends the plan for now. What the last step cannot settle
needs a person.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.identification.evidence.evidence import GroupEvidence
from passagework.domain.identification.evidence.from_acoustid import join_answers
from passagework.domain.identification.evidence.group_evidence import build_evidence
from passagework.domain.identification.planning.album_choice import ask_for_albums
from passagework.domain.identification.planning.answers import Answers
from passagework.domain.identification.planning.by_text import search_album, search_titles
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.held_releases import cut_as_heard, cut_as_stated, search_held
from passagework.domain.identification.planning.plan_state import PlanState
from passagework.domain.identification.planning.requests import AskAcoustid, Request
from passagework.domain.identification.planning.take_or_ask import take_alone, take_recordings, take_releases
from passagework.domain.identification.scoring.confidence import FULL_GATE, Band
from passagework.domain.ids import Guid, Mbid
from passagework.domain.links import NO_RECORDING
from passagework.domain.other_bounds import SHORTEST_SECONDS
from passagework.domain.waiting import WaitingFile

_STATED_RELEASES: Final = 3
"""The number of releases named by the tags of one group that are looked up before AcoustID is asked."""

_NAMELESS: Final = 3
"""The number of recordings without a title that are looked up for one passage."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask next (nothing if the group can be decided), and the evidence so far.

    ``recalls`` are questions about passages that do not wait: their stored answers help the others, but no service is
    asked for them. ``standing`` are those of them that keep their decision. ``cuts``: before anything else, these files
    are to be cut again, by the track lists of the releases that they hold; None: by their sound.
    """

    requests: tuple[Request, ...]
    evidence: GroupEvidence
    recalls: tuple[AskAcoustid, ...] = ()
    standing: frozenset[Guid] = frozenset()
    cuts: Mapping[bytes, str | None] = field(default_factory=dict)


def plan(files: Sequence[WaitingFile], answers: Answers, capabilities: Capabilities) -> Plan:
    """Return what to ask next about a group.

    The plan terminates, asks nothing twice, and takes in only answers that it asked for or recalled. So the evidence
    does not depend on which other answers are available. Nor does it depend on which passages wait, as long as the
    answers about the others are at hand: an album becomes the same in whatever order its files and a person's decisions
    came.
    """
    if not capabilities.can_ask:  # saves time: an import from tags alone makes a plan for every file
        return Plan((), build_evidence(files))
    state = PlanState(files, answers, capabilities)
    requests: Sequence[Request] = ()
    for step in _steps(capabilities):
        if (requests := step(state)) or state.cuts:
            break
    asked, recalls = tuple(dict.fromkeys(requests)), tuple(dict.fromkeys(state.recalls))
    return Plan(() if state.cuts else asked, state.evidence(), recalls, state.standing(), state.cuts)


_Step = Callable[[PlanState], Sequence[Request]]


def _steps(capabilities: Capabilities) -> Iterator[_Step]:
    if capabilities.musicbrainz:
        yield _decided_by_a_person
        yield _stated_releases
        yield cut_as_stated
        yield _stated_recordings
    if capabilities.acoustid:
        yield _fingerprints
    if capabilities.musicbrainz:
        if capabilities.search:
            yield search_held
        yield ask_for_albums
        yield _nameless
        yield _loose
        if capabilities.search:
            yield search_album
            yield search_titles
            yield _loose
        yield cut_as_heard


def _decided_by_a_person(state: PlanState) -> Sequence[Request]:
    """Look up recordings that a person set, for their names; the decision itself stands."""
    decided = [one.decided for one in state.waiting.values()]
    return take_recordings(state, [Mbid(mbid) for mbid in decided if mbid is not None and mbid != NO_RECORDING])


def _stated_releases(state: PlanState) -> Sequence[Request]:
    """Look up the releases that the tags name."""
    stated = Counter(passage.stated.release for passage in state.passages if passage.stated.release is not None)
    return take_releases(state, [mbid for mbid, _ in stated.most_common(_STATED_RELEASES)])


def _stated_recordings(state: PlanState) -> Sequence[Request]:
    """Look up recordings that the tags name, if no release that they name has them."""
    wanted = [passage.stated.recordings for passage in state.unconfirmed() if passage.stated.release is None]
    return take_recordings(state, [stated[0] for stated in wanted if stated]) or take_alone(
        state, [further for stated in wanted for further in stated[1:]]
    )


def _fingerprints(state: PlanState) -> Sequence[Request]:
    """Ask AcoustID about passages that tags do not settle; if nothing fits, with other lengths and other bounds."""
    requests: list[AskAcoustid] = []
    for passage in state.unconfirmed():
        waiting = state.waiting[passage.key]
        if waiting.fingerprint is None or passage.seconds < SHORTEST_SECONDS:
            continue
        if not _is_telling(waiting.fingerprint.encoded):
            # It fits whatever else is silent: neither ask nor believe what was answered before.
            continue
        first = AskAcoustid(waiting.fingerprint.encoded, round(passage.seconds), passage.key)
        questions = [first]
        answers = [state.answers.to_fingerprint(first)]
        near = answers[0]
        if isinstance(near, AcoustidAnswer) and not _fits(near):
            # Without the silence at its end, a passage is shorter than the listed length of the track.
            questions.append(replace(first, wider=True))
            questions += [
                AskAcoustid(other.encoded, other.seconds, passage.key, other.shift, wider=True)
                for other in waiting.fingerprint.shifted
                if _is_telling(other.encoded)
            ]
            answers += map(state.answers.to_fingerprint, questions[1:])
        missing = requests if waiting.due else state.recalls
        missing += [question for question, got in zip(questions, answers, strict=True) if got is None]
        if found := [got for got in answers if isinstance(got, AcoustidAnswer)]:
            state.add_acoustid(passage.key, join_answers(found))
    return requests


def _fits(answer: AcoustidAnswer) -> bool:
    return any(result.score >= FULL_GATE and result.recordings for result in answer.results)


def _nameless(state: PlanState) -> Sequence[Request]:
    """Look up recordings that AcoustID knows by id alone, if no other evidence identifies the passage."""
    return take_alone(
        state,
        [mbid for _, decided in state.open() if not decided.settled for mbid in decided.unnamed[:_NAMELESS]],
    )


def _loose(state: PlanState) -> Sequence[Request]:
    """Request releases for passages without one: that of their tags, or those of the most likely recording."""
    loose = [
        (passage.stated.release, decided.winner.recording)
        for passage, decided in state.open()
        if decided.winner and decided.winner.place is None and (decided.band is not Band.UNIDENTIFIED or decided.doubts)
    ]
    stated = [release for release, _ in loose if release is not None]
    return take_releases(state, stated) or take_recordings(state, [recording for _, recording in loose])


def _is_telling(encoded: str) -> bool:
    from passagework.domain.fingerprint_text import is_telling  # noqa: PLC0415 - loads numpy, for a service alone

    return is_telling(encoded)
