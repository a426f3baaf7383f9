"""Forget what a person names: files and folders with everything that the library knows of them."""

from dataclasses import dataclass

from passagework.domain.edits import UserValue
from passagework.domain.ids import Guid


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """What is to be forgotten: the files that meet all of the conditions that are given.

    ``paths`` are absolute paths of files, or of folders with all that is below them; without any the files may be
    anywhere. ``missing_before_ns``: the file has been missing since before that moment. ``excluded``: the rules of the
    scan leave the file out. With the last two, one of them is enough.
    """

    paths: tuple[bytes, ...] = ()
    missing_before_ns: int | None = None
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class OwnPassage:
    """A passage on which a person set values, and its name."""

    guid: Guid
    path: bytes
    title: str | None
    artists: str | None
    values: tuple[UserValue, ...]


@dataclass(frozen=True, slots=True)
class Forgettable:
    """What would be forgotten: files by path, the number of their passages, and what people set on these.

    ``present`` counts the files that are neither missing nor excluded: the next import finds them again, as new ones.
    ``elsewhere`` are files of the folders that stay, each with the place, outside of these, where it is from then on.
    """

    files: tuple[bytes, ...]
    present: int
    passages: int
    own: tuple[OwnPassage, ...]
    elsewhere: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was forgotten. ``entities`` are the songs, albums, artists and works that nothing names any more."""

    files: int
    passages: int
    entities: int
