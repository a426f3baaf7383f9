"""A passage library for tasks of asyncio: each method of ``Library`` that blocks has a twin of its name."""

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from passagework.api.calls import AsyncTwin, BlockingCalls, iterating_twin, twin, twin_of_function
from passagework.api.library import Library
from passagework.api.sources import OpenedFile
from passagework.api.writable_library import WritableLibrary
from passagework.persistence.read.reader import LibraryReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class AsyncLibrary(AsyncTwin):
    """A passage library, read-only, for tasks: what blocks in :class:`Library` is awaited here, or ``async for``.

    Arguments, results and errors are the same. A few threads of the importer, or of :meth:`open`, make the calls.
    """

    def __init__(self, library: Library, calls: BlockingCalls) -> None:
        super().__init__(library, calls)

    @staticmethod
    @asynccontextmanager
    async def open(path: Path) -> "AsyncIterator[AsyncLibrary]":
        """Open a library file for reading: ``async with AsyncLibrary.open(path) as library:``.

        Raises LibraryError, with what to do, when there is no library at ``path`` or it cannot be read.
        """
        calls = BlockingCalls()
        try:
            reader = await calls.call(lambda: LibraryReader(path), unwanted=LibraryReader.close)
            source = OpenedFile(reader, path)
            try:
                yield AsyncLibrary(Library(source), calls)
            finally:
                source.close()
                reader.close()
        finally:
            calls.close(wait=False)

    check = staticmethod(twin_of_function(Library.check))
    compactable = staticmethod(twin_of_function(Library.compactable))
    compact = staticmethod(twin_of_function(Library.compact))
    backup = staticmethod(twin_of_function(Library.backup))

    status = twin(Library.status)
    stale = twin(Library.stale)
    writer = twin(Library.writer)
    file = twin(Library.file)
    passage = twin(Library.passage)
    passages = iterating_twin(Library.passages)
    passages_page = twin(Library.passages_page)
    count = twin(Library.count)
    sql = twin(Library.sql)
    next = twin(Library.next)
    plays = iterating_twin(Library.plays)
    values = twin(Library.values)
    gains = twin(Library.gains)
    flavors = twin(Library.flavors)
    flavor_sources = twin(Library.flavor_sources)
    flavor_distance = twin(Library.flavor_distance)
    similar = twin(Library.similar)
    duplicates = twin(Library.duplicates)
    review = iterating_twin(Library.review)
    review_cuts = iterating_twin(Library.review_cuts)
    failures = iterating_twin(Library.failures)
    forgettable = twin(Library.forgettable)
    curves = twin(Library.curves)
    runs = twin(Library.runs)
    run = twin(Library.run)
    findings = iterating_twin(Library.findings)
    summary = twin(Library.summary)


class AsyncWritableLibrary(AsyncLibrary):
    """The library of an importer for tasks: queries, and also sets user values."""

    def __init__(self, library: WritableLibrary, calls: BlockingCalls) -> None:
        super().__init__(library, calls)

    played = twin(WritableLibrary.played)
    set = twin(WritableLibrary.set)
    cut = twin(WritableLibrary.cut)
