"""What a file itself says about its pieces: embedded sheets, chapters, cue points."""

import os
from typing import Final

from passagework.audio.decoding.source import AudioSource
from passagework.audio.tags import ReadTags
from passagework.domain.given_cuts import CutSource, GivenCuts
from passagework.domain.sheets.embedded import chapters_in_tags, sheet_in_tags

_BY_DEMUXER: Final = frozenset({"asf", "mp4"})
"""Containers whose chapters the demuxer reads. Of the others, the tags have them, and say more about them."""


def own_pieces(path: bytes, container: str, read: ReadTags, source: AudioSource) -> tuple[GivenCuts, ...]:
    """Return what a file says about its pieces, the most trustworthy first.

    A sheet in the tags has titles, which the block of FLAC files does not have; it is embedded, too.
    """
    found = (
        sheet_in_tags(read.tags, os.path.basename(path)),
        *read.given,
        chapters_in_tags(read.tags),
        source.chapters() if container in _BY_DEMUXER else None,
    )
    order: list[str] = list(CutSource)
    return tuple(sorted((one for one in found if one is not None), key=lambda one: order.index(one.source)))
