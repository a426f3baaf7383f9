"""Fit the weights by which joins are heard to made crossfades of real tracks.

    python benchmarks/albums_fit.py MUSIC [MUSIC...] --weights FILE [--held-out FOLDER]

Two tracks each are joined by a crossfade of 2 to 8 s, some with the silence at their ends, some cut in the middle, at
levels that differ by some dB. The net is to find the middle of the crossfade, looked for up to 5 s beside it, as the
lengths of a list tell it. With --held-out it is also tried on pairs of the tracks of that folder. FILE is written for
the package: passagework/audio/joins/weights.npz.

The net has one hidden layer and is fitted by Adam to the logarithm of the likelihood of the places near the middle.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from albums_made import joined, sounding, tracks_of
from cuts import decoded
from cuts_sides import RATE, Samples
from harness import arguments, parsed, table
from numpy.typing import NDArray
from seams.joins import (
    CURVES,
    FIRST,
    FRAMES_PER_SECOND,
    PLACES,
    SpectraMeter,
    Weights,
    curves_around,
    inputs_of,
)

AROUND: Final = 40.0
"""Seconds of each track that are joined."""

UNSURE: Final = 1.8
"""Seconds: the deviation of where the lengths of a list say that a bound is."""

FARTHEST: Final = 5.0
NEAR: Final = 0.4
"""Seconds: the deviation of what counts as the middle."""

HIDDEN: Final = 12
BATCH: Final = 64
LEFT_OUT: Final = (0.2, 0.3)
"""Shares of inputs and of hidden units that are left out at random while fitting."""

DECAY: Final = 0.3

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Examples:
    """Curves around places, shape (examples, frames, CURVES), and the frame of the true middle from the place on."""

    curves: Array
    middles: Array


def pair(one: Samples, other: Samples, chance: Random, *, varied: bool) -> tuple[Samples, float]:
    """Join the end of one track with the begin of another one; give the sound and the middle in seconds."""
    if varied and chance.random() < 1 / 3 and len(one) > 2 * AROUND * RATE:
        one = one[: chance.randrange(round(AROUND * RATE), len(one))]
    if varied and chance.random() < 1 / 3 and len(other) > 2 * AROUND * RATE:
        other = other[chance.randrange(len(other) - round(AROUND * RATE)) :]
    gain = np.float32(10 ** (chance.gauss(0, 3) / 20) if varied else 1)
    length = round(AROUND * RATE)
    made = joined([one[-length:], other[:length] * gain], chance)
    return made.sound, made.middles[0]


def examples(paths: Sequence[Path], count: int, chance: Random, *, varied: bool) -> Examples:
    """Make pairs; each track is read once and then used for many."""
    curves, middles = [], []
    tracks = [decoded(path) for path in paths]
    trimmed = [sounding(track) for track in tracks]
    while len(curves) < count:
        first, second = chance.sample(range(len(paths)), 2)
        one, other = ((tracks if varied and chance.random() < 1 / 2 else trimmed)[at] for at in (first, second))
        sound, middle = pair(one, other, chance, varied=varied)
        meter = SpectraMeter(RATE)
        meter.add(tuple(np.ascontiguousarray(channel) for channel in sound.T))
        place = middle + max(-FARTHEST, min(FARTHEST, chance.gauss(0, UNSURE)))
        at = round((place - FIRST) * FRAMES_PER_SECOND)
        found = curves_around(meter.finish().powers, at, (len(sound), len(sound)))
        if found is not None:
            curves.append(found)
            middles.append((middle - FIRST) * FRAMES_PER_SECOND - at)
    return Examples(np.array(curves), np.array(middles))


def inputs(of: Examples, mean: Array, spread: Array) -> Array:
    return np.array([inputs_of(one, mean, spread) for one in of.curves])


def log_softmax(values: Array) -> Array:
    shifted = values - values.max(axis=1, keepdims=True)
    likely: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return likely


def places() -> Array:
    return np.arange(-PLACES, PLACES, dtype=np.float64)


def prior() -> Array:
    return -0.5 * (places() / (UNSURE * FRAMES_PER_SECOND)) ** 2


def found_within(of: Examples, weights: Weights, seconds: float) -> float:
    """Give the share of the examples whose middle is found."""
    seen = inputs(of, weights.mean, weights.spread)
    logits = np.tanh(seen @ weights.hidden + weights.hidden_bias) @ weights.output + prior()
    likely = np.exp(log_softmax(logits))
    around = np.array([np.convolve(one, np.ones(2 * FRAMES_PER_SECOND - 1), "same") for one in likely])
    errors = places()[around.argmax(axis=1)] - of.middles
    return float((np.abs(errors) <= seconds * FRAMES_PER_SECOND).mean())


def fitted(of: Examples, rounds: int, seed: int) -> Weights:
    """Fit the net."""
    chance = np.random.default_rng(seed)
    flat = of.curves.reshape(-1, CURVES)
    mean, spread = flat.mean(axis=0), flat.std(axis=0) + 1e-3
    seen = inputs(of, mean, spread).astype(np.float32)
    state = {
        "mean": mean,
        "spread": spread,
        "hidden": chance.normal(0, seen.shape[2] ** -0.5, (seen.shape[2], HIDDEN)),
        "hidden_bias": np.zeros(HIDDEN),
        "output": chance.normal(0, HIDDEN**-0.5, HIDDEN),
    }
    learnt = ("hidden", "hidden_bias", "output")
    first, second = ({name: np.zeros_like(state[name]) for name in learnt} for _ in range(2))
    targets = np.exp(-0.5 * ((places() - of.middles[:, None]) / (NEAR * FRAMES_PER_SECOND)) ** 2)
    targets /= targets.sum(axis=1, keepdims=True)
    steps = rounds * -(-len(seen) // BATCH)
    step = 0
    for _ in range(rounds):
        order = chance.permutation(len(seen))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            gradients = gradient(state, seen[batch], targets[batch], chance)
            step += 1
            rate = 8e-3 * min(step / (0.3 * steps), max(0.0, (steps - step) / (0.7 * steps))) + 1e-5
            for name in learnt:
                first[name] = 0.9 * first[name] + 0.1 * gradients[name]
                second[name] = 0.999 * second[name] + 0.001 * gradients[name] ** 2
                moved = first[name] / (1 - 0.9**step) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
                state[name] = state[name] * (1 - rate * DECAY) - rate * moved
    return Weights(**state)


def gradient(
    state: dict[str, Array], seen: NDArray[np.float32], targets: Array, chance: np.random.Generator
) -> dict[str, Array]:
    """Give the gradient of the mean cross-entropy over a batch, with some inputs and units left out."""
    kept_inputs, kept_units = (
        (chance.random(shape) >= share) / (1 - share)
        for shape, share in zip(((len(seen), 1, seen.shape[2]), (len(seen), 1, HIDDEN)), LEFT_OUT, strict=True)
    )
    used = seen * kept_inputs
    units = np.tanh(used @ state["hidden"] + state["hidden_bias"])
    kept = units * kept_units
    wrong = (np.exp(log_softmax(kept @ state["output"] + prior())) - targets) / len(seen)
    to_units = wrong[:, :, None] * state["output"] * kept_units * (1 - units**2)
    return {
        "output": np.einsum("ep,epu->u", wrong, kept),
        "hidden": np.tensordot(used, to_units, axes=((0, 1), (0, 1))),
        "hidden_bias": to_units.sum(axis=(0, 1)),
    }


def main() -> None:
    parser = arguments(__doc__, pairs=2700, rounds=6, seed=1, shortest=45.0, longest=420.0, weights=None)
    parser.add_argument("music", type=Path, nargs="+")
    parser.add_argument("--held-out", type=Path)
    wanted = parsed(parser, pairs=8, rounds=2, shortest=3.0)
    chance = Random(wanted.seed)
    paths = [path for folder in wanted.music for path in tracks_of(folder, wanted.shortest, wanted.longest)]
    others = tracks_of(wanted.held_out, wanted.shortest, wanted.longest) if wanted.held_out else []
    print(f"{len(paths)} tracks, {len(others)} held out", flush=True)
    known = examples(paths, wanted.pairs, chance, varied=True)
    unknown = examples(others, max(8, wanted.pairs // 9), chance, varied=False) if others else None
    weights = fitted(known, wanted.rounds, wanted.seed)
    tried = {"fitted": known} | ({} if unknown is None else {"held out": unknown})
    rows = [[name, *(f"{found_within(of, weights, near):.3f}" for near in (1, 2))] for name, of in tried.items()]
    table(("single joins", "within 1 s", "within 2 s"), rows)
    if wanted.weights is not None:
        arrays = {one.name: getattr(weights, one.name).astype(np.float32) for one in fields(Weights)}
        np.savez_compressed(wanted.weights, **arrays)


if __name__ == "__main__":
    main()
