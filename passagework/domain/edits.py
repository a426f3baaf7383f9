"""What a person sets in the library: values that no import writes."""

from dataclasses import dataclass
from enum import StrEnum

from passagework.domain.errors import PassageworkError
from passagework.domain.ids import Mbid

Value = str | float | int | None


class Subject(StrEnum):
    """What a value is set on."""

    PASSAGE = "passage"
    SONG = "song"
    ARTIST = "artist"
    WORK = "work"
    ALBUM = "album"


class EditError(PassageworkError):
    """A value cannot be set: the subject has no such field, or the value does not fit it. Nothing was changed."""

    code = "edit-invalid"


@dataclass(frozen=True, slots=True)
class Edit:
    """Set one field of one subject. ``value`` None takes back what a person set: the import's own value counts again.

    ``key`` is the guid of a passage, or an unambiguous beginning of it, or the MBID of an entity. ``part`` is the MBID
    of the artist whose weight in a song is set, None for every other field.
    """

    key: str
    field: str
    value: Value
    part: Mbid | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """One value that was set: of which subject, and what was there before."""

    subject: Subject
    key: str
    field: str
    part: Mbid | None
    before: Value
    after: Value
