"""Export the playable passages of a library to a file."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, TypeVar

from passagework.domain.duplicates import LeaveOut
from passagework.domain.gains import Mono
from passagework.export.files.errors import FileExportError
from passagework.export.files.reading import playable_passages
from passagework.export.files.row import ExportRow
from passagework.export.files.target import complete_file

R = TypeVar("R")


def export_file(
    library: Path,
    target: Path | BinaryIO,
    write: Callable[[Iterable[ExportRow], BinaryIO], R],
    leave_out: LeaveOut = LeaveOut.NONE,
    mono: Mono = Mono.PANNED,
) -> R:
    """Export to ``target``, a path or an open stream, and return the result of ``write``.

    The caller handles a reader that closes the stream early (BrokenPipeError).
    Afterwards a path has the complete new file or, after an error, the previous one.

    Raises:
        LibraryError: the library cannot be read.
        FileExportError: the target cannot be written, or must not be; the subclass says why.

    """
    with playable_passages(library, mono) as passages:
        if not isinstance(target, Path):
            return _into_stream(passages.rows(leave_out), target, write)
        with complete_file(target, library, passages) as file:
            return write(passages.rows(leave_out), file)


def _into_stream(rows: Iterable[ExportRow], target: BinaryIO, write: Callable[[Iterable[ExportRow], BinaryIO], R]) -> R:
    try:
        result = write(rows, target)
        target.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FileExportError(f"the output cannot be written: {error.strerror or error}") from error
    return result
