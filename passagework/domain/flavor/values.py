"""The flavor of a passage as values: named shares, the vectors beside them, and how they were made."""

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavor:
    """The musical character of a passage, from its own audio.

    ``level`` is BASIC or FULL, as it was made. ``groups`` each sum to 1; what cannot be said is absent. ``seconds``
    is how much sound they are the mean of: the weight in a centroid. ``tempo`` in beats per minute, of which half and
    double may be meant as well; None where none is heard.

    The vectors are little-endian float16. ``timbre``: mean and covariance of the timbre
    (:mod:`passagework.domain.flavor.vectors`), ``rhythm``: a pattern of the rhythm, ``embedding``: the means of both
    nets. ``patches`` were given to the nets, each raised by ``gain`` dB; ``weights`` tells which weights they have.
    """

    level: FlavorLevel
    groups: Groups
    seconds: float
    tempo: float | None = None
    timbre: bytes | None = None
    rhythm: bytes | None = None
    embedding: bytes | None = None
    patches: int = 0
    gain: float | None = None
    weights: str | None = None
