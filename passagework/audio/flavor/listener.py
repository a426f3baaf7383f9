"""All that is heard of the musical character of a file: by bands and pitches, and by the nets where they are wanted."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from passagework.audio.flavor.heard_by_nets import hear_passage
from passagework.audio.flavor.meter import FlavorMeter
from passagework.audio.flavor.model_files import installed_nets
from passagework.audio.flavor.nets import Nets
from passagework.audio.flavor.patches import PatchSpool
from passagework.audio.measure.envelope import Block
from passagework.domain.flavor.values import NOTHING_HEARD, Flavor, FlavorLevel
from passagework.domain.spans import Span

_Describe = Callable[[Span], Flavor | None]


class FlavorListener:
    """Listens to the blocks of one decode. Holds some MB, and after hours temporary files, which ``close`` frees.

    ``level`` is BASIC or FULL; FULL without nets in this process is BASIC.
    """

    def __init__(self, sample_rate: int, level: FlavorLevel) -> None:
        nets = installed_nets() if level is FlavorLevel.FULL else None
        self._nets = nets if isinstance(nets, Nets) else None
        self._open = ExitStack()
        self._meter = self._open.enter_context(closing(FlavorMeter(sample_rate)))
        self._patches = None
        if self._nets is not None:
            self._patches = self._open.enter_context(closing(PatchSpool(sample_rate)))
        self._describe: _Describe = _nothing

    def close(self) -> None:
        """Free the memory and the disk space."""
        self._open.close()

    def add(self, block: Block, levels: NDArray[np.float32]) -> None:
        """Listen to the next block. ``levels``: the weighted levels of its hops in dB."""
        self._meter.add(block)
        if self._patches is not None:
            self._patches.add(block, levels)

    def finish(self) -> None:
        """Say that nothing more comes."""
        self._describe = self._meter.finish().of
        if self._patches is not None:
            self._patches.finish()

    def of(self, span: Span) -> Flavor:
        """Return what was heard of a passage, in samples of the file. Only after ``finish``."""
        flavor = self._describe(span) or NOTHING_HEARD
        return flavor if self._nets is None else self._with_nets(flavor, span, self._nets)

    def _with_nets(self, flavor: Flavor, span: Span, nets: Nets) -> Flavor:
        flavor = replace(flavor, level=FlavorLevel.FULL, weights=nets.weights)
        more = None if self._patches is None else hear_passage(nets, self._patches, span)
        if more is None or not flavor.groups:
            return flavor
        return replace(
            flavor,
            groups=flavor.groups + more.groups,
            embedding=more.embedding,
            patches=more.patches,
            gain=more.gain,
        )


def _nothing(_: Span) -> None:
    return None
