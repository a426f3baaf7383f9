"""Fits the weights that recorded lookups can say something about, and draws them back to where they started.

Model: the songs of one answer exclude each other, and "none of these" has the odds 1, so the chance of song i is
exp(L_i) / (1 + sum exp(L_j)) with L the sum of value times weight. Maximum a posteriori: each fitted weight has a
normal prior around its starting value. Newton steps with the expected curvature, halved while they do not help.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from accuracy_data import Lookup
from accuracy_truth import right_titles
from numpy.typing import NDArray
from seams.identification import STARTING_WEIGHTS, PassageDecision, TermKind, Weights

FITTED = (
    TermKind.BASE,
    TermKind.FINGERPRINT,
    TermKind.ALBUM_CONTEXT,
    TermKind.DURATION_NEAR,
    TermKind.DURATION_OFF,
)
"""Five numbers. The recorded lookups carry no tags, so they say nothing about the other weights."""

PRIOR_DEVIATION = 1.0
ENOUGH = 1e-9
STEPS = 100

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One lookup: a row of values per song, and which songs have a right title (possibly none)."""

    values: Array
    right: NDArray[np.bool_]


def example(lookup: Lookup, decision: PassageDecision) -> Example:
    """Take the values of the terms from a decision; they do not depend on its weights."""
    assert lookup.title is not None
    right = right_titles(lookup.title, lookup.titles)
    rows = []
    for candidate in decision.candidates:
        value = {term.kind: term.value for term in candidate.terms}
        rows.append([value.get(kind, 0.0) for kind in FITTED])
    return Example(np.array(rows), np.array([candidate.title in right for candidate in decision.candidates]))


def fit(examples: Sequence[Example], version: str, deviation: float = PRIOR_DEVIATION) -> Weights:
    """Fit the weights to examples; with none they stay where they start."""
    start = np.array([STARTING_WEIGHTS.of[kind] for kind in FITTED])
    found = start.copy()
    height = _height(examples, found, start, deviation)
    for _ in range(STEPS):
        slope, curvature = _slope(examples, found, start, deviation)
        step = np.linalg.solve(curvature, slope)
        while (better := _height(examples, found + step, start, deviation)) < height and np.abs(step).max() > ENOUGH:
            step /= 2
        found, gain, height = found + step, better - height, better
        if gain < ENOUGH:
            break
    return with_values(dict(zip(FITTED, map(float, found), strict=True)), version)


def with_values(values: Mapping[TermKind, float], version: str) -> Weights:
    """Put fitted weights, with two digits, into the whole table."""
    rounded = {kind: round(value, 2) for kind, value in values.items()}
    return Weights(version, MappingProxyType({**STARTING_WEIGHTS.of, **rounded}))


def _height(examples: Iterable[Example], found: Array, start: Array, deviation: float) -> float:
    total = -float(((found - start) ** 2).sum()) / (2 * deviation**2)
    for one in examples:
        sums = np.append(one.values @ found, 0.0)
        right = np.append(one.right, not one.right.any())
        total += float(np.logaddexp.reduce(sums[right]) - np.logaddexp.reduce(sums))
    return total


def _slope(examples: Iterable[Example], found: Array, start: Array, deviation: float) -> tuple[Array, Array]:
    slope = -(found - start) / deviation**2
    curvature = np.eye(len(found)) / deviation**2
    for one in examples:
        values = np.vstack([one.values, np.zeros(len(found))])
        chances = np.exp(values @ found - np.logaddexp.reduce(values @ found))
        right = np.append(one.right, not one.right.any())
        mean = chances @ values
        slope += (chances * right) @ values / chances[right].sum() - mean
        curvature += (values * chances[:, None]).T @ values - np.outer(mean, mean)
    return slope, curvature
