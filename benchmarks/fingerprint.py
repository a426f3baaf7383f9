"""Measure our Chromaprint, and beside it the C library where there is one, on the same samples in one run.

    python benchmarks/fingerprint.py [--rounds 20]

The library is the system's, or the one that PASSAGEWORK_CHROMAPRINT names. Figures are CPU time of this process, the
best of the rounds; the two take turns, so that a busy machine is unfair to neither.
"""

import ctypes
import ctypes.util
import os
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from harness import arguments, in_turn, parsed
from numpy.typing import NDArray
from seams.audio import FINGERPRINT_SAMPLES, SAMPLE_RATE, fingerprint

TEST2 = 1
Fingerprinter = Callable[[NDArray[np.int16]], str | None]


def sounding_noise() -> NDArray[np.int16]:
    """Give two minutes of a slow sweep in noise: no step of the algorithm takes a short cut on it."""
    time_s = np.arange(FINGERPRINT_SAMPLES) / SAMPLE_RATE
    sweep = 12000 * np.sin(2 * np.pi * (100 * time_s + 10 * time_s**2))
    return np.rint(sweep + np.random.default_rng(1).normal(0, 3000, FINGERPRINT_SAMPLES)).astype(np.int16)


def c_library() -> Fingerprinter | None:
    path = os.environ.get("PASSAGEWORK_CHROMAPRINT") or ctypes.util.find_library("chromaprint")
    if path is None:
        return None
    library = ctypes.CDLL(path)
    library.chromaprint_new.restype = ctypes.c_void_p

    def run(pcm: NDArray[np.int16]) -> str | None:
        context, text = ctypes.c_void_p(library.chromaprint_new(TEST2)), ctypes.c_char_p()
        library.chromaprint_start(context, SAMPLE_RATE, 1)
        library.chromaprint_feed(context, pcm.ctypes.data_as(ctypes.c_void_p), len(pcm))
        library.chromaprint_finish(context)
        library.chromaprint_get_fingerprint(context, ctypes.byref(text))
        encoded = text.value.decode() if text.value else None
        library.chromaprint_dealloc(text)
        library.chromaprint_free(context)
        return encoded

    return run


def cpu_seconds(fingerprinter: Fingerprinter, pcm: NDArray[np.int16]) -> float:
    begin = time.process_time()
    fingerprinter(pcm)
    return time.process_time() - begin


def main() -> None:
    wanted = parsed(arguments(__doc__, rounds=20), rounds=1)
    pcm = sounding_noise()
    reference = c_library()
    contenders = {"ours": fingerprint} | ({"C library": reference} if reference else {})
    runs = {name: lambda run=run: cpu_seconds(run, pcm) for name, run in contenders.items()}
    best = in_turn(runs, wanted.rounds)
    length = len(pcm) / SAMPLE_RATE
    for name, seconds in best.items():
        print(f"{name:10} {1000 * seconds:6.1f} ms for {length:.0f} s of sound, {length / seconds:6.0f} x real time")
    tracemalloc.start()
    ours = fingerprint(pcm)
    print(f"working memory of ours: {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB at the peak")
    if reference:
        print(f"ours : C library = {best['ours'] / best['C library']:.2f} : 1 in time")
        print(f"the two texts are {'equal' if ours == reference(pcm) else 'DIFFERENT'}")
    else:
        print("no libchromaprint here to compare with")


if __name__ == "__main__":
    main()
