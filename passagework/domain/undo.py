"""What the undoing of a run did, and why it may be refused."""

from dataclasses import dataclass

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.ids import RunId


class UndoRefusedError(PassageworkError):
    """The run cannot be undone; the message says why, and which one can. Nothing was changed."""

    code = "undo-refused"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of the rows of a run.

    ``files`` and ``passages`` were its own and are gone. ``restored`` counts rows of any table that were there before
    and are again as it found them. ``kept`` passages were its own and are retired, because a person had set something
    on them: they come back, with guid and values, when the same span is imported again.
    """

    run: RunId
    files: int
    passages: int
    restored: int
    kept: int
