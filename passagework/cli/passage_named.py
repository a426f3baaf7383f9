"""Which passage a person means."""

import os

from passagework import Library
from passagework.domain.edits import EditError
from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.ids import Guid
from passagework.domain.plain_text import plain
from passagework.domain.units import clock_time


def passage_named(library: Library, target: str) -> Guid:
    """Return the guid of a passage by its guid, a prefix of it, or a file that has only this passage."""
    if (of_file := passage_of_file(library, target)) is not None:
        return of_file
    try:
        return library.passage(target).guid
    except NotFoundError as error:
        path = plain(display_path(os.path.abspath(os.fsencode(target))))
        raise NotFoundError(
            f"the library has no file {path}, and no single passage whose guid begins with {plain(target)}"
        ) from error


def passage_of_file(library: Library, target: str) -> Guid | None:
    """Return the guid of the only passage of a file; None if the library has no such file."""
    path = os.path.abspath(os.fsencode(target))
    try:
        passages = library.file(path).passages
    except NotFoundError:
        return None
    if len(passages) == 1:
        return passages[0].guid
    if not passages:
        raise EditError(f"{display_path(path)} has no passage")
    listed = "".join(f"\n  {each.guid}  {clock_time(each.start)}-{clock_time(each.end)}" for each in passages)
    raise EditError(f"{display_path(path)} has {len(passages)} passages; name one of them:{listed}")
