"""Queries of a passage library, through a running importer or from the file itself."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar, Unpack

from passagework.api.sources import OpenedFile
from passagework.domain.cut_doubts import CutsInDoubt
from passagework.domain.duplicates import Duplicates, LeaveOut
from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.flavor.values import Flavor
from passagework.domain.forgetting import Forget, Forgettable
from passagework.domain.gains import Mono, PassageGains
from passagework.domain.ids import Guid, RunId, run_id
from passagework.domain.list_place import PassageList, read_place
from passagework.domain.passage_filter import (
    LARGEST_PAGE,
    FilterFields,
    PassageFilter,
    PassageOrder,
    count_of,
    number_of,
    order_of,
    wanted_of,
)
from passagework.domain.views import (
    FailedFile,
    FileCurves,
    FileView,
    Finding,
    LibraryStatus,
    PassagePage,
    PassageView,
    RunSummary,
    RunView,
    Stale,
)
from passagework.domain.writer_statistics import Writer
from passagework.persistence.read.queries import (
    CountPassages,
    Curves,
    FailedFiles,
    Findings,
    FlavorsOf,
    FlavorSourcesOf,
    GainsOf,
    ListDuplicates,
    ListPassages,
    NextPassage,
    PagePassages,
    Plays,
    Query,
    ReviewCuts,
    ReviewList,
    RunAt,
    Runs,
    RunSql,
    ShowFile,
    ShowPassage,
    StaleParts,
    Status,
    Summary,
    ValuesOf,
    WorseCopies,
    WouldForget,
)
from passagework.persistence.read.reader import LibraryReader

if TYPE_CHECKING:
    from datetime import datetime

    from passagework.api.similar.search import SimilarSearch
    from passagework.config.settings import Settings
    from passagework.domain.backups import Backup, OnBackup
    from passagework.domain.checkup import LibraryCheckup
    from passagework.domain.compaction import Compactable, Compacted
    from passagework.domain.extensions import PassageValue
    from passagework.domain.flavor.similar import Similar
    from passagework.domain.flavor.sources import PassageDistance, PassageFlavor
    from passagework.domain.passage_filter import Shares
    from passagework.domain.playing import NextUp
    from passagework.domain.plays import Play
    from passagework.domain.sql import SqlResult, SqlValue

R = TypeVar("R")

FilePath = str | bytes | os.PathLike[str]

PAGE = 500
FINDINGS_PAGE = 5_000
"""Many, so that they are in the order of their paths whenever a person reads them all."""
FIRST_PAGE = 50
"""Few, so that the first passages are there at once, however many are found."""


class Asks(Protocol):
    """Whoever answers for a library: a connection, or the process that has one."""

    def query(self, query: Query[R]) -> R:
        """Run a query."""

    def writer(self) -> Writer | None:
        """Return the process that writes the library."""


class Library:
    """A passage library, read-only. Methods may be called from any thread, and while an import runs.

    :meth:`open` returns one for a file that no process, or another process, writes. ``importer.library`` is one too,
    and also sets user values.
    """

    def __init__(self, source: Asks) -> None:
        self._source = source
        self._similar: SimilarSearch | None = None

    @staticmethod
    @contextmanager
    def open(path: Path) -> "Iterator[Library]":
        """Open a library file for reading. A running import and this reader do not block each other.

        Raises LibraryError, with what to do, when there is no library at ``path`` or it cannot be read.
        """
        reader = LibraryReader(path)
        source = OpenedFile(reader, path)
        try:
            yield Library(source)
        finally:
            source.close()
            reader.close()

    @staticmethod
    def check(path: Path, *, synced: bool = True) -> "LibraryCheckup":
        """Look for damage in all of a library; nothing in it is changed, and a running import is not blocked.

        An import that starts meanwhile is refused with LibraryBusyError. A damaged library is marked, and no process
        writes to it. If it is whole and nothing writes it now, its mark is removed. ``synced``: ``library.synchronous``
        is full, so a log whose middle cannot be read is damaged.

        Raises LibraryError, with what to do, when there is no library at ``path`` or it cannot be read at all.
        """
        from passagework.persistence.file.full_check import check_library  # noqa: PLC0415 - what only reads needs none of it

        return check_library(path, synced=synced)

    @staticmethod
    def compactable(path: Path) -> "Compactable":
        """Tell how much space of a library is unused, and how much compacting it needs.

        Raises LibraryError when there is no library at ``path`` or it cannot be read.
        """
        from passagework.persistence.file.compact import compactable  # noqa: PLC0415 - what only reads needs none of it

        return compactable(path)

    @staticmethod
    def compact(path: Path, *, synced: bool = True, replicated: bool = False) -> "Compacted":
        """Replace a library by a copy of its content without unused space, as ``passagework compact`` does.

        Raises:
            LibraryBusyError: an importer writes it.
            LibraryUnavailableError: another program has it open.
            LibraryNeedsSpaceError: the disk has no room for the copy.
            LibraryError: it cannot be replaced for another reason, given in the message. It is as it was.

        """
        from passagework.persistence.file.compact import compact_library  # noqa: PLC0415 - what only reads needs none of it

        return compact_library(path, synchronous="full" if synced else "normal", replicated=replicated)

    @staticmethod
    def backup(path: Path, target: Path, *, replace: bool = False, on_progress: "OnBackup | None" = None) -> "Backup":
        """Copy a library to a file, as ``passagework backup`` does; an import may run meanwhile.

        The copy is of one state of the library. It is read, synced, and only then has its name. ``replace``: an earlier
        backup of that name is replaced, but nothing else. ``on_progress`` is called in this thread.

        Raises:
            OutputFileError: the file is there, belongs to the library, or cannot be written.
            LibraryNeedsSpaceError: the disk has no room for it.
            LibraryError: there is no library, it is damaged or cannot be read, or the copy is not whole.

        """
        from passagework.domain.backups import unheard_backup  # noqa: PLC0415 - what only reads needs none of it
        from passagework.persistence.file.backup_on_demand import back_up_library  # noqa: PLC0415 - as above

        return back_up_library(path, target, replace=replace, heard=on_progress or unheard_backup)

    def status(self) -> LibraryStatus:
        """Count what the library holds."""
        return self._source.query(Status())

    def stale(self, settings: "Settings") -> Stale:
        """Count what older versions made, or other settings than these: an import does it again (``scan.refresh``)."""
        from passagework.api.chosen_extensions import with_installed_extensions  # noqa: PLC0415 - as below
        from passagework.api.possible_flavor import with_possible_flavor  # noqa: PLC0415 - needed here alone

        made = with_installed_extensions(with_possible_flavor(settings)[0])
        return self._source.query(StaleParts(made.wanted))

    def writer(self) -> Writer | None:
        """Return the process that writes the library now, since when, and its statistics; None if there is none."""
        return self._source.writer()

    def file(self, path: FilePath) -> FileView:
        """Show one file by its path; NotFoundError if the library does not know it."""
        found = self._source.query(ShowFile(absolute := absolute_path(path)))
        if found is None:
            raise NotFoundError(f"the library has no file {display_path(absolute)}")
        return found

    def passage(self, guid: str) -> PassageView:
        """Show one passage, also a retired one, by its guid or an unambiguous prefix of it, or raise NotFoundError."""
        found = self._source.query(ShowPassage(Guid(guid)))
        if found is None:
            raise NotFoundError(f"the library knows no passage {guid}")
        return found

    def passages(
        self,
        text: str | None = None,
        *,
        wanted: PassageFilter | None = None,
        order: PassageOrder | str = PassageOrder.PATH,
        reverse: bool = False,
        evidence: bool = False,
        playable: bool = True,
        leave_out: Literal["none", "audio", "recording"] = "none",
        **fields: Unpack[FilterFields],
    ) -> Iterator[PassageView]:
        """Iterate over the passages that match, fetched in pages: those that can be played now, by path and start.

        What is asked for is a filter, or the fields of one (:class:`PassageFilter`): ``artist="The Owls"``. ``text``
        keeps those in whose title, artists, album and path words begin with each of its words, in any order; case and
        accents make no difference. ``reverse`` turns the ``order`` around.

        With ``playable=False`` also passages of files that are missing or excluded, and rejected ones: why they cannot
        be played is in ``not_playable_because``. ``wanted`` says that itself. ``leave_out`` leaves all but the best
        copy out: of passages with the same audio, or of those and of the same recording. The passages have their
        ``evidence`` only if it is asked for: it takes longer to read than all the rest.

        Raises FilterError for what no filter can be, and NotFoundError if ``near`` names no passage.
        """
        wanted = wanted_of(wanted, text=text, fields=fields, playable=True if playable else None)
        if (
            order == PassageOrder.PATH
            and not reverse
            and wanted == PassageFilter(text=wanted.text, playable=True if wanted.playable else None)
        ):
            # A search in this order reads no more than a page takes.
            return self._by_path(wanted.text, evidence=evidence, playable=wanted.playable is True, leave_out=leave_out)
        return self._listed(PassageList(wanted, order_of(order), reverse), evidence=evidence, leave_out=leave_out)

    def _by_path(
        self, text: str | None, *, evidence: bool, playable: bool, leave_out: Literal["none", "audio", "recording"]
    ) -> Iterator[PassageView]:
        after: Guid | None = None
        size = FIRST_PAGE
        worse = self._worse(leave_out)
        while page := self._source.query(ListPassages(size, after, text, evidence, playable)):
            yield from (passage for passage in page if passage.guid not in worse)
            after, size = page[-1].guid, PAGE

    def _listed(
        self, of: PassageList, *, evidence: bool, leave_out: Literal["none", "audio", "recording"]
    ) -> Iterator[PassageView]:
        worse = self._worse(leave_out)
        page = self._source.query(PagePassages(of, FIRST_PAGE, None, evidence))
        while True:
            yield from (passage for passage in page.passages if passage.guid not in worse)
            if page.next is None:
                return
            page = self._source.query(PagePassages(of, PAGE, page.next, evidence))

    def _worse(self, leave_out: Literal["none", "audio", "recording"]) -> frozenset[Guid]:
        return frozenset() if leave_out == "none" else self._source.query(WorseCopies(LeaveOut(leave_out)))

    def passages_page(
        self,
        wanted: PassageFilter | None = None,
        *,
        order: PassageOrder | str = PassageOrder.PATH,
        reverse: bool = False,
        limit: int = PAGE,
        after: str | None = None,
        evidence: bool = False,
    ) -> PassagePage:
        """Return one page of the passages that match: at most ``limit``, up to 10,000.

        ``after`` is ``next`` of the page before, a text that a host may keep as long as it likes. Whatever is written
        between two pages: no passage comes twice, and none is left out, of those that did not change meanwhile.

        Raises FilterError for what no page can be, also for an ``after`` of another filter or order, and NotFoundError
        if ``near`` names no passage.
        """
        of = PassageList(wanted_of(wanted, text=None, fields={}), order_of(order), reverse)
        size = count_of("limit", limit, LARGEST_PAGE)
        if after is not None:
            read_place(after, of)
        return self._source.query(PagePassages(of, size, after, evidence))

    def count(
        self, wanted: PassageFilter | None = None, *, text: str | None = None, **fields: Unpack[FilterFields]
    ) -> int:
        """Count the passages that match ``wanted``, or a filter with these fields (:class:`PassageFilter`).

        Raises FilterError for what no filter can be, and NotFoundError if ``near`` names no passage.
        """
        return self._source.query(CountPassages(wanted_of(wanted, text=text, fields=fields)))

    def sql(
        self,
        query: str,
        parameters: "Sequence[SqlValue] | Mapping[str, SqlValue]" = (),
        *,
        limit: int = 10_000,
        timeout: float = 10.0,
    ) -> "SqlResult":
        """Run a SELECT of your own in a process of its own, which can only read (docs/library.md has the tables).

        ``parameters`` stand for ``?`` by place, or for ``:name`` by name. The result has at most ``limit`` rows, up to
        1,000,000, and tells whether there are ``more``; ``timeout`` is in seconds, up to 600.

        Raises:
            QueryRefusedError: it is no SQL, or does something else than to read.
            QueryTooLongError: it took longer than ``timeout``.
            QueryTooLargeError: it takes too much memory, or its result has more than 32 MB.
            ReaderUnavailableError: no process can be started.

        """
        from passagework.domain.sql import (  # noqa: PLC0415 - few ask so
            LONGEST_SECONDS,
            MOST_ROWS,
            checked_parameters,
            checked_sql,
        )

        asked = RunSql(
            checked_sql(query),
            checked_parameters(parameters),
            count_of("limit", limit, MOST_ROWS),
            number_of("timeout", timeout, LONGEST_SECONDS),
        )
        return self._source.query(asked)

    def gains(
        self, guids: Sequence[Guid], *, mono: Literal["panned", "copied"] = "panned"
    ) -> Mapping[Guid, PassageGains]:
        """Return how loud some passages, their discs and their albums are, and the gains that follow.

        ``mono``: how the player sends a file with one channel to two loudspeakers (``loudness.mono``). The result lacks
        passages that the library does not know.
        """
        return self._source.query(GainsOf(tuple(guids), Mono(mono)))

    def flavors(self, guids: Sequence[Guid]) -> Mapping[Guid, Flavor]:
        """Return the musical character of some passages, as it was heard (docs/flavor.md).

        The result lacks passages that the library does not know, and those that were imported with flavor.level "off".
        """
        return self._source.query(FlavorsOf(tuple(guids)))

    def values(self, guids: Sequence[Guid]) -> "Mapping[Guid, tuple[PassageValue, ...]]":
        """Return what extensions say of some passages, and why they could not (docs/extensions.md).

        The result lacks passages that the library does not know, and those of which no extension says anything.
        """
        return self._source.query(ValuesOf(tuple(guids)))

    def flavor_sources(self, guids: Sequence[Guid]) -> "Mapping[Guid, PassageFlavor]":
        """Return the character of some passages by each source; the result lacks passages that are not known."""
        return self._source.query(FlavorSourcesOf(tuple(guids)))

    def flavor_distance(self, one: str, other: str) -> "PassageDistance":
        """Compare two passages by their named shares, by each source that says something of both.

        Each is named by its guid, or an unambiguous prefix of it; NotFoundError for one that is not known.
        """
        from passagework.domain.flavor.sources import passage_distance  # noqa: PLC0415 - most readers compare nothing

        guids = [self.passage(name).guid for name in (one, other)]
        found = self.flavor_sources(guids)
        return passage_distance(*(found[guid] for guid in guids))

    def similar(
        self,
        passages: str | Sequence[str],
        n: int = 10,
        *,
        not_artist: str | Sequence[str] = (),
        not_album: str | Sequence[str] = (),
        not_played: Sequence[str] = (),
        once: 'Literal["artist", "album"] | None' = None,
    ) -> "tuple[Similar, ...]":
        """Find the passages that sound most like one, or like several together, the most alike first.

        All are named by guids, or unambiguous prefixes. Neither these nor other copies of them are found, and of each
        piece one passage that can be played now. ``not_artist`` and ``not_album`` are names or MBIDs, ``not_played``
        passages that were played already. ``once``: of each artist, or of each album, at most one passage, those of
        ``passages`` included.

        The first call, and the first one after an import, takes longer: it computes what is compared, and keeps it in
        the user's folder for caches.

        Raises NotFoundError for a passage that is not known, and NotComparableError for one of ``passages`` of which
        too little was heard.
        """
        from passagework.api.similar.search import SimilarSearch  # noqa: PLC0415 - needs numpy, and few ask for it
        from passagework.domain.flavor.similar import Once, Wanted  # noqa: PLC0415 - as above

        seeds, played = (
            [self.passage(name).guid for name in names]
            for names in ((passages,) if isinstance(passages, str) else passages, not_played)
        )
        if not seeds:
            raise NotFoundError("name a passage that others are to be like")
        if self._similar is None:
            self._similar = SimilarSearch(self._source)
        wanted = Wanted(
            count=n,
            not_artists=_several(not_artist),
            not_albums=_several(not_album),
            once=None if once is None else Once(once),
        )
        return self._similar.similar(seeds, wanted, played)

    def plays(self, passage: str | None = None, *, before: "datetime | None" = None) -> "Iterator[Play]":
        """Iterate over what was played, the newest first, fetched in pages: all of it, or one passage alone.

        ``before``: only what began before that moment (aware). A retired passage is named by its guid. Raises
        NotFoundError for a passage that is not known.
        """
        from passagework.domain.plays import nanoseconds_of  # noqa: PLC0415 - most readers ask for no plays

        guid = None if passage is None else self.passage(passage).guid
        # The last moment that a library can hold, and the last guid: what began then is left out.
        before_ns, after = (2**63 - 1 if before is None else nanoseconds_of(before)), Guid("g")
        while page := self._source.query(Plays(PAGE, before_ns, after, guid)):
            yield from page
            before_ns, after = page[-1].at_ns, page[-1].passage

    def next(  # noqa: PLR0913 - what may be asked, by name
        self,
        after: str | None = None,
        at: "datetime | None" = None,
        filter: "PassageFilter | None" = None,  # noqa: A002 - the word of the field
        *,
        near: "str | Shares | None" = None,
        seed: int | str | None = None,
        explain: bool = False,
        even_resting: bool = False,
        keep_gapless: bool = False,
        gain: Literal["track", "disc", "album"] = "track",
        settings: "Settings | None" = None,
    ) -> "NextUp":
        """Choose what plays next: by chance, by the probabilities that are set and how long things have rested.

        ``after`` is the passage that plays before it, by its guid or a prefix: the result says when the next one begins
        to overlap it. ``at`` (aware; default: now) is when the next one begins; later plays do not count. ``filter``
        leaves out what does not match. ``near``: of some that are drawn, the nearest to a passage, or to named shares,
        is taken. The same library, history, moment, filter and ``seed`` give the same passage. ``explain`` adds the
        factors of its weight. ``even_resting``: if all rest, the one that has rested first. ``keep_gapless``: what
        runs on in the next passage is followed by that. ``settings``: those whose section ``play`` counts.

        If everything rests, or nothing can be played, the result has no passage, and ``free_at`` if there is a moment
        from which on one can be. docs/next.md has the formulas.

        Raises:
            NotFoundError: a passage is not known.
            NextError: a moment or a seed is impossible.
            FilterError: ``near`` is neither a passage nor shares.

        """
        from passagework.domain.gains import GainOf  # noqa: PLC0415 - most readers play nothing
        from passagework.domain.passage_filter import guid_prefix, shares_of  # noqa: PLC0415 - as above
        from passagework.domain.playing import NextError, NextWanted, PlayRules, moment_to_play  # noqa: PLC0415 - as above

        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int | str)):
            raise NextError("a seed is a whole number or a text")
        if gain not in set(GainOf):
            raise NextError(f"gain is track, disc or album, not {str(gain)[:40]}")
        if settings is None:
            rules = PlayRules()
        else:
            from passagework.api.play_rules import play_rules  # noqa: PLC0415 - as above

            rules = play_rules(settings)
        wanted = NextWanted(
            moment_to_play(at, time.time_ns()),
            rules,
            after=None if after is None else guid_prefix("after", after),
            filter=filter,
            near=None if near is None else guid_prefix("near", near) if isinstance(near, str) else shares_of(near),
            seed=seed,
            explain=explain,
            even_resting=even_resting,
            keep_gapless=keep_gapless,
            gain_of=GainOf(gain),
        )
        return self._source.query(NextPassage(wanted))

    def duplicates(self) -> tuple[Duplicates, ...]:
        """List the pieces that are there more than once, the best copy of each first."""
        return self._source.query(ListDuplicates())

    def review(self) -> Iterator[PassageView]:
        """Iterate over the playable passages that need a decision by a person, by path and start, fetched in pages.

        These are proposals and doubts without a user value; ``candidates`` say what each may be. Set a decision with
        ``importer.library.set(guid, recording=MBID)``, or ``"none"``.
        """
        after: Guid | None = None
        while page := self._source.query(ReviewList(PAGE, after)):
            yield from page
            after = page[-1].guid

    def review_cuts(self, path: FilePath | None = None) -> Iterator[CutsInDoubt]:
        """Iterate over the files whose cuts need a decision by a person, by path, fetched in pages.

        Why is in their ``reasons``, and where they may be cut in their ``candidates``. Files that a person has cut or
        kept are not among them. Decide with ``importer.library.cut(path, at=…)``, or with ``keep=True``. ``path``: this
        file alone, if it is one of them; NotFoundError if the library does not know it.
        """
        if path is not None:
            yield from self._source.query(ReviewCuts(1, only=self.file(path).path))
            return
        after = b""
        while page := self._source.query(ReviewCuts(PAGE, after)):
            yield from page
            after = page[-1].path

    def failures(self) -> Iterator[FailedFile]:
        """Iterate over the files whose analysis failed, by path, fetched in pages."""
        after = b""
        while page := self._source.query(FailedFiles(PAGE, after)):
            yield from page
            after = page[-1].path

    def forgettable(self, forget: Forget) -> Forgettable:
        """Tell what would be forgotten; NotFoundError for a path under which the library knows no file."""
        return self._source.query(WouldForget(forget))

    def curves(self, path: FilePath) -> FileCurves:
        """Fetch the curves of a file; NotFoundError if the library has no analysis of it."""
        found = self._source.query(Curves(absolute := absolute_path(path)))
        if found is None:
            raise NotFoundError(f"the library has no analysis of {display_path(absolute)}")
        return found

    def runs(self, limit: int = 20, *, before: int | None = None) -> tuple[RunView, ...]:
        """List the latest runs, or those before the run ``before``, newest first.

        Of older runs that changed nothing several are one, which says how many (``folded``).
        """
        return self._source.query(Runs(limit, None if before is None else run_id(before)))

    def run(self, run: int) -> RunView:
        """Show one run; NotFoundError for an unknown one. A run that is folded into a later one is that one."""
        found = self._source.query(RunAt(run_id(run)))
        if found is None:
            raise NotFoundError(f"the library knows no run {run}")
        return found

    def findings(self, run: int) -> Iterator[Finding]:
        """Iterate over what a run found, file by file, fetched in pages; by path, if it is not more than a page.

        Nothing of a run that changed nothing, that was undone, or that is old (``has_findings`` of the run is False).
        """
        if not self.run(run).has_findings:
            return
        after: int | None = 0
        while after is not None:
            page = self._source.query(Findings(run_id(run), FINDINGS_PAGE, after))
            yield from page.findings
            after = page.last

    def summary(self, run: RunId) -> RunSummary:
        """Show what one run left in the library; NotFoundError for an unknown run."""
        found = self._source.query(Summary(run_id(run)))
        if found is None:
            raise NotFoundError(f"the library knows no run {run}")
        return found


def absolute_path(path: FilePath) -> bytes:
    """Return the path by which the library may know a file."""
    # Bytes are those of the library: a file whose path another has taken has // in its own.
    return path if isinstance(path, bytes) else os.path.abspath(os.fsencode(path))


def _several(names: str | Sequence[str]) -> Sequence[str]:
    """Return one name as a list of it: a text is a sequence of letters, too."""
    return (names,) if isinstance(names, str) else names
