"""The result of an undo, and the error if it is refused."""

from dataclasses import dataclass

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.ids import RunId


class UndoRefusedError(PassageworkError):
    """The run cannot be undone; the message says why, and which run can. Nothing was changed."""

    code = "undo-refused"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did with the rows of a run.

    ``files`` and ``passages``: inserted by the run, now deleted. ``restored``: rows of any table that the run changed
    or deleted, now restored. ``kept``: passages inserted by the run that are retired instead, because they have user
    values: they return, with guid and values, when the same span is imported again.
    """

    run: RunId
    files: int
    passages: int
    restored: int
    kept: int
