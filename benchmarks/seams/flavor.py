"""What is heard of the musical character of a file, and how far passages are from one another by it."""

from passagework.api.similar.vectors import EMBEDDING
from passagework.audio.flavor.listener import FlavorListener
from passagework.audio.flavor.meter import FlavorMeter
from passagework.audio.flavor.model_files import NoNets, installed_nets
from passagework.audio.measure.envelope import hop_length
from passagework.domain.flavor.distances import distances, features
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.spans import Span

__all__ = [
    "EMBEDDING",
    "Flavor",
    "FlavorLevel",
    "FlavorListener",
    "FlavorMeter",
    "Span",
    "distances",
    "features",
    "has_nets",
    "hop_length",
]


def has_nets() -> bool:
    """Tell whether the trained nets are installed."""
    return not isinstance(installed_nets(), NoNets)
