"""The two nets of musicnn together: one trained on the Million Song Dataset, one on MagnaTagATune."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.audio.flavor.log_mel import log_mels
from passagework.audio.flavor.net import Net

_AT_ONCE: Final = 12
"""Patches whose pictures are made together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetHeard:
    """What the nets heard.

    ``msd`` and ``mtt``: the tags of each patch, between 0 and 1, shape (patches, 50), in the order of
    :mod:`passagework.domain.flavor.tag_names`. ``embedding``: the means of both nets, shape (400,).
    """

    msd: NDArray[np.float32]
    mtt: NDArray[np.float32]
    embedding: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nets:
    """Both nets. ``weights`` tells which weights they have. Any thread may use them."""

    msd: Net
    mtt: Net
    weights: str

    def hear(self, patches: NDArray[np.float32]) -> NetHeard:
        """Hear at least one patch. ``patches`` has shape (patches, PATCH_SAMPLES), and is finite."""
        mels = np.concatenate([log_mels(patches[at : at + _AT_ONCE]) for at in range(0, len(patches), _AT_ONCE)])
        msd, of_msd = self.msd.hear(mels)
        mtt, of_mtt = self.mtt.hear(mels)
        return NetHeard(msd=msd, mtt=mtt, embedding=np.concatenate([of_msd, of_mtt], axis=1).mean(axis=0))
