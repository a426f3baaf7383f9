"""The folders of ``benchmarks/real_music.py``, with minutes of music instead of hours."""

import importlib
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import numpy as np
import pytest

from tests.support.folders import PROJECT

MINUTES = 0.35
LONG_HOURS = 0.27
"""Decoded as a whole this would be 343 MB: more than tests allow an analysis to take."""

WHOLE_TRACKS = 2
SILENCE = "silence.ogg"


def make_small_music(tracks, folder):
    """Build the four parts from a folder of Ogg Vorbis tracks, and return their folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PROJECT / "benchmarks"))
        builder = importlib.import_module("real_music")
    sources = sorted(tracks.rglob("*.ogg"), key=lambda path: path.name)
    shortest = sorted(sources, key=lambda path: path.stat().st_size)[:WHOLE_TRACKS]
    silence = folder / SILENCE
    if silence.exists():
        return folder
    builder.encode_blocks(silence, [np.zeros((10 * 44_100, 2), np.float32)], 44_100, 2, builder.AudioForm.VORBIS)

    def transcode_all(part):
        # One source comes in two forms, and one file is silent, as in the soundtrack that hours are built of.
        pairs = [*zip([*sources, silence], cycle(builder.MIXED_FORMS)), (sources[0], builder.AudioForm.MP3_BARE)]
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda pair: builder.transcode(*pair, part, MINUTES), pairs))

    builder.build_part(folder / "wesnoth", lambda part: builder.copy_tracks([*shortest, silence], part))
    builder.build_part(folder / "mixed", transcode_all)
    builder.build_part(folder / "stamped", lambda part: builder.stamp_copies(folder / "mixed", part))
    builder.build_part(folder / "long", lambda part: builder.concatenate(sources, part, LONG_HOURS))
    return folder
