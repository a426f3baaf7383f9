"""User values: what people set, and no import changes."""

from typing import Annotated, Final, cast

from pydantic import Field

from passagework.domain.edits import UserValues
from passagework.json_forms.views import edited_json
from passagework.service.answers import Answer, json_answer
from passagework.service.errors import RequestInvalidError
from passagework.service.operation import Answers, Fields, Operation, changing
from passagework.service.stage import Stage

Key = Annotated[str, Field(pattern=r"^([a-z]{1,10}:)?[0-9a-fA-F-]{6,36}$")]
Text = Annotated[str, Field(max_length=1_000)] | None
Share = Annotated[float, Field(ge=0, le=1)]
Moment = Annotated[float, Field(ge=0, le=10_000_000)]
Whole = Annotated[int, Field(ge=0, le=2**53)]


class KeyAsked(Fields, frozen=True):
    """A passage by its guid, or a song, artist, work or album by its MBID."""

    key: Key


class ValuesGiven(Fields, frozen=True):
    """Values to set; null clears one. A field that is not there stays as it is."""

    title: Text = None
    name: Text = None
    date: Text = None
    recording: Text = None
    probability: Annotated[float, Field(ge=0, le=1_000)] | None = None
    approval: Text = None
    cooldown_seconds: Whole | None = None
    ramp_seconds: Whole | None = None
    start: Moment | None = None
    end: Moment | None = None
    lead_in: Moment | None = None
    lead_out: Moment | None = None
    weights: dict[str, Share] | None = None
    flavor: dict[str, dict[str, Share] | None] | None = None


def set_values(stage: Stage, asked: KeyAsked, given: ValuesGiven) -> Answer:
    """Set values of one passage or entity: all of them or none."""
    values = given.model_dump(include=given.model_fields_set)
    if not values:
        raise RequestInvalidError("there is nothing to set; name a field and its value")
    # The names are those of the fields of people, and the library checks each value.
    edited = stage.library.set(asked.key, **cast("UserValues", values))
    return json_answer({"edited": [edited_json(one) for one in edited]})


OPERATIONS: Final[tuple[Operation, ...]] = (
    changing(
        "set-values",
        "PATCH",
        "/api/1/values/{key}",
        "Set user values of a passage, song, artist, work or album.",
        KeyAsked,
        ValuesGiven,
        set_values,
        Answers("edited"),
        refuses=(404,),
    ),
)
