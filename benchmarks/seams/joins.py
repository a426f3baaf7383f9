"""What is heard of joins, and the weights by which it is judged: for fitting them."""

from passagework.audio.joins.curves import CURVES, curves_around
from passagework.audio.joins.net import PLACES, Weights, inputs_of
from passagework.audio.joins.spectra import FIRST, FRAMES_PER_SECOND, SpectraMeter

__all__ = [
    "CURVES",
    "FIRST",
    "FRAMES_PER_SECOND",
    "PLACES",
    "SpectraMeter",
    "Weights",
    "curves_around",
    "inputs_of",
]
