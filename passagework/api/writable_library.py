"""The library of an importer: what a host reads, and what people set and hosts report."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Unpack, cast

from passagework.api.library import Asks, FilePath, Library, absolute_path
from passagework.domain.cutting import cut_at, join_at, move
from passagework.domain.edits import Edit, Edited, EditError, UserValues, edits_of
from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.given_cuts import write_bounds
from passagework.domain.units import Ticks
from passagework.domain.user_fields import ticks_of
from passagework.persistence.read.queries import CutsOf

if TYPE_CHECKING:
    from datetime import datetime

    from passagework.domain.plays import Play, PlayReport


class WritableLibrary(Library):
    """The library of an importer: queries like every other one, and also sets user values and hears what is played."""

    def __init__(
        self,
        source: Asks,
        edit: Callable[[tuple[Edit, ...]], tuple[Edited, ...]],
        report: "Callable[[PlayReport], tuple[Play, ...]]",
    ) -> None:
        super().__init__(source)
        self._edit = edit
        self._report = report

    def played(
        self,
        passages: "str | Sequence[str | tuple[str, datetime]]",
        at: "datetime | None" = None,
        *,
        taken_back: bool = False,
    ) -> "tuple[Play, ...]":
        """Report that a passage was played: ``next`` lets its songs, artists and works rest since ``at``.

        ``passages`` is a guid or an unambiguous prefix of it, also of a retired passage, or several, each perhaps with
        a moment of its own; all are stored in one transaction, or none. ``at`` is when it began (aware; default: now).
        Returns, after COMMIT, the plays that were not reported before: to report one twice does no harm.
        ``taken_back``: these were reported by mistake; ``at`` is then the moment that was reported, and what was
        removed is returned. May be called from any thread, also during a run.

        Raises:
            PlayError: a moment has no time zone or is impossible, or a guid names several passages.
            NotFoundError: the library has no such passage.
            LibraryUnavailableError, NobodyThereError: as :meth:`set`.

        """
        from passagework.domain.plays import PlayError, report_of  # noqa: PLC0415 - most hosts report nothing

        if taken_back and at is None and (isinstance(passages, str) or any(isinstance(one, str) for one in passages)):
            raise PlayError("say which play is taken back: the moment that was reported; nothing was changed")
        several = (passages,) if isinstance(passages, str) else passages
        named = [(one, at) if isinstance(one, str) else one for one in several]
        return self._report(report_of(named, time.time_ns(), taken_back=taken_back))

    def set(self, key: str, **values: Unpack[UserValues]) -> tuple[Edited, ...]:
        """Set values of a passage (guid, or an unambiguous prefix) or of an entity (MBID): all of them or none.

        Returns, after COMMIT, what changed; nothing for what was set already. No import changes a user value.
        None removes it. May be called from any thread, also during a run; it is written before what the run has still
        to write.

        Raises:
            EditError: a field or a value is wrong, or the key is ambiguous; the message says what would be right.
            NotFoundError: the library has nothing under that key.
            LibraryUnavailableError: the library takes no writes at the moment (disk full, read-only, ...).
            NobodyThereError: the importer is closed, or its writer is being replaced. After this, and after
                LibraryUnavailableError, the values may be set already; setting them again does no harm.

        """
        moved = [name for name in ("start", "end") if name in values]
        if not moved:
            return self._edit(edits_of(key, values))
        # A passage begins and ends as its file is cut.
        start, end = (_moment(name, values) for name in ("start", "end"))
        others = cast("UserValues", {name: value for name, value in values.items() if name not in moved})
        cuts = self._source.query(CutsOf(passage=key))
        if cuts is None:
            raise NotFoundError(f"no passage, or more than one, has a guid that begins with {key[:60]}")
        guid = self.passage(key).guid
        after = move(cuts, guid, start, end)
        edit = Edit(cuts.guid, "cuts", write_bounds(after.bounds))
        return self._edit((*(edits_of(guid, others) if others else ()), edit))

    def cut(
        self,
        path: FilePath,
        *,
        at: Sequence[float] = (),
        join: Sequence[float] = (),
        keep: bool = False,
        clear: bool = False,
        undo: bool = False,
    ) -> tuple[Edited, ...]:
        """Cut a file by hand; the next import that comes through its folder measures its passages anew.

        Moments are in seconds from its first sample. ``at`` cuts passages in two, ``join`` joins the two whose cut is
        nearest. ``keep`` makes the bounds that it has those of a person. ``clear`` has it cut as it was before a person
        did, ``undo`` takes the last of these changes back. No import changes these cuts. Passages that are still there
        keep their guid and all that was set on them.

        Raises as :meth:`set` does; EditError also if there is no passage to cut, or no cut to join, at a moment.
        """
        absolute = absolute_path(path)
        cuts = self._source.query(CutsOf(path=absolute))
        if cuts is None:
            raise NotFoundError(f"the library has no analysis of {display_path(absolute)}")
        if bool(at or join) + keep + clear + undo != 1:
            raise EditError(
                "cut at some moments, join at some, keep, clear, or undo; one of these; nothing was changed"
            )
        if undo and not cuts.has_history:
            raise EditError(f"nobody has cut {display_path(absolute)} by hand; nothing was changed")
        if keep and not cuts.bounds:
            raise EditError(f"{display_path(absolute)} has no passage to keep; nothing was changed")
        if keep and cuts.by_person:
            return ()
        after = cuts
        for moment in at:
            after = cut_at(after, ticks_of("at", moment))
        for moment in join:
            after = join_at(after, ticks_of("join", moment))
        value = cuts.before if undo else None if clear else write_bounds(after.bounds)
        return self._edit((Edit(cuts.guid, "cuts", value),))


def _moment(name: str, values: UserValues) -> Ticks | None:
    if name not in values:
        return None
    if (value := values[name]) is None:  # type: ignore[literal-required]
        raise EditError(f"{name} is of the file: have it cut as before with clear; nothing was changed")
    return ticks_of(name, value)
