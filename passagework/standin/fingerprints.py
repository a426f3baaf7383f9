"""Fingerprints in the stand-in: computed from files, decoded from requests, compared."""

import ctypes
import ctypes.util
import os
from contextlib import suppress
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from passagework.audio.decoding.input import opened_input
from passagework.audio.fingerprint import fingerprint
from passagework.domain.fingerprint_text import decode

Items = NDArray[np.uint32]

_SECONDS: Final = 120
_RATE: Final = 44_100
_CHANNELS: Final = 2
_OWN_RATE: Final = 11_025
_TEST2: Final = 1
_ITEM_BITS: Final = 32

_FARTHEST: Final = 80
"""Items by which two fingerprints may be shifted against each other: 9.9 s, like in the service."""

_SMALLEST_OVERLAP: Final = 40
"""Items; a shorter overlap is not compared."""


def likeness(question: Items, known: Items) -> float:
    """Compare two fingerprints by AcoustID's principle: the best alignment within 9.9 s, scored by equal bits.

    0: nothing in common, 1: equal. The scores are not those of the service.
    """
    best = 0.0
    shortest = min(len(question), len(known))
    for shift in range(-_FARTHEST, _FARTHEST + 1):
        one, other = question[max(0, shift) :], known[max(0, -shift) :]
        common = min(len(one), len(other))
        if common < min(_SMALLEST_OVERLAP, shortest):
            continue
        wrong = int(np.bitwise_count(one[:common] ^ other[:common]).sum()) / (common * _ITEM_BITS)
        best = max(best, 1 - 2 * wrong)
    return best


def items_of_file(path: str) -> Items:
    """Fingerprint the first 120 s of a file as far as they can be decoded.

    Uses Chromaprint's library if it is installed, otherwise our code.
    """
    library = _library()
    with opened_input(os.fsencode(path)) as container:
        frames = container.decode(audio=0)
        rate, channels = (_RATE, _CHANNELS) if library is not None else (_OWN_RATE, 1)
        resampler = av.AudioResampler("s16", "stereo" if channels == _CHANNELS else "mono", rate)
        wanted = _SECONDS * rate * channels
        blocks: list[NDArray[np.int16]] = []
        count = 0
        # Of a damaged file, use the part before the damage.
        with suppress(av.FFmpegError):
            for frame in frames:
                for block in resampler.resample(frame):
                    blocks.append(np.asarray(block.to_ndarray(), np.int16).reshape(-1))
                    count += len(blocks[-1])
                if count >= wanted:
                    break
    samples = np.concatenate([np.zeros(0, np.int16), *blocks])
    if library is not None:
        return _by_library(library, samples[:wanted])
    text = fingerprint(samples)
    return decode(text) if text is not None else np.zeros(0, np.uint32)


def maker() -> str:
    """Name the program that computes the fingerprints on this machine."""
    return "the Chromaprint library" if _library() is not None else "Passagework itself"


def _library() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("chromaprint")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    library.chromaprint_new.restype = ctypes.c_void_p
    return library


def _by_library(library: ctypes.CDLL, samples: NDArray[np.int16]) -> Items:
    context = ctypes.c_void_p(library.chromaprint_new(_TEST2))
    try:
        library.chromaprint_start(context, _RATE, _CHANNELS)
        library.chromaprint_feed(context, samples.ctypes.data_as(ctypes.c_void_p), len(samples))
        library.chromaprint_finish(context)
        items, count = ctypes.POINTER(ctypes.c_uint32)(), ctypes.c_int()
        library.chromaprint_get_raw_fingerprint(context, ctypes.byref(items), ctypes.byref(count))
        found = np.array(items[: count.value], np.uint32)
        library.chromaprint_dealloc(items)
        return found
    finally:
        library.chromaprint_free(context)
