"""The update of a library of an older schema: a line at its beginning, then one every few seconds. Always on stderr."""

from collections.abc import Callable
from time import monotonic
from types import MappingProxyType
from typing import Final

from passagework.cli.output.say import say
from passagework.domain.library_update import LibraryUpdate, UpdateStage

_BETWEEN_SECONDS: Final = 2.0

_WORDS: Final = MappingProxyType(
    {
        UpdateStage.BACKUP: "copying it to a backup",
        UpdateStage.CHECK_BACKUP: "reading the backup",
        UpdateStage.CONVERT: "converting",
        UpdateStage.TIDY: "tidying up",
        UpdateStage.INDEX: "making the search index",
    }
)


def show_update(clock: Callable[[], float] = monotonic) -> Callable[[LibraryUpdate], None]:
    """Return a function that shows the updates of one library."""
    said_at: float | None = None

    def show(update: LibraryUpdate) -> None:
        nonlocal said_at
        if said_at is None:
            said_at = clock()
            say(
                f"the library is brought up to date, from schema {update.from_schema} to {update.to_schema}; "
                "an interruption does no harm",
                err=True,
            )
        elif clock() - said_at >= _BETWEEN_SECONDS:
            said_at = clock()
            part = f", {100 * update.done // update.total} %" if update.total else ""
            say(f"  {_WORDS[update.stage]}{part}", err=True)

    return show
