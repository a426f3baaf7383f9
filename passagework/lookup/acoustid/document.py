"""Parse the JSON of AcoustID's answers within bounds, and read single values from it."""

from typing import Final

from passagework.domain.ids import Mbid, parse_mbid
from passagework.domain.json_text import read_json_of_any_size
from passagework.lookup.answer_limits import DEEPEST, LARGEST_NUMBER, LONGEST_TEXT, MOST_VALUES

Json = dict[str, object]

LONGEST_SECONDS: Final = LARGEST_NUMBER / 1_000
"""MusicBrainz keeps the lengths of recordings as milliseconds."""

_BEGINNINGS: Final = (b",", b"[", b"{")
"""Each value but the first of a list or object follows a comma. Commas in texts are counted too."""


class AcoustidAnswerError(ValueError):
    """An answer that is not in the documented form; nothing may be concluded from it."""


class TooManyValuesError(ValueError):
    """An answer with more values than any real one."""


def read_object(body: bytes) -> Json | None:
    """Parse an answer; None if it is no JSON object. Raises TooManyValuesError before anything is made of it."""
    if sum(map(body.count, _BEGINNINGS)) > MOST_VALUES:
        raise TooManyValuesError(f"the answer has more than {MOST_VALUES} values")
    try:
        answer = read_json_of_any_size(body.decode())
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def storable(value: object, depth: int = 0) -> object:
    """Return a part of an answer in a form that can be stored, or raise AcoustidAnswerError.

    Halves of surrogate pairs are replaced, and very long texts are cut. Numbers that are not finite, or do not fit into
    64 bits, are refused, and so is nesting that no answer has.
    """
    if depth > DEEPEST:
        raise AcoustidAnswerError(f"it is nested in more than {DEEPEST} levels")
    match value:
        case str():
            return _storable_text(value)
        case bool() | None:
            return value
        case int() | float():
            if not -(2**63) <= value < 2**63:  # NaN fails every comparison
                raise AcoustidAnswerError("it has a number that is too large")
            return value
        case list():
            return [storable(one, depth + 1) for one in value]
        case dict():
            return {_storable_text(key): storable(one, depth + 1) for key, one in value.items()}
        case _:
            raise AcoustidAnswerError(f"it has a {type(value).__name__}")


def mbid_of(value: Json) -> Mbid:
    """Return the id of an entity, which must have one."""
    written = value.get("id")
    mbid = parse_mbid(written) if isinstance(written, str) else None
    if mbid is None:
        raise AcoustidAnswerError("an entity has no id")
    return mbid


def text(value: Json, key: str) -> str | None:
    """Return a text; None if it is absent, empty, or something else."""
    found = value.get(key)
    return found if isinstance(found, str) and found else None


def number(value: Json, key: str, highest: float) -> float | None:
    """Return a number from 0 to ``highest``; None if it is absent or no number."""
    found = value.get(key)
    if not isinstance(found, int | float) or isinstance(found, bool):
        return None
    if not 0 <= found <= highest:
        raise AcoustidAnswerError(f"{key} is not from 0 to {highest:g}")
    return float(found)


def integer(value: Json, key: str) -> int | None:
    """Return a whole number from 0 to LARGEST_NUMBER; None if it is absent or no whole number."""
    found = number(value, key, LARGEST_NUMBER)
    return int(found) if found is not None and isinstance(value[key], int) else None


def objects(value: Json, key: str) -> list[Json]:
    """Return a list of objects; empty if it is absent."""
    return list_of_objects(value.get(key) or [], key)


def list_of_objects(value: object, what: str) -> list[Json]:
    """Return a value that must be a list of objects."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise AcoustidAnswerError(f"{what} is no list of objects")
    return value


def _storable_text(found: str) -> str:
    cut = found[:LONGEST_TEXT]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode()
