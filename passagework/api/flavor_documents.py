"""Documents of AcousticBrainz in files and folders, as a person has them."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from passagework.domain.files import display_path
from passagework.domain.flavor.acousticbrainz import (
    LARGEST_DOCUMENT,
    FlavorDocument,
    FlavorDocumentError,
    read_document,
)

_ENDING: Final = b".json"


@dataclass(frozen=True, slots=True)
class RefusedDocument:
    """A file that is no document, and why."""

    path: bytes
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFlavors:
    """What became of documents: ``known`` were there before, ``elsewhere`` are about recordings of other libraries."""

    added: int
    known: int
    elsewhere: int
    refused: tuple[RefusedDocument, ...]


def documents_in(paths: Sequence[bytes]) -> Iterator[FlavorDocument | RefusedDocument]:
    """Read files, and all files in and below folders whose names end in .json. Links in folders are not followed."""
    for path in paths:
        if os.path.isdir(path):
            yield from map(_read, _below(path))
        else:
            yield _read(path)


def _below(folder: bytes) -> Iterator[bytes]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(place, name)
            if name.lower().endswith(_ENDING) and not os.path.islink(path):
                yield path


def _read(path: bytes) -> FlavorDocument | RefusedDocument:
    try:
        return read_document(_content(path), os.path.basename(display_path(path)))
    except FlavorDocumentError as error:
        return RefusedDocument(path, error.code, str(error))
    except OSError as error:
        return RefusedDocument(path, FlavorDocumentError.code, f"it cannot be read: {error.strerror or error}")


def _content(path: bytes) -> bytes:
    # A pipe would be waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FlavorDocumentError("it is no file")
        return file.read(LARGEST_DOCUMENT + 1)
