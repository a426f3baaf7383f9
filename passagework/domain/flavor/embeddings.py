"""What the nets heard, as unit vectors: the direction tells the music, the length how sure the nets are."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.vectors import unpack

EMBEDDING: Final = 400


def unit_embeddings(packed: Sequence[bytes | None]) -> NDArray[np.float32]:
    """Return a unit vector of each embedding, shape (passages, EMBEDDING); zeros where there is none.

    Raises ValueError for what is no embedding.
    """
    rows = np.zeros((len(packed), EMBEDDING), np.float32)
    for place, one in enumerate(packed):
        if one is not None:
            rows[place] = unpack(one, EMBEDDING)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    np.divide(rows, lengths, out=rows, where=lengths > 0)
    return rows


def embedding_distances(some: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far passages are from others, 0 to 2: shape (others,) of one row, and (others, some) of several."""
    together: NDArray[np.float32] = np.sqrt(np.maximum(2 - 2 * (rows @ some.T), np.float32(0.0)))
    return together
