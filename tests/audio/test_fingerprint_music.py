"""Our Chromaprint against the ``fpcalc`` program on real music of all formats."""

import json
import shutil
import subprocess
from itertools import chain

import av
import numpy as np
import pytest

from passagework.audio.fingerprint import FINGERPRINT_SAMPLES, fingerprint
from passagework.audio.fingerprint.chroma import chroma_image
from passagework.audio.fingerprint.items import items_of_image
from passagework.domain.fingerprint_text import encode

ENOUGH_TRACKS = 15
MADE_HERE = "(vorbis).ogg"
"""Vorbis files that benchmarks/real_music.py makes with FFmpeg's experimental encoder: FFmpeg 5, which fpcalc has in
Debian 12, and the FFmpeg of PyAV decode these to samples up to 0.8 of full scale apart, and real ones to the same."""
FPCALC_RESAMPLING = "11025:filter_size=16:phase_shift=8:linear_interp=1:cutoff=0.8"
DONE, DONE_WITH_A_COMPLAINT = 0, 3
"""Exit codes. Version 1.5 with FFmpeg 5 takes the end of a file for an error after it has done its work."""


@pytest.fixture(scope="module")
def tracks(real_music):
    parts = (sorted((real_music / part).rglob("*.*")) for part in ("wesnoth", "mixed"))
    found = [
        path for path in chain.from_iterable(parts) if path.suffix != ".json" and not path.name.endswith(MADE_HERE)
    ]
    assert len(found) >= ENOUGH_TRACKS
    return found


@pytest.fixture(scope="module")
def fpcalc():
    program = shutil.which("fpcalc")
    if program is None:
        pytest.skip("fpcalc is not installed")

    def run(track, *options):
        done = subprocess.run([program, *options, str(track)], capture_output=True, text=True, check=False)
        assert done.returncode in (DONE, DONE_WITH_A_COMPLAINT), done.stderr
        return done.stdout

    return run


def blocks_as_fpcalc_resamples(track):
    with av.open(str(track)) as container:
        stream = container.streams.audio[0]
        graph = av.filter.Graph()
        source, sink = graph.add_abuffer(template=stream), graph.add("abuffersink")
        resampler = graph.add("aresample", FPCALC_RESAMPLING)
        shape = graph.add("aformat", "sample_fmts=s16:channel_layouts=mono:sample_rates=11025")
        graph.link_nodes(source, resampler, shape, sink).configure()
        for frame in chain(container.decode(stream), [None]):
            graph.push(frame)
            while True:
                try:
                    yield graph.pull().to_ndarray()[0]
                except (BlockingIOError, EOFError):
                    break


def beginning(track):
    blocks, samples = [], 0
    for block in blocks_as_fpcalc_resamples(track):
        blocks.append(block)
        samples += len(block)
        if samples >= FINGERPRINT_SAMPLES:
            break
    return np.concatenate(blocks)[:FINGERPRINT_SAMPLES]


@pytest.mark.slow
@pytest.mark.long
def test_real_music_has_the_fingerprint_that_fpcalc_prints(tracks, fpcalc):
    identical = 0
    for track in tracks:
        pcm = beginning(track)
        ours = items_of_image(chroma_image(pcm))
        theirs = np.array(json.loads(fpcalc(track, "-raw", "-json"))["fingerprint"], np.uint32)
        common = min(len(ours), len(theirs))
        assert abs(len(ours) - len(theirs)) <= 1, track
        wrong_bits = np.unpackbits((ours[:common] ^ theirs[:common]).view(np.uint8)).sum()
        assert wrong_bits < 0.001 * 32 * common, track

        text = fpcalc(track, "-plain").strip()
        assert encode(theirs) == text, track
        identical += fingerprint(pcm) == text
    assert identical > 0.9 * len(tracks)
