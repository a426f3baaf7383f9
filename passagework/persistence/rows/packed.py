"""Columns with packed values: curves, fingerprints, answers. Rows of earlier schemas have the first two otherwise.

What packs and unpacks needs numpy, which most commands do not load.
"""

import sqlite3
import zlib
from typing import Final

from passagework.domain.analysis import FileAnalysis, Fingerprint
from passagework.domain.deflating import inflate
from passagework.persistence.rows.columns import Value
from passagework.persistence.rows.json_texts import encode_gaps, encode_shifted

CURVES: Final = (
    *("envelope_hop", "envelope", "samples_per_point", "waveform", "packing"),
    *("weighted", "doubtful_gaps"),
)
FINGERPRINT: Final = ("fingerprint", "fingerprint_ticks", "shifted", "packed")


def curves_row(analysis: FileAnalysis) -> tuple[Value, ...]:
    """Pack the curves of a file, for the columns CURVES."""
    from passagework.domain.packed_curves import PACKING, pack_extrema, pack_levels  # noqa: PLC0415 - loads numpy

    envelope, waveform = analysis.envelope, analysis.waveform
    levels, extrema = pack_levels(envelope.levels), pack_extrema(waveform.extrema)
    weighted, gaps = pack_levels(analysis.weighted), encode_gaps(analysis.doubtful_gaps)
    return envelope.hop, levels, waveform.samples_per_point, extrema, PACKING, weighted, gaps


def unpacked_levels(envelope: bytes, packing: int | None) -> bytes:
    """Return the levels of an envelope, or the weighted ones."""
    from passagework.domain.packed_curves import PACKING, unpack_levels  # noqa: PLC0415 - loads numpy

    if packing is None:
        return zlib.decompress(envelope)
    if packing != PACKING:
        raise ValueError(f"curves of packing {packing} are of a newer version")
    return unpack_levels(envelope)


def unpacked_extrema(waveform: bytes, packing: int | None) -> bytes:
    """Return the extrema of a waveform."""
    from passagework.domain.packed_curves import PACKING, unpack_extrema  # noqa: PLC0415 - loads numpy

    if packing is None:
        return waveform
    if packing != PACKING:
        raise ValueError(f"curves of packing {packing} are of a newer version")
    return unpack_extrema(waveform)


def fingerprint_row(fingerprint: Fingerprint) -> tuple[Value, ...]:
    """Pack a fingerprint, for the columns FINGERPRINT; a text that is none stays as it is."""
    from passagework.domain.packed_fingerprint import pack_fingerprint  # noqa: PLC0415 - loads numpy

    packed = pack_fingerprint(fingerprint.encoded)
    text = fingerprint.encoded if packed is None else ""
    return text, fingerprint.duration, encode_shifted(fingerprint.shifted), packed


def fingerprint_text(text: str | None, packed: bytes | None) -> str | None:
    """Return the text form of a fingerprint from its two columns; None if there is none, or none that can be read.

    What cannot be read must not stop an import, which makes it anew when it reads the file again.
    """
    if packed is None:
        return text
    from passagework.domain.packed_fingerprint import unpack_fingerprint  # noqa: PLC0415 - loads numpy

    try:
        return unpack_fingerprint(packed)
    except ValueError:
        return None


def curves_can_be_read(envelope: bytes, weighted: bytes | None, waveform: bytes, packing: int | None) -> bool:
    """Tell whether the curves of a row can be unpacked, in a fraction of the time that it takes."""
    from passagework.domain.packed_curves import PACKING  # noqa: PLC0415 - loads numpy

    try:
        for levels in (envelope,) if weighted is None else (envelope, weighted):
            if packing == PACKING:
                # Any levels can be told from any differences, so nothing else can fail.
                inflate(levels)
            else:
                unpacked_levels(levels, packing)
        return len(unpacked_extrema(waveform, packing)) % 2 == 0
    except (ValueError, zlib.error):
        return False


def fingerprint_can_be_read(packed: bytes) -> bool:
    """Tell whether a packed fingerprint can be unpacked, in a fraction of the time that it takes."""
    from passagework.domain.packed_fingerprint import changes_of  # noqa: PLC0415 - loads numpy

    try:
        changes_of(packed)
    except ValueError:
        return False
    return True


def unpacked_answer(body: bytes) -> bytes | None:
    """Return the body of an answer of a service; None if it cannot be read."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return None


def add_unpacking(connection: sqlite3.Connection) -> None:
    """Give a connection the function that gives the text form of a fingerprint."""
    connection.create_function("fingerprint_text", 2, fingerprint_text, deterministic=True)
