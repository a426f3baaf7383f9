"""All operations, in the order of the OpenAPI document."""

from typing import Final

from passagework.service.operation import Operation
from passagework.service.operations import (
    condition,
    cuts,
    events,
    files,
    next_up,
    passages,
    pictures,
    plays,
    review,
    runs,
    sound,
    values,
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    *condition.OPERATIONS,
    *runs.OPERATIONS,
    *events.OPERATIONS,
    *passages.OPERATIONS,
    *sound.OPERATIONS,
    *pictures.OPERATIONS,
    *next_up.OPERATIONS,
    *plays.OPERATIONS,
    *files.OPERATIONS,
    *review.OPERATIONS,
    *cuts.OPERATIONS,
    *values.OPERATIONS,
)
