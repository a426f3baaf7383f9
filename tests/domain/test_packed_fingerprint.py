"""Packed fingerprints: every text comes back exactly as it was, and what is no fingerprint is not packed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.fingerprint_text import encode
from passagework.domain.packed_fingerprint import pack_fingerprint, unpack_fingerprint
from tests.domain.test_fingerprint_text import ITEMS, NEARLY_CONSTANT_ITEMS


@given(ITEMS | NEARLY_CONSTANT_ITEMS)
def test_a_fingerprint_comes_back_as_it_was(items):
    text = encode(np.array(items, np.uint32))
    packed = pack_fingerprint(text)
    assert packed is not None
    assert unpack_fingerprint(packed) == text


def test_a_fingerprint_as_music_has_them_takes_less_than_two_thirds():
    """Classifiers that change in some of the items, up or down by one."""
    chosen = np.random.default_rng(1)
    moves = chosen.choice([0, 1, 3], size=(948, 16), p=[0.8, 0.1, 0.1])
    values = np.array([0, 1, 3, 2])[np.cumsum(moves, axis=0) % 4].astype(np.uint32)
    text = encode(np.bitwise_or.reduce(values << np.arange(0, 32, 2, dtype=np.uint32), axis=1))
    assert len(pack_fingerprint(text) or text) < 0.67 * len(text)


@given(st.text(max_size=40))
def test_any_other_text_is_refused_and_packed_to_nothing(text):
    packed = pack_fingerprint(text)
    assert packed is None or unpack_fingerprint(packed) == text


@pytest.mark.parametrize("text", ["", "AQAA", "AQADtNQ_", "AQAAAg", "fingerprint", "é", "AgAAAA", "AQAAAA=="])
def test_what_is_no_fingerprint_is_not_packed(text):
    assert pack_fingerprint(text) is None


@given(st.text("ABCxyz019_-", max_size=30).map("AQAA".__add__))
def test_no_text_is_packed_that_would_not_come_back(text):
    packed = pack_fingerprint(text)
    assert packed is None or unpack_fingerprint(packed) == text


def test_another_packing_is_refused():
    with pytest.raises(ValueError, match="newer version"):
        unpack_fingerprint(b"\x02" + (pack_fingerprint("AQAAAA") or b"")[1:])
