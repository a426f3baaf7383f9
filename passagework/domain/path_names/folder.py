"""The folder of an album: its title and perhaps its artist, without year, format and disc."""

import re
from dataclasses import dataclass
from typing import Final

from passagework.domain.path_names.component import spaced

PARTED: Final = re.compile(r"\s+[-\u2013\u2014]\s+")
"""Between the artist and the rest."""

_VARIOUS: Final = frozenset(
    {"various artists", "various", "va", "v.a.", "v/a", "v.a", "verschiedene", "divers", "sampler"}
)

_DISC: Final = re.compile(
    r"(?:cd|dis[ck]|disque|dvd|lp|digital media|medium)\s?[._-]?\s?(?P<number>[0-9]{1,2})\b"
    r"(?:\s*(?:[-\u2013\u2014:(\[]|of\b).*)?",
    re.IGNORECASE,
)
_DISC_AT_END: Final = re.compile(
    r"[\s,\u2013\u2014-]*[\[(]?\b(?:cd|dis[ck])\s?[._#-]?\s?(?P<number>[0-9]{1,2})(?:\s*(?:of|/|von)\s*[0-9]{1,2})?[\])]?\s*\Z",
    re.IGNORECASE,
)

_YEAR: Final = r"(?:19|20)[0-9]{2}"
_FORMAT: Final = (
    r"(?:flac|mp3|ogg|opus|aac|alac|m4a|wav|wma|dsd[0-9]*|ape|lossless|lossy|web|cd|cdr|vinyl|lp|ep|v0|v2|cbr|vbr|hq|"
    r"hi-?res|hires|(?:16|24|32)-?bits?|[0-9]{2,3}(?:k|kbps)|[0-9.]{2,5}khz|bits?|kbps|khz|320|256|192)"
)
_BRACKETS: Final = re.compile(r"\s*[\[({]([^\[\](){}]*)[\])}]")
_BETWEEN_WORDS: Final = re.compile(r"[\s,/+&|\u2013-]+")
_SAYS_FORM: Final = re.compile(rf"{_YEAR}|{_FORMAT}", re.IGNORECASE)
_IS_NUMBER: Final = re.compile(r"[0-9.]{2,5}")
_BITS_AND_RATE: Final = re.compile(r"(?:16|24|32)[-/ ](?:44|48|88|96|176|192)(?:\.[0-9])?")
_YEAR_BEFORE: Final = re.compile(
    rf"(?:[\[(]{_YEAR}[\])]\s*[-\u2013\u2014.]?\s*|{_YEAR}(?:-[0-9]{{2}}){{0,2}}(?:\s*[-\u2013\u2014.]\s+|\s+[-\u2013\u2014]\s*))(?=\S)"
)
_IS_YEAR: Final = re.compile(rf"[\[(]?{_YEAR}[\])]?")

_SCENE_WORD: Final = re.compile(
    rf"{_YEAR}|{_FORMAT}|\([^)]*\)|[0-9]?cd[0-9ms]*|retail|promo|advance|read.?nfo", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AlbumFolder:
    """What the name of a folder says. ``is_sure``: by its form it is an album, and not any folder.

    ``various``: it names several artists and none. ``group`` is who made it, where that is part of the name.
    """

    album: str | None = None
    artist: str | None = None
    medium: int | None = None
    various: bool = False
    is_sure: bool = False
    group: str | None = None


def disc_of(folder: str) -> int | None:
    """Return the number of a folder that holds one disc of an album (``CD 2``), None for any other folder."""
    found = _DISC.fullmatch(spaced(folder))
    return int(found["number"]) if found else None


def is_various(artist: str) -> bool:
    """Tell whether a name stands for several artists that it does not name."""
    return artist.casefold() in _VARIOUS


def read_album_folder(folder: str) -> AlbumFolder:
    """Read a name: ``Artist - Album``, ``Album (1999) [FLAC]``, ``1999 - Album``, ``Artist-Album-CD-1999-GROUP``."""
    if (found := _scene(folder)) is not None:
        return found
    whole = spaced(folder)
    name = _BRACKETS.sub(lambda found: "" if _is_form(found[1]) else found[0], whole)
    medium = None
    if (disc := _DISC_AT_END.search(name)) is not None and disc.start():
        medium, name = int(disc["number"]), name[: disc.start()]
    name = _YEAR_BEFORE.sub("", name, count=1) if _YEAR_BEFORE.match(name) else name
    artist, *rest = [part for part in PARTED.split(name.strip()) if part] or [whole]
    is_sure = name.strip() != whole or bool(rest)
    rest = [part for part in rest if not _IS_YEAR.fullmatch(part)]
    if not rest:
        return AlbumFolder(artist, medium=medium, is_sure=is_sure)
    various = is_various(artist)
    return AlbumFolder(" - ".join(rest), None if various else artist, medium, various, is_sure=True)


def _is_form(words: str) -> bool:
    """Tell whether brackets hold nothing but years, formats and rates."""
    if _BITS_AND_RATE.fullmatch(words):
        return True
    parts = [word for word in _BETWEEN_WORDS.split(words) if word]
    says = [_SAYS_FORM.fullmatch(word) is not None for word in parts]
    return any(says) and all(one or _IS_NUMBER.fullmatch(word) for one, word in zip(says, parts, strict=True))


def _scene(folder: str) -> AlbumFolder | None:
    """Read a name without spaces, of parts with a hyphen between, that ends in year or format and a group."""
    if " " in folder:
        return None
    parts = [part for part in folder.split("-") if part]
    if len(parts) < 4:  # noqa: PLR2004 - artist, album, one more, and the group
        return None
    artist, album, *more, group = parts
    if not any(_SCENE_WORD.fullmatch(part) for part in more):
        return None
    various = is_various(artist)
    return AlbumFolder(spaced(album), None if various else spaced(artist), None, various, is_sure=True, group=group)
