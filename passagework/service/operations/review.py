"""Passages that need a decision by a person, and the decision."""

from itertools import islice
from typing import Annotated, Final

from pydantic import Field

from passagework.domain.edits import EditError
from passagework.domain.links import NO_RECORDING
from passagework.json_forms.views import edited_json, passage_json
from passagework.service.answers import Answer, json_answer, page_answer
from passagework.service.errors import RequestInvalidError
from passagework.service.operation import Answers, Fields, Operation, changing, reading
from passagework.service.operations.passages import PageAsked, PassageAsked
from passagework.service.stage import Stage


class DecisionGiven(Fields, frozen=True):
    """One of these: a candidate by its number from 1 on, none of them, or a recording by its MBID."""

    candidate: Annotated[int, Field(ge=1, le=1_000)] | None = None
    reject: bool = False
    recording: Annotated[str, Field(max_length=100)] | None = None


def queue(stage: Stage, asked: PageAsked) -> Answer:
    """List what needs a decision."""
    found = list(islice(stage.library.review(), asked.after, asked.after + asked.limit + 1))
    more = str(asked.after + asked.limit) if len(found) > asked.limit else None
    return page_answer(map(passage_json, found[: asked.limit]), more)


def decide(stage: Stage, asked: PassageAsked, given: DecisionGiven) -> Answer:
    """Decide what a passage is; the next import links it so."""
    if (given.candidate is not None) + given.reject + (given.recording is not None) != 1:
        raise RequestInvalidError("decide one thing: candidate, reject or recording")
    passage = stage.library.passage(asked.guid)
    recording = NO_RECORDING if given.reject else given.recording
    if given.candidate is not None:
        if given.candidate > len(passage.candidates):
            raise EditError(f"passage {passage.guid} has {len(passage.candidates)} candidates; nothing was changed")
        recording = passage.candidates[given.candidate - 1].recording
    edited = stage.library.set(passage.guid, recording=recording)
    return json_answer({"edited": [edited_json(one) for one in edited]})


OPERATIONS: Final[tuple[Operation, ...]] = (
    reading(
        "review",
        "/api/1/review",
        "Passages that need a decision, with their candidates.",
        PageAsked,
        queue,
        Answers("passage", page=True),
    ),
    changing(
        "decide",
        "POST",
        "/api/1/review/{guid}",
        "Decide what a passage is.",
        PassageAsked,
        DecisionGiven,
        decide,
        Answers("edited"),
        refuses=(404,),
    ),
)
