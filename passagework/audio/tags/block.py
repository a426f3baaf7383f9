"""One block of tags of a file: its text as found, and its values by field."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from passagework.domain.given_cuts import GivenCuts

LONGEST_NAME: Final = 256
LONGEST_VALUE: Final = 65_536
LONGEST_TEXT: Final = 1 << 20
MOST_VALUES: Final = 4_096
MOST_FIELD_VALUES: Final = 256
"""Limits in characters and values per block: lyrics and cue sheets fit, a damaged or hostile tag does no harm."""


class BeyondBoundsError(Exception):
    """Tags have more than is read of them; what was read is kept."""


_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Field(Enum):
    """The meaning of a tag."""

    TITLE = auto()
    ARTIST = auto()
    ARTISTS = auto()
    ALBUM = auto()
    ALBUM_ARTIST = auto()
    ALBUM_ARTISTS = auto()
    COMPOSER = auto()
    GENRE = auto()
    DATE = auto()
    ORIGINAL_DATE = auto()
    TRACK = auto()
    TRACK_TOTAL = auto()
    DISC = auto()
    DISC_TOTAL = auto()
    ISRC = auto()
    COMPILATION = auto()
    RECORDING_ID = auto()
    RELEASE_TRACK_ID = auto()
    RELEASE_ID = auto()
    RELEASE_GROUP_ID = auto()
    ARTIST_ID = auto()
    ALBUM_ARTIST_ID = auto()
    WORK_ID = auto()
    ACOUSTID_ID = auto()
    TRACK_GAIN = auto()
    TRACK_PEAK = auto()
    ALBUM_GAIN = auto()
    ALBUM_PEAK = auto()
    R128_TRACK_GAIN = auto()
    R128_ALBUM_GAIN = auto()


Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagBlock:
    """One block of tags.

    ``raw``: every text tag, cleaned so that it can be stored as UTF-8, in file order, names unique. ``fields``: for
    each field one group of stripped values per tag name with that meaning, the most trustworthy name first.
    ``whole``: nothing was left out for the limits of this module. ``given`` are pieces that stand beside the tags.
    """

    family: str
    raw: tuple[tuple[str, Values], ...]
    fields: Mapping[Field, tuple[Values, ...]]
    picture_count: int
    whole: bool = True
    given: GivenCuts | None = None


class BlockBuilder:
    """Collects the tags of one block within the limits of this module."""

    def __init__(self, family: str) -> None:
        self.picture_count = 0
        self.given: GivenCuts | None = None
        self._family = family
        self._raw: dict[str, list[str]] = {}
        self._room = LONGEST_TEXT
        self._value_count = 0
        self._whole = True
        self._groups: dict[Field, dict[int, list[str]]] = {}

    def add(self, name: str, values: Iterable[str], meaning: tuple[Field, int] | None = None) -> None:
        """Keep a tag as found and, if its meaning is known, for its field; a lower rank is trusted more."""
        values = list(values)
        texts = list(_clean(values))
        self._whole = self._whole and all(len(value) <= LONGEST_VALUE for value in values)
        self._keep_raw(name, texts)
        if meaning is not None:
            self.add_meaning(*meaning, texts)

    def add_meaning(self, field: Field, rank: int, values: Iterable[str]) -> None:
        """Keep values only for a field, because they are not literally in the file."""
        group = self._groups.setdefault(field, {}).setdefault(rank, [])
        for value in _clean(values):
            if (stripped := value.strip()) and stripped not in group and len(group) < MOST_FIELD_VALUES:
                group.append(stripped)

    def build(self) -> TagBlock:
        """Return the finished block."""
        return TagBlock(
            self._family,
            tuple((name, tuple(values)) for name, values in self._raw.items()),
            {
                field: tuple(tuple(group) for _, group in sorted(groups.items()) if group)
                for field, groups in self._groups.items()
            },
            self.picture_count,
            self._whole,
            self.given,
        )

    def _keep_raw(self, name: str, values: Iterable[str]) -> None:
        name = " ".join(_clean([name[:LONGEST_NAME]]))
        for value in values if name else ():
            size = len(value) + (0 if name in self._raw else len(name))
            if size > self._room or self._value_count == MOST_VALUES:
                self._whole = False
                continue
            self._room -= size
            self._value_count += 1
            self._raw.setdefault(name, []).append(value)


def _clean(values: Iterable[str]) -> Iterator[str]:
    """Split at NUL, truncate, leave out empty texts, and replace characters that UTF-8 cannot encode."""
    for value in values:
        for part in value.split("\0"):
            if part:
                yield _SURROGATES.sub("\ufffd", part[:LONGEST_VALUE])
