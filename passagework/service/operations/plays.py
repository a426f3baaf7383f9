"""What was played: reported by a player, and listed."""

from itertools import islice
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from passagework.domain.plays import EARLIEST, Play, PlayError, moment_of, nanoseconds_of
from passagework.service.answers import Answer, json_answer, page_answer
from passagework.service.fields import GuidText, Limit, Whole
from passagework.service.operation import Answers, Fields, Nothing, Operation, changing, reading
from passagework.service.stage import Stage

_LAST_NS: Final = 2**63 - 1

Nanoseconds = Annotated[int, Field(ge=nanoseconds_of(EARLIEST), le=_LAST_NS)]


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class PlayGiven(Fields, frozen=True):
    """A passage that began to play."""

    guid: GuidText
    at_ns: Nanoseconds | None = Field(default=None, description="when it began, since 1970 (UTC); null: now")


class PlaysGiven(Fields, frozen=True):
    """Some plays: all of them are stored, or none."""

    plays: Annotated[tuple[PlayGiven, ...], BeforeValidator(_frozen), Field(min_length=1, max_length=500)]
    taken_back: bool = Field(default=False, description="these were reported by mistake")


class PlaysAsked(Fields, frozen=True):
    """Some plays, the newest first."""

    guid: GuidText | None = Field(default=None, description="of this passage alone")
    limit: Limit = 100
    after: Annotated[Whole, Field(ge=0, le=2**53)] = Field(default=0, description="`next` of the page before")


def play_json(play: Play) -> dict[str, object]:
    """Return a play."""
    return {"guid": play.passage, "at_ns": play.at_ns}


def plays(stage: Stage, asked: PlaysAsked) -> Answer:
    """List plays."""
    found = list(islice(stage.library.plays(asked.guid), asked.after, asked.after + asked.limit + 1))
    more = str(asked.after + asked.limit) if len(found) > asked.limit else None
    return page_answer(map(play_json, found[: asked.limit]), more)


def played(stage: Stage, _asked: Nothing, given: PlaysGiven) -> Answer:
    """Report plays, or take them back."""
    if given.taken_back and any(one.at_ns is None for one in given.plays):
        raise PlayError("say which play is taken back: the moment that was reported; nothing was changed")
    told = [one.guid if one.at_ns is None else (one.guid, moment_of(one.at_ns)) for one in given.plays]
    changed = stage.library.played(told, taken_back=given.taken_back)
    return json_answer({"plays": [play_json(one) for one in changed]})


OPERATIONS: Final[tuple[Operation, ...]] = (
    reading(
        "plays", "/api/1/plays", "What was played, the newest first.", PlaysAsked, plays, Answers("play", page=True)
    ),
    changing(
        "played",
        "POST",
        "/api/1/plays",
        "Report what was played, or take it back.",
        Nothing,
        PlaysGiven,
        played,
        Answers("plays"),
        refuses=(404,),
    ),
)
