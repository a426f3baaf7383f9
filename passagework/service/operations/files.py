"""Files: one with its passages, and those that could not be analysed."""

import os
from itertools import islice
from typing import Annotated, Final

from pydantic import Field

from passagework.json_forms.views import failed_file_json, file_json
from passagework.service.answers import Answer, json_answer, page_answer
from passagework.service.errors import RequestInvalidError
from passagework.service.operation import Answers, Fields, Operation, reading
from passagework.service.operations.passages import PageAsked
from passagework.service.stage import Stage

PathText = Annotated[str, Field(min_length=1, max_length=4_096)]
PathHex = Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2}){1,4096}$")]


class FileAsked(Fields, frozen=True):
    """A file, by its absolute path."""

    path: PathText | None = Field(default=None, description="as text; either this or `path_hex`")
    path_hex: PathHex | None = Field(default=None, description="in hexadecimal: one that is not UTF-8")


def path_of(path: str | None, path_hex: str | None) -> bytes:
    """Return the bytes of a path that is given as text or in hexadecimal."""
    if (path is None) == (path_hex is None):
        raise RequestInvalidError("name a file by path, or else by path_hex")
    try:
        found = bytes.fromhex(path_hex) if path_hex is not None else os.fsencode(path or "")
    except UnicodeEncodeError as error:
        raise RequestInvalidError("path must be Unicode, without halves of surrogate pairs") from error
    if not found.startswith(b"/") or b"\0" in found:
        raise RequestInvalidError("a file is named by its absolute path")
    return found


def file(stage: Stage, asked: FileAsked) -> Answer:
    """Show a file."""
    found = stage.library.file(path_of(asked.path, asked.path_hex))
    guids = [passage.guid for passage in found.passages]
    gains = stage.library.gains(guids, mono=stage.settings.loudness.mono)
    return json_answer(file_json(found, gains, stage.library.flavors(guids)))


def failures(stage: Stage, asked: PageAsked) -> Answer:
    """List the files that could not be analysed."""
    found = list(islice(stage.library.failures(), asked.after, asked.after + asked.limit + 1))
    more = str(asked.after + asked.limit) if len(found) > asked.limit else None
    return page_answer(map(failed_file_json, found[: asked.limit]), more)


OPERATIONS: Final[tuple[Operation, ...]] = (
    reading("file", "/api/1/file", "A file with its passages.", FileAsked, file, Answers("file"), refuses=(404,)),
    reading(
        "failures",
        "/api/1/failures",
        "Files that could not be analysed.",
        PageAsked,
        failures,
        Answers("failed-file", page=True),
    ),
)
