"""The text form of a fingerprint: nothing is lost, and the layout is the one that AcoustID reads."""

from base64 import urlsafe_b64decode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.fingerprint_text import encode, is_telling

ITEMS = st.lists(st.integers(0, 2**32 - 1), max_size=80)
NEARLY_CONSTANT_ITEMS = st.builds(
    lambda first, flips: np.bitwise_xor.accumulate([first, *(1 << flip for flip in flips)]).tolist(),
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 31), max_size=80),
)


def decode(text):
    """Read the text form bit by bit, slowly and independently of how it is written."""
    packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    algorithm, count = packed[0], int.from_bytes(packed[1:4], "big")
    stream = int.from_bytes(packed[4:], "little")

    def take(position, width):
        return stream >> position & (1 << width) - 1

    distances, position = [[]], 0
    while len(distances) <= count:
        if value := take(position, 3):
            distances[-1].append(value)
        else:
            distances.append([])
        position += 3
    position = -(-position // 8) * 8
    items, item = [], 0
    for distances_of_item in distances[:count]:
        bit = 0
        for distance in distances_of_item:
            bit += distance
            if distance == 7:
                bit += take(position, 5)
                position += 5
            item ^= 1 << bit - 1
        items.append(item)
    assert -(-position // 8) == len(packed) - 4, "there are bytes that stand for nothing"
    return algorithm, items


def encode_list(items):
    return encode(np.array(items, np.uint32))


@given(ITEMS | NEARLY_CONSTANT_ITEMS)
def test_what_was_encoded_can_be_decoded_again(items):
    assert decode(encode_list(items)) == (1, items)


@given(ITEMS)
def test_the_text_can_stand_in_an_url_as_it_is(items):
    assert set(encode_list(items)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_header_names_the_algorithm_and_counts_the_items():
    assert urlsafe_b64decode(encode_list([0] * 0x10203) + "==")[:4] == bytes([1, 1, 2, 3])


def test_distances_up_to_six_take_three_bits_from_the_lowest_up():
    # bits 0, 6 and 11 change: distances 1, 6, 5, then the closing zero
    assert urlsafe_b64decode(encode_list([1 << 0 | 1 << 6 | 1 << 11]))[4:] == (1 | 6 << 3 | 5 << 6).to_bytes(
        2, "little"
    )


def test_a_distance_from_seven_on_is_continued_among_the_exceptions():
    # bits 6 and 31 change: distances 7 and 25, exceptions 0 and 18
    packed = urlsafe_b64decode(encode_list([1 << 6 | 1 << 31]) + "==")
    assert packed[4:] == (7 | 7 << 3).to_bytes(2, "little") + (0 | 18 << 5).to_bytes(2, "little")


def test_items_of_either_byte_order_and_any_stride_give_the_same_text():
    items = np.array([0x12345678, 0x9ABCDEF0, 0x0F0F0F0F], np.uint32)
    assert encode(np.repeat(items, 2)[::2]) == encode(items.astype(">u4")) == encode(items)


def test_the_items_are_left_as_they_were():
    items = np.array([1, 2, 3], np.uint32)
    encode(items)
    assert items.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("distinct", "count", "telling"),
    [(1, 900, False), (29, 900, False), (30, 900, True), (1, 1, True), (1, 4, False), (2, 4, True), (10, 30, True)],
)
def test_a_fingerprint_tells_something_if_enough_of_its_items_are_distinct(distinct, count, telling):
    assert is_telling(encode(np.arange(count, dtype=np.uint32) % distinct * 977)) is telling


def test_a_text_that_is_no_fingerprint_is_for_the_service_to_judge():
    assert is_telling("AQAA")
