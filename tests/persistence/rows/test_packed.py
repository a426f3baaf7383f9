"""Curves and fingerprints in the library: packed, and as earlier schemas stored them."""

import zlib
from base64 import urlsafe_b64encode
from dataclasses import replace

import numpy as np
import pytest

from passagework.domain.analysis import Envelope, Fingerprint, Waveform
from passagework.domain.errors import LibraryError
from passagework.domain.fingerprint_text import encode
from passagework.domain.packed_fingerprint import unpack_fingerprint
from passagework.persistence.read.queries import Curves, WaitingGroups
from passagework.persistence.user.undo import undo_run
from tests.support.library import SECOND

PATH = b"/music/a.flac"
LEVELS = bytes([0, 255, 7, 7, 90, 91])
EXTREMA = b"\x81\x7f\x80\x00\xfe\x05"
TEXT = encode(np.array([1, 3, 2**32 - 1, 77], np.uint32))
OTHER_TEXT = encode(np.array([2], np.uint32))
CURVES = "SELECT envelope, waveform, packing FROM file_curves"
FINGERPRINT = "SELECT fingerprint, packed FROM passage_fingerprint"
AS_BEFORE = (
    ("UPDATE file_curves SET envelope = ?, waveform = ?, packing = NULL", (zlib.compress(LEVELS), EXTREMA)),
    ("UPDATE passage_fingerprint SET fingerprint = ?, packed = NULL", (TEXT,)),
)
"""What makes the rows those of an earlier schema."""


@pytest.fixture
def analysis(make):
    return make.analysis(
        PATH,
        envelope=Envelope(441, LEVELS),
        waveform=Waveform(1300, EXTREMA),
        passages=(make.passage(0, 60, fingerprint=Fingerprint(TEXT, 60 * SECOND)),),
    )


@pytest.fixture
def stored(library, make, analysis):
    library.write(replace(make.store(library.run), analysis=analysis))
    return library


@pytest.fixture
def of_before(stored):
    """The library with its rows as earlier schemas had them."""
    for statement, values in AS_BEFORE:
        stored.connection.execute(statement, values)
    return stored


def shown(library):
    """Give the curves and the fingerprint as programs get them, and the fingerprint that would be looked up."""
    found = library.ask(Curves(PATH))
    ((waiting,),) = library.ask(WaitingGroups(limit=10, now_ns=1))
    fingerprint = waiting.passages[0].fingerprint
    looked_up = fingerprint and fingerprint.encoded
    return found.envelope.levels, found.waveform.extrema, found.passages[0].fingerprint, looked_up


def test_they_are_stored_packed(stored):
    envelope, waveform, packing = stored.connection.execute(CURVES).fetchone()
    assert (packing, LEVELS in envelope, EXTREMA in waveform) == (1, False, False)
    text, packed = stored.connection.execute(FINGERPRINT).fetchone()
    assert (text, unpack_fingerprint(packed)) == ("", TEXT)
    assert shown(stored) == (LEVELS, EXTREMA, TEXT, TEXT)


def test_rows_of_earlier_schemas_are_read(of_before):
    assert of_before.connection.execute(FINGERPRINT).fetchone() == (TEXT, None)
    assert shown(of_before) == (LEVELS, EXTREMA, TEXT, TEXT)


def test_reading_the_file_again_packs_them_and_does_not_identify_it_again(of_before, make, analysis):
    """The fingerprint is the same, however it is stored. Undoing the run gives back what was there."""
    revision = "SELECT link_revision FROM file"
    before = of_before.connection.execute(revision).fetchone()
    of_before.new_run()
    of_before.write(replace(make.store(of_before.run), analysis=analysis))
    assert of_before.connection.execute(CURVES).fetchone()[2] == 1
    assert of_before.connection.execute(FINGERPRINT).fetchone()[0] == ""
    assert shown(of_before) == (LEVELS, EXTREMA, TEXT, TEXT)
    assert of_before.connection.execute(revision).fetchone() == before
    undo_run(of_before.connection, of_before.run, 1)
    assert of_before.connection.execute(FINGERPRINT).fetchone() == (TEXT, None)
    assert shown(of_before) == (LEVELS, EXTREMA, TEXT, TEXT)


def test_another_fingerprint_is_identified_again(of_before, make, analysis):
    (passage,) = analysis.passages
    other = replace(analysis, passages=(replace(passage, fingerprint=Fingerprint(OTHER_TEXT, 60 * SECOND)),))
    before = of_before.connection.execute("SELECT link_revision FROM file").fetchone()[0]
    of_before.new_run()
    of_before.write(replace(make.store(of_before.run), analysis=other))
    assert of_before.connection.execute("SELECT link_revision FROM file").fetchone() == (before + 1,)


def test_a_fingerprint_that_cannot_be_packed_stays_text(library, make):
    text = urlsafe_b64encode(b"no fingerprint").decode()
    fingerprint = Fingerprint(text, 60 * SECOND)
    library.write(make.store(library.run, passages=(make.passage(0, 60, fingerprint=fingerprint),)))
    assert library.connection.execute(FINGERPRINT).fetchone() == (text, None)
    assert shown(library)[2:] == (text, text)


def test_curves_of_a_newer_packing_are_refused_with_its_number(stored):
    stored.connection.execute("UPDATE file_curves SET packing = 7")
    with pytest.raises(LibraryError, match="packing 7"):
        stored.ask(Curves(PATH))


@pytest.mark.parametrize("column", ["envelope", "waveform"])
@pytest.mark.parametrize("packing", [1, None])
def test_curves_that_cannot_be_read_are_an_error_until_their_file_is_read_again(
    stored, make, analysis, column, packing
):
    stored.connection.execute(f"UPDATE file_curves SET packing = ?, {column} = ?", (packing, b"\x01\x02\xff"))
    with pytest.raises(LibraryError, match=r"/music/a\.flac cannot be read"):
        stored.ask(Curves(PATH))
    stored.new_run()
    stored.write(replace(make.store(stored.run), analysis=analysis))
    assert shown(stored) == (LEVELS, EXTREMA, TEXT, TEXT)


@pytest.mark.parametrize(
    "garbage", [b"", b"\x01", b"\x01\x02\x03\x04", b"\x07\x00\x00\x04abcd", b"\x01\xff\xff\xff\x03\x00"]
)
def test_a_packed_fingerprint_that_cannot_be_read_is_none_until_its_file_is_read_again(stored, make, analysis, garbage):
    stored.connection.execute("UPDATE passage_fingerprint SET packed = ?", (garbage,))
    assert shown(stored)[2:] == (None, None)
    stored.new_run()
    outcome = stored.write(replace(make.store(stored.run), analysis=analysis))
    assert outcome.rejected == ()
    assert shown(stored)[2:] == (TEXT, TEXT)
