"""User values: values that a person sets in the library and no import writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypedDict

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode

Value = str | float | int | None


class Subject(StrEnum):
    """The kind of thing that a value is set on."""

    PASSAGE = "passage"
    SONG = "song"
    ARTIST = "artist"
    WORK = "work"
    ALBUM = "album"
    FILE = "file"
    """By its whole guid: a person sets its cuts."""


class EditError(PassageworkError):
    """A value cannot be set: the subject has no such field, or the value is invalid. Nothing was changed."""

    code = "edit-invalid"
    exit_code = ExitCode.USAGE


# As a call: in a class, the keys would be unused variables.
UserValues = TypedDict(  # noqa: UP013
    "UserValues",
    {
        "title": str | None,
        "name": str | None,
        "date": str | None,
        "recording": str | None,
        "probability": float | None,
        "approval": Literal["approved", "rejected"] | None,
        "cooldown_seconds": int | None,
        "ramp_seconds": int | None,
        "weights": Mapping[str, float] | None,
        "start": float,
        "end": float,
        "lead_in": float | None,
        "lead_out": float | None,
        "flavor": Mapping[str, Mapping[str, float] | None] | None,
    },
    total=False,
)
"""Everything that can be set, by name. None clears a user value: the imported value counts again.

- ``title`` of a passage, song, work or album; ``name`` of an artist; ``date`` of an album, ``YYYY[-MM[-DD]]``.
- ``probability`` of a passage, song, artist or work: how often to play it, relative to 1; 0 to 1000.
- ``approval`` of a passage.
- ``recording`` of a passage: the MBID of the recording that it is, or ``none``; imports follow it.
- ``cooldown_seconds``, ``ramp_seconds`` of a song, artist or work: how long not to play it after it was played, and
  how long after that until it has its full probability again; whole numbers, at most ten years.
- ``start``, ``end`` of a passage, in seconds from the first sample of its file: the next import cuts the file so.
  :meth:`passagework.api.library.WritableLibrary.cut` takes them back.
- ``lead_in``, ``lead_out`` of a passage, in seconds: how long the passage before and after it may overlap it.
- ``flavor`` of a passage: characteristics of your own by name, each with the shares of its members, which sum to 1;
  None removes one, or all of them.
- ``weights`` of the artists of a song, by the MBIDs of the artists, each 0 to 1; they sum to 1.
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """Set one field of one subject. ``value`` None clears the user value: the imported value counts again.

    ``key`` is the guid of a passage, or a unique prefix of it, or the MBID of an entity. If tags use one MBID for two
    kinds of entity, write ``artist:MBID``. ``part`` is the MBID of the artist whose weight in a song is set, or the
    name of a characteristic of ``flavor``; None for every other field, and to clear all weights or characteristics.
    """

    key: str
    field: str
    value: Value
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """One value that was set or cleared: its subject, and the effective value before and after.

    Both are equal if the user value that was set or cleared equals the imported value.
    """

    subject: Subject
    key: str
    field: str
    part: str | None
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class UserValue:
    """One user value of a passage, or of something that the passage is linked to.

    ``part`` is the artist of a weight, or the name of a characteristic of ``flavor``; None for every other field.
    """

    subject: Subject
    key: str
    field: str
    part: str | None
    value: str | float | int


def edits_of(key: str, values: UserValues) -> tuple[Edit, ...]:
    """Convert the values set on one subject to edits; EditError if there is none."""
    weights, flavor = values.get("weights"), values.get("flavor")
    edits: list[Edit] = []
    for name, value in values.items():
        if name == "flavor":
            edits += _of_flavor(key, flavor)
        elif name != "weights":
            edits.append(Edit(key, name, value))  # type: ignore[arg-type] # mypy gives items() of a TypedDict as object
        elif weights is None:
            edits.append(Edit(key, "weight", None))
    edits += [Edit(key, "weight", weight, artist) for artist, weight in (weights or {}).items()]
    if not edits:
        raise EditError("there is nothing to set; name a field and its value")
    return tuple(edits)


def _of_flavor(key: str, flavor: Mapping[str, Mapping[str, float] | None] | None) -> list[Edit]:
    from passagework.domain.flavor.written_shares import write_shares  # noqa: PLC0415 - most edits set none

    if flavor is None:
        return [Edit(key, "flavor", None)]
    try:
        return [
            Edit(key, "flavor", None if shares is None else write_shares(shares.items()), name)
            for name, shares in flavor.items()
        ]
    except (AttributeError, TypeError, ValueError) as error:
        raise EditError("flavor must be shares by member by characteristic; nothing was changed") from error
