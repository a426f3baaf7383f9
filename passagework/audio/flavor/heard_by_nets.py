"""What the trained nets say of a passage, as it is stored."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from passagework.audio.flavor.nets import Nets
from passagework.audio.flavor.patches import PatchSpool
from passagework.domain.flavor.shares import rounded
from passagework.domain.flavor.tag_groups import groups_of_tags
from passagework.domain.flavor.values import Groups, Members
from passagework.domain.spans import Span

_LARGEST: Final = 65_504.0
"""Of a float16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetFlavor:
    """The part of a flavor that the nets add, under the names of :class:`passagework.domain.flavor.values.Flavor`."""

    groups: Groups
    embedding: bytes
    patches: int
    gain: float
    weights: str


def hear_passage(nets: Nets, spool: PatchSpool, span: Span) -> NetFlavor | None:
    """Hear a passage; None where it is too short, or too faint. ``span`` counts samples of the file."""
    found = spool.patches_of(span)
    if found is None:
        return None
    heard = nets.hear(found.samples)
    return NetFlavor(
        groups=tuple(_rounded(name, members) for name, members in groups_of_tags(heard.msd, heard.mtt)),
        embedding=heard.embedding.clip(-_LARGEST, _LARGEST).astype("<f2").tobytes(),
        patches=len(found.samples),
        gain=round(found.gain, 2),
        weights=nets.weights,
    )


def _rounded(name: str, members: Members) -> tuple[str, Members]:
    return name, rounded([member for member, _ in members], np.array([share for _, share in members]))
