"""From the chroma image to Chromaprint's items: sixteen trained classifiers per item, two bits each."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

_WIDTH: Final = 16
"""Rows of the image that one item depends on; no filter below is wider."""


class _Shape(Enum):
    """Which parts of its rectangle a filter compares. Bands run upwards, rows forwards in time."""

    ALL = 0
    """Everything against nothing."""
    UPPER = 1
    """The upper half of the bands against the lower."""
    LATER = 2
    """The later half of the rows against the earlier."""
    DIAGONAL = 3
    """Upper earlier and lower later quarter against the two other quarters."""
    MIDDLE_BANDS = 4
    """The middle third of the bands against those around it."""
    MIDDLE_ROWS = 5
    """The middle third of the rows against those around it."""


@dataclass(frozen=True, slots=True)
class _Rectangle:
    """A part of the image: rows from the item's first row, and bands; ends are exclusive."""

    row: int
    end_row: int
    band: int
    end_band: int


@dataclass(frozen=True, slots=True)
class _Classifier:
    """A filter (``bands`` high from ``band`` on, ``rows`` wide) and the three thresholds between its four values."""

    shape: _Shape
    band: int
    bands: int
    rows: int
    thresholds: tuple[float, float, float]

    def parts(self) -> tuple[tuple[_Rectangle, ...], tuple[_Rectangle, ...]]:
        """Return the rectangles that are added, and those that are subtracted."""
        rows, low, high = self.rows, self.band, self.band + self.bands
        half_row, third_row = rows // 2, rows // 3
        half_band, third_band = low + self.bands // 2, self.bands // 3
        match self.shape:
            case _Shape.ALL:
                return (_Rectangle(0, rows, low, high),), ()
            case _Shape.UPPER:
                return (_Rectangle(0, rows, half_band, high),), (_Rectangle(0, rows, low, half_band),)
            case _Shape.LATER:
                return (_Rectangle(half_row, rows, low, high),), (_Rectangle(0, half_row, low, high),)
            case _Shape.DIAGONAL:
                return (
                    (_Rectangle(0, half_row, half_band, high), _Rectangle(half_row, rows, low, half_band)),
                    (_Rectangle(0, half_row, low, half_band), _Rectangle(half_row, rows, half_band, high)),
                )
            case _Shape.MIDDLE_BANDS:
                first, second = low + third_band, low + 2 * third_band
                return (
                    (_Rectangle(0, rows, first, second),),
                    (_Rectangle(0, rows, low, first), _Rectangle(0, rows, second, high)),
                )
            case _Shape.MIDDLE_ROWS:
                first, second = third_row, 2 * third_row
                return (
                    (_Rectangle(first, second, low, high),),
                    (_Rectangle(0, first, low, high), _Rectangle(second, rows, low, high)),
                )


# The trained constants of algorithm TEST2, the first in the highest two bits. They define the format: every
# fingerprint in AcoustID's database was computed with them.
_CLASSIFIERS: Final = (
    _Classifier(_Shape.ALL, 4, 3, 15, (1.98215, 2.35817, 2.63523)),
    _Classifier(_Shape.MIDDLE_BANDS, 4, 6, 15, (-1.03809, -0.651211, -0.282167)),
    _Classifier(_Shape.UPPER, 0, 4, 16, (-0.298702, 0.119262, 0.558497)),
    _Classifier(_Shape.DIAGONAL, 8, 2, 12, (-0.105439, 0.0153946, 0.135898)),
    _Classifier(_Shape.DIAGONAL, 4, 4, 8, (-0.142891, 0.0258736, 0.200632)),
    _Classifier(_Shape.MIDDLE_BANDS, 0, 3, 5, (-0.826319, -0.590612, -0.368214)),
    _Classifier(_Shape.UPPER, 2, 2, 9, (-0.557409, -0.233035, 0.0534525)),
    _Classifier(_Shape.LATER, 7, 3, 4, (-0.0646826, 0.00620476, 0.0784847)),
    _Classifier(_Shape.LATER, 6, 2, 16, (-0.192387, -0.029699, 0.215855)),
    _Classifier(_Shape.LATER, 1, 3, 2, (-0.0397818, -0.00568076, 0.0292026)),
    _Classifier(_Shape.MIDDLE_ROWS, 10, 1, 15, (-0.53823, -0.369934, -0.190235)),
    _Classifier(_Shape.DIAGONAL, 6, 2, 10, (-0.124877, 0.0296483, 0.139239)),
    _Classifier(_Shape.LATER, 1, 1, 14, (-0.101475, 0.0225617, 0.231971)),
    _Classifier(_Shape.DIAGONAL, 5, 6, 4, (-0.0799915, -0.00729616, 0.063262)),
    _Classifier(_Shape.UPPER, 9, 2, 12, (-0.272556, 0.019424, 0.302559)),
    _Classifier(_Shape.DIAGONAL, 4, 2, 14, (-0.164292, -0.0321188, 0.0846339)),
)


def items_of_image(image: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return one item of 32 bits for every 16 successive rows of the chroma image.

    ``image``: shape (rows, 12), values from 0 to 1. The result has shape (rows - 15,), or (0,) for fewer rows.

    Source: Y. Ke, D. Hoiem, R. Sukthankar, "Computer Vision for Music Identification" (2005) for the filters on an
    integral image; D. Jang et al., "Pairwise Boosted Audio Fingerprint" (2009) for the quantisation.
    """
    count = max(0, len(image) - _WIDTH + 1)
    integral = np.zeros((image.shape[1] + 1, len(image) + 1))
    integral[1:, 1:] = image.cumsum(axis=1).cumsum(axis=0).T
    items = np.zeros(count, np.uint32)
    for classifier in _CLASSIFIERS:
        answers = np.zeros(count, np.uint32)
        response = _response(integral, classifier, count)
        for threshold in classifier.thresholds:
            answers += response >= threshold
        # Gray code: neighbouring values differ in one bit.
        items <<= 2
        items |= answers ^ (answers >> 1)
    return items


def _response(integral: NDArray[np.float64], classifier: _Classifier, count: int) -> NDArray[np.float64]:
    """Compare the two sides of a filter at each of ``count`` positions: the logarithm of their ratio."""
    for_it, against_it = classifier.parts()
    return np.log((1.0 + _areas(integral, for_it, count)) / (1.0 + _areas(integral, against_it, count)))


def _areas(integral: NDArray[np.float64], rectangles: tuple[_Rectangle, ...], count: int) -> NDArray[np.float64]:
    """Sum the image over the rectangles at each of ``count`` positions. ``integral``: shape (bands + 1, rows + 1)."""
    total = np.zeros(count)
    for part in rectangles:
        before = slice(part.row, part.row + count)
        until = slice(part.end_row, part.end_row + count)
        below, top = integral[part.band], integral[part.end_band]
        total += top[until] - top[before] - below[until] + below[before]
    return total
