"""The flavor of a passage as values: named shares, the vectors beside them, and how they were made."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from passagework.domain.codes import UnknownCode

FLAVOR_VERSION: Final = 1
"""The version of what makes a flavor; :mod:`passagework.domain.parts` says what came with each."""

Members = tuple[tuple[str, float], ...]
"""Named shares that sum to 1."""

Groups = tuple[tuple[str, Members], ...]
"""Characteristics by name, each with its members."""


class FlavorLevel(StrEnum):
    """How much is found out about the musical character: the setting ``flavor.level``."""

    OFF = "off"
    BASIC = "basic"
    """Without a trained model."""

    FULL = "full"
    """With the trained nets, where they are installed."""

    LACKING = "full-without-nets"
    """FULL is set, and the nets are not there: BASIC, until they are. It is no setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavor:
    """The musical character of a passage, from its own audio.

    ``level`` is BASIC or FULL, as it was made by a ``version``. ``groups`` each sum to 1; what cannot be said is
    absent. ``seconds`` is how much sound they are the mean of: the weight in a centroid. ``tempo`` in beats per minute,
    of which half and double may be meant as well; None where none is heard.

    The vectors are little-endian float16. ``timbre``: mean and covariance of the timbre
    (:mod:`passagework.domain.flavor.vectors`), ``rhythm``: a pattern of the rhythm, ``embedding``: the means of both
    nets. ``patches`` were given to the nets, each raised by ``gain`` dB; ``weights`` tells which weights they have.
    """

    level: FlavorLevel | UnknownCode
    groups: Groups
    seconds: float
    tempo: float | None = None
    timbre: bytes | None = None
    rhythm: bytes | None = None
    embedding: bytes | None = None
    patches: int = 0
    gain: float | None = None
    weights: str | None = None
    version: int = FLAVOR_VERSION

    def likeliest(self, characteristic: str) -> tuple[str, float] | None:
        """Return the member of a characteristic with the largest share; None if nothing is said about it."""
        members = dict(self.groups).get(characteristic, ())
        return max(members, key=lambda member: member[1], default=None)


NOTHING_HEARD: Final = Flavor(level=FlavorLevel.BASIC, groups=(), seconds=0.0)
"""Of a passage that was listened to, and is too short or too quiet to say anything."""


def finite_shares(found: object) -> Groups:
    """Return groups from objects in an object, as they come from JSON.

    Raises ValueError if they are something else, or if a share is not from 0 to 1. What they sum to is not looked at.
    """
    return tuple(
        (name, tuple((member, _share(value)) for member, value in _items(members))) for name, members in _items(found)
    )


def _items(found: object) -> Iterable[tuple[str, object]]:
    match found:
        case dict():
            return found.items()
        case _:
            raise ValueError("shares are objects in an object")


def _share(value: object) -> float:
    match value:
        case bool():
            pass
        case int() | float() if 0 <= value <= 1:
            return float(value)
    raise ValueError(f"{str(value)[:40]} is no share from 0 to 1")
