"""What plays next."""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from passagework.json_forms.next_up import next_json
from passagework.service.answers import Answer, json_answer
from passagework.service.fields import Flag, GuidText, Line, Whole
from passagework.service.operation import Answers, Fields, Operation, reading
from passagework.service.stage import Stage

_LAST_SECOND: Final = 32_503_680_000
"""The year 3000."""


class NextAsked(Fields, frozen=True):
    """A passage that is to follow another one, at a moment."""

    after: GuidText | None = Field(default=None, description="guid of the passage before it")
    at_seconds: Annotated[Whole, Field(ge=86_400, le=_LAST_SECOND)] | None = Field(
        default=None, description="when it begins, in seconds since 1970 (UTC); none: now"
    )
    near: GuidText | None = Field(default=None, description="guid of a passage to which it is to be near")
    seed: Line | None = Field(default=None, description="the same seed gives the same passage")
    explain: Flag = Field(default=False, description="with the factors of its weight")
    even_resting: Flag = Field(default=False, description="if all rest, the one that has rested first")
    keep_gapless: Flag = Field(default=False, description="what runs on is followed by its next passage")
    gain: Literal["track", "disc", "album"] = "track"


def next_up(stage: Stage, asked: NextAsked) -> Answer:
    """Choose what plays next. Nothing is noted: report what was played."""
    found = stage.library.next(
        asked.after,
        None if asked.at_seconds is None else datetime.fromtimestamp(asked.at_seconds, UTC),
        near=asked.near,
        seed=asked.seed,
        explain=asked.explain,
        even_resting=asked.even_resting,
        keep_gapless=asked.keep_gapless,
        gain=asked.gain,
        settings=stage.settings,
    )
    return json_answer(next_json(found))


OPERATIONS: Final[tuple[Operation, ...]] = (
    reading(
        "next",
        "/api/1/next",
        "What plays next, by chance, probabilities and rest.",
        NextAsked,
        next_up,
        Answers("any"),
        refuses=(404, 422),
    ),
)
