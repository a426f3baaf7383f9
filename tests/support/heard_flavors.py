"""Flavors with vectors, as if they had been heard."""

import numpy as np

from passagework.api.similar.vectors import EMBEDDING
from passagework.domain.flavor.rhythm import CHANGES, PATTERN
from passagework.domain.flavor.timbre import COEFFICIENTS
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.flavor.vectors import pack, pack_rhythm, pack_timbre


def heard(at, *, timbre=True, rhythm=True, embedding=None, groups=(), weights="w", seed=0, **more):
    """Make a flavor: the nearer ``at`` is, the more alike are two, and by ``embedding``, in degrees, to the nets."""
    rng = np.random.default_rng(seed)
    mean, spread = rng.normal(size=COEFFICIENTS), rng.normal(size=(COEFFICIENTS, COEFFICIENTS))
    pattern = np.roll(np.linspace(1, 2, PATTERN), int(at))
    return Flavor(
        level=FlavorLevel.BASIC if embedding is None else FlavorLevel.FULL,
        groups=groups,
        seconds=60.0,
        timbre=pack_timbre(mean + at, spread @ spread.T * 9) if timbre else None,
        rhythm=pack_rhythm(pattern / pattern.sum(), np.ones(CHANGES)) if rhythm else None,
        embedding=None if embedding is None else pack(_on_circle(embedding)),
        patches=0 if embedding is None else 8,
        weights=None if embedding is None else weights,
        **more,
    )


def _on_circle(degrees):
    vector = np.zeros(EMBEDDING)
    vector[:2] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return vector
