"""Extensions as values: which one of which version, and what it says of a passage."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Final, Self

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""The names of extensions, and of what they measure."""

_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+!_-]{0,63}")

MOST_VALUES: Final = 32
"""Values of one extension for one passage."""

LONGEST_TEXT: Final = 200
"""Characters of a value that is a text, and of the reason why there is none."""

LARGEST: Final = 1e300
"""The magnitude of a value that is a number."""

EVERYTHING: Final = ""
"""The measure of a failure that is one of all that the extension measures."""


@dataclass(frozen=True, slots=True, order=True)
class ExtensionId:
    """An extension by its name, and the version of the package that it comes with."""

    name: str
    version: str

    def __str__(self) -> str:
        """Return the form in which settings and libraries have it: ``name==version``."""
        return f"{self.name}=={self.version}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``name==version``. Raises ValueError for anything else."""
        name, _, version = text.partition("==")
        if not NAME.fullmatch(name) or not _VERSION.fullmatch(version):
            raise ValueError(f"{text[:80]} is no extension: name==version")
        return cls(name, version)


@dataclass(frozen=True, slots=True)
class PassageValue:
    """What an extension says of a passage.

    ``measure`` is its own name for it. ``value`` is a number or a short text; None: it could not say, and ``failure``
    is the reason. A failure with the measure EVERYTHING ("") is one of the extension as a whole.
    """

    extension: str
    version: str
    measure: str
    value: float | str | None
    failure: str | None = None


def value_failure(of: ExtensionId, reason: str, measure: str = EVERYTHING) -> PassageValue:
    """Return that an extension could not say something, or anything."""
    return PassageValue(of.name, of.version, measure, None, short_line(reason))


def checked_values(of: ExtensionId, found: object) -> tuple[PassageValue, ...]:
    """Return what an extension said of a passage, in the order of its measures; what is wrong becomes a failure.

    Numbers are finite and at most 1e300, texts are one line of at most 200 characters. None is nothing to say.
    """
    if not isinstance(found, Mapping):
        return (value_failure(of, f"it gave {type(found).__name__}, not names with values"),)
    if len(found) > MOST_VALUES:
        return (value_failure(of, f"it gave {len(found)} values; {MOST_VALUES} is the most"),)
    wrong = [name for name in found if not isinstance(name, str) or not NAME.fullmatch(name)]
    if wrong:
        return (value_failure(of, f"{ascii(wrong[0])[:60]} is no name: small letters, digits, - and _"),)
    return tuple(_checked(of, name, found[name]) for name in sorted(found) if found[name] is not None)


def _checked(of: ExtensionId, measure: str, value: object) -> PassageValue:
    kept: float | str
    reason: str | None
    match value:
        case bool():
            kept, reason = "", "it is neither a number nor a text"
        case str():
            reason = _wrong_text(value)
            kept = str(value)
        case Real():
            # Perhaps a number of numpy, or an integer beyond all floats.
            try:
                kept = float(value)
            except OverflowError:
                kept = math.inf
            reason = None if abs(kept) <= LARGEST else "it is no finite number"
        case _:
            kept, reason = "", "it is neither a number nor a text"
    if reason is not None:
        return value_failure(of, reason, measure)
    return PassageValue(of.name, of.version, measure, kept)


def _wrong_text(text: str) -> str | None:
    if len(text) > LONGEST_TEXT:
        return f"its text has {len(text)} characters; {LONGEST_TEXT} is the most"
    return None if text.isprintable() else "its text is not one printable line"


def short_line(text: str) -> str:
    """Convert a text of unknown origin to one short line that every encoding can write."""
    line = " ".join(text[: 4 * LONGEST_TEXT].split()).encode("ascii", "backslashreplace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in line)[:LONGEST_TEXT] or "no reason is known"
