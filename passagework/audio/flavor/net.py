"""The forward pass of one net of musicnn, in numpy.

Its layers: filters over time and frequency and over time alone, of which the strongest along the frequencies counts;
three layers over time, each beside what went before; maximum and mean over time; a dense layer, which is the embedding;
and one for the tags. From Pons and Serra, "musicnn" (2019); which array is which follows from their shapes in the
checkpoints.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.flavor.log_mel import BANDS, FRAMES

Array = NDArray[np.float32]

TAGS: Final = 50
EMBEDDING: Final = 200

_TIMBRE: Final = ((7, 38, 1, 204), (7, 67, 1, 204))
_RHYTHM: Final = ((128, 1, 1, 51), (64, 1, 1, 51), (32, 1, 1, 51))
_OVER_TIME: Final = ((7, 561, 1, 64), (7, 64, 1, 64), (7, 64, 1, 64))
_KERNELS: Final = (*_TIMBRE, *_RHYTHM, *_OVER_TIME)
_DENSE: Final = ((1506, EMBEDDING), (EMBEDDING, TAGS))
_NORMS: Final = (1, *(kernel[-1] for kernel in _KERNELS), *(kernel[0] for kernel in _DENSE))
_NORM_PARTS: Final = ("beta", "gamma", "moving_mean", "moving_variance")
_REACH: Final = 3
"""Frames before and behind each one that the filters of 7 frames see."""

_EPSILON: Final = 1e-3
"""Added to variances: TensorFlow's default."""

_AT_ONCE: Final = 4
"""Patches: enough for matrix products to be fast, few enough for their results to stay in the cache."""


def _layer(kind: str, number: int) -> str:
    return f"{kind}_{number}" if number else kind


SHAPES: Final[Mapping[str, tuple[int, ...]]] = {
    **{f"{_layer('conv2d', number)}/kernel": shape for number, shape in enumerate(_KERNELS)},
    **{f"{_layer('conv2d', number)}/bias": shape[-1:] for number, shape in enumerate(_KERNELS)},
    **{f"{_layer('dense', number)}/kernel": shape for number, shape in enumerate(_DENSE)},
    **{f"{_layer('dense', number)}/bias": shape[-1:] for number, shape in enumerate(_DENSE)},
    **{
        f"{_layer('batch_normalization', number)}/{part}": (size,)
        for number, size in enumerate(_NORMS)
        for part in _NORM_PARTS
    },
}
"""The arrays of a net by their names in its checkpoint."""


@dataclass(frozen=True, slots=True)
class _Strongest:
    """Filters of which the strongest result along the frequencies is wanted.

    Scaling keeps the order of results or reverses it, so it waits until the strongest is known; filters whose scale is
    negative are negated, and ``sign`` makes that good.
    """

    kernel: Array
    sign: Array
    bias: Array
    scale: Array
    shift: Array

    def finish(self, strongest: Array) -> Array:
        return _rectified(strongest * self.sign + self.bias) * self.scale + self.shift


@dataclass(frozen=True, slots=True)
class _OverTime:
    """Filters over 7 frames: ``kernel`` of shape (inputs, 7 * outputs)."""

    kernel: Array
    bias: Array
    scale: Array
    shift: Array

    def __call__(self, inputs: Array) -> Array:
        """Return shape (patches, frames, outputs) of (patches, frames, inputs)."""
        patches, frames, _ = inputs.shape
        taps = 2 * _REACH + 1
        products = (inputs.reshape(patches * frames, -1) @ self.kernel).reshape(patches, frames, taps, -1)
        total = np.zeros((patches, frames, self.bias.size), np.float32)
        for tap in range(taps):
            # Outside of the patch is nothing.
            first, end = max(0, _REACH - tap), min(frames, frames + _REACH - tap)
            total[:, first:end] += products[:, first + tap - _REACH : end + tap - _REACH, tap]
        return _rectified(total + self.bias) * self.scale + self.shift


class Net:
    """One net, ready to hear. It is not changed by hearing."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        """``arrays`` are as SHAPES says, and finite."""
        norms = [_norm(arrays, number) for number in range(len(_NORMS))]
        kernels = [arrays[f"{_layer('conv2d', number)}/kernel"][:, :, 0] for number in range(len(_KERNELS))]
        biases = [arrays[f"{_layer('conv2d', number)}/bias"] for number in range(len(_KERNELS))]
        self._scale, self._shift = norms[0]
        layers = list(zip(kernels, biases, norms[1:], strict=False))
        after_timbre, after_rhythm = len(_TIMBRE), len(_TIMBRE) + len(_RHYTHM)
        self._timbre = [_strongest(*layer) for layer in layers[:after_timbre]]
        self._rhythm = [_strongest(*layer) for layer in layers[after_timbre:after_rhythm]]
        self._over_time = [
            _OverTime(np.ascontiguousarray(kernel.transpose(1, 0, 2)).reshape(kernel.shape[1], -1), bias, *norm)
            for kernel, bias, norm in layers[after_rhythm:]
        ]
        pooled_scale, pooled_shift = norms[-2]
        dense = arrays["dense/kernel"]
        self._dense = pooled_scale[:, None] * dense
        self._dense_bias = arrays["dense/bias"] + pooled_shift @ dense
        self._dense_scale, self._dense_shift = norms[-1]
        self._tags, self._tags_bias = arrays["dense_1/kernel"], arrays["dense_1/bias"]

    def hear(self, mels: Array) -> tuple[Array, Array]:
        """Return the tags (patches, TAGS), each between 0 and 1, and the embeddings (patches, EMBEDDING).

        ``mels`` has shape (patches, FRAMES, BANDS), at least one patch.
        """
        heard = [self._hear(mels[first : first + _AT_ONCE]) for first in range(0, len(mels), _AT_ONCE)]
        return np.concatenate([tags for tags, _ in heard]), np.concatenate([embedding for _, embedding in heard])

    def _hear(self, mels: Array) -> tuple[Array, Array]:
        seen = mels * self._scale + self._shift
        features = [np.concatenate([*self._timbres(seen), *self._rhythms(seen)], axis=2)]
        for number, layer in enumerate(self._over_time):
            new = layer(features[-1])
            features.append(new + features[-1] if number else new)
        every = np.concatenate(features, axis=2)
        # Maximum and mean of each feature stand beside each other.
        pooled = np.stack([every.max(axis=1), every.mean(axis=1)], axis=2).reshape(len(mels), -1)
        dense = _rectified(pooled @ self._dense + self._dense_bias)
        embedding = dense * self._dense_scale + self._dense_shift
        # Further out float32 knows only 0 and 1.
        logits = (embedding @ self._tags + self._tags_bias).clip(-80, 80)
        return 1 / (1 + np.exp(-logits)), embedding

    def _timbres(self, seen: Array) -> list[Array]:
        """Apply filters over 7 frames and some bands at all places along the frequencies.

        With the 7 frames of a band beside each other, and bands one after the other, what a filter covers is one piece
        of a row: nothing is copied for a place.
        """
        padded = np.pad(seen, ((0, 0), (_REACH, _REACH), (0, 0)))
        taps = 2 * _REACH + 1
        rows = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, taps, axis=1))
        rows = rows.reshape(-1, BANDS * taps)
        found = []
        for filters in self._timbre:
            covered = len(filters.kernel)
            places = (rows[:, first : first + covered] for first in range(0, BANDS * taps - covered + 1, taps))
            strongest, result = (np.empty((len(rows), filters.bias.size), np.float32) for _ in range(2))
            np.matmul(next(places), filters.kernel, out=strongest)
            for place in places:
                np.maximum(strongest, np.matmul(place, filters.kernel, out=result), out=strongest)
            found.append(filters.finish(strongest).reshape(len(seen), FRAMES, -1))
        return found

    def _rhythms(self, seen: Array) -> list[Array]:
        """Apply filters over many frames to each band. Shorter ones are in the middle of what the longest covers."""
        longest = len(self._rhythm[0].kernel)
        before = (longest - 1) // 2
        padded = np.pad(seen.transpose(0, 2, 1), ((0, 0), (0, 0), (before, longest - 1 - before)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, longest, axis=2)
        rows = len(seen) * FRAMES
        covered = np.empty((len(seen), FRAMES, longest), np.float32)
        strongest = [np.full((rows, one.bias.size), -np.inf, np.float32) for one in self._rhythm]
        result = np.empty((rows, self._rhythm[0].bias.size), np.float32)
        for band in range(BANDS):
            covered[:] = windows[:, band]
            for so_far, filters in zip(strongest, self._rhythm, strict=True):
                length = len(filters.kernel)
                first = before - (length - 1) // 2
                part = covered.reshape(rows, longest)[:, first : first + length]
                np.maximum(so_far, np.matmul(part, filters.kernel, out=result), out=so_far)
        return [
            filters.finish(found).reshape(len(seen), FRAMES, -1)
            for found, filters in zip(strongest, self._rhythm, strict=True)
        ]


def _rectified(values: Array) -> Array:
    return np.maximum(values, np.float32(0))


def _norm(arrays: Mapping[str, Array], number: int) -> tuple[Array, Array]:
    """Return the scale and the shift of a batch normalisation."""
    beta, gamma, mean, variance = (arrays[f"{_layer('batch_normalization', number)}/{part}"] for part in _NORM_PARTS)
    scale = gamma / np.sqrt(variance + np.float32(_EPSILON))
    return scale, beta - mean * scale


def _strongest(kernel: Array, bias: Array, norm: tuple[Array, Array]) -> _Strongest:
    """Prepare a kernel of shape (frames, bands, filters)."""
    scale, shift = norm
    sign = np.where(scale < 0, np.float32(-1), np.float32(1))
    by_place = kernel.transpose(1, 0, 2).reshape(-1, kernel.shape[2])
    return _Strongest(np.ascontiguousarray(by_place * sign), sign, bias, scale, shift)
