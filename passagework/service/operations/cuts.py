"""Files whose cuts need a decision by a person, and cutting."""

from itertools import islice
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from passagework.domain.edits import EditError
from passagework.domain.units import seconds
from passagework.json_forms.views import cuts_in_doubt_json, edited_json
from passagework.service.answers import Answer, json_answer, page_answer
from passagework.service.operation import Answers, Fields, Nothing, Operation, changing, reading
from passagework.service.operations.files import PathHex, PathText, path_of
from passagework.service.operations.passages import PageAsked
from passagework.service.stage import Stage


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Moments = Annotated[
    tuple[Annotated[float, Field(ge=0, le=10_000_000)], ...], BeforeValidator(_frozen), Field(max_length=1_000)
]
Numbers = Annotated[
    tuple[Annotated[int, Field(ge=1, le=10_000)], ...], BeforeValidator(_frozen), Field(max_length=1_000)
]


class CutGiven(Fields, frozen=True):
    """A file, and one thing to do with its cuts."""

    path: PathText | None = Field(default=None, description="as text; either this or `path_hex`")
    path_hex: PathHex | None = Field(default=None, description="in hexadecimal: one that is not UTF-8")
    at: Moments = Field(default=(), description="seconds at which passages are cut in two")
    join: Moments = Field(default=(), description="seconds at which the two are joined whose cut is nearest")
    numbers: Numbers = Field(default=(), description="places of the list of cuts in doubt, from 1")
    keep: bool = Field(default=False, description="the cuts are right")
    clear: bool = Field(default=False, description="cut it as before a person did")
    undo: bool = Field(default=False, description="take the last of these back")


def queue(stage: Stage, asked: PageAsked) -> Answer:
    """List the files whose cuts need a decision."""
    found = list(islice(stage.library.review_cuts(), asked.after, asked.after + asked.limit + 1))
    more = str(asked.after + asked.limit) if len(found) > asked.limit else None
    return page_answer(map(cuts_in_doubt_json, found[: asked.limit]), more)


def cut(stage: Stage, _asked: Nothing, given: CutGiven) -> Answer:
    """Cut a file by hand; the next import that comes through its folder measures its passages."""
    path = path_of(given.path, given.path_hex)
    at = (*given.at, *_middles(stage, path, given.numbers))
    edited = stage.library.cut(path, at=at, join=given.join, keep=given.keep, clear=given.clear, undo=given.undo)
    return json_answer({"edited": [edited_json(one) for one in edited]})


def _middles(stage: Stage, path: bytes, numbers: tuple[int, ...]) -> list[float]:
    if not numbers:
        return []
    found = next(stage.library.review_cuts(path), None)
    places = () if found is None else found.candidates
    if max(numbers) > len(places):
        raise EditError(f"the file has {len(places)} places where it may be cut; nothing was changed")
    return [seconds(places[number - 1].middle) for number in sorted(set(numbers))]


OPERATIONS: Final[tuple[Operation, ...]] = (
    reading(
        "cuts-in-doubt",
        "/api/1/cuts",
        "Files whose cuts are in doubt.",
        PageAsked,
        queue,
        Answers("cuts-in-doubt", page=True),
    ),
    changing(
        "cut",
        "POST",
        "/api/1/cuts",
        "Cut a file, join, keep, clear or undo.",
        Nothing,
        CutGiven,
        cut,
        Answers("edited"),
        refuses=(404,),
    ),
)
