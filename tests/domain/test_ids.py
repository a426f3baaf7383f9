import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.ids import parse_mbid


@given(st.uuids())
def test_every_uuid_is_an_mbid_in_lower_case(value):
    assert parse_mbid(str(value).upper()) == str(value)


@given(
    st.text() | st.text("0123456789abcdefAF-", min_size=35, max_size=37) | st.uuids().map(lambda value: f"{value}\n")
)
def test_nothing_but_a_uuid_is_an_mbid(text):
    is_uuid = re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", text.lower(), re.ASCII)
    assert (parse_mbid(text) is not None) == bool(is_uuid and text.isascii())
    if is_uuid and text.isascii():
        assert uuid.UUID(text)


@pytest.mark.parametrize(
    "text",
    [
        *("00000000-0000-0000-0000-000000000000", "FFFFFFFF-ffff-ffff-ffff-ffffffffffff"),
        *("00000000-0000-4000-8000-000000000000", "ffffffff-ffff-3fff-bfff-ffffffffffff"),
        "11111111-1111-1111-1111-111111111111",
    ],
)
def test_a_placeholder_is_no_mbid(text):
    assert parse_mbid(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("00000000-0000-0000-0000-000000000001", "11111111-1111-4111-8111-111111111111"),
        *("89ad4ac3-39f7-470e-963a-56509c546377", "00000000-0000-4000-8001-000000000000"),
    ],
)
def test_an_id_that_looks_odd_is_an_mbid(text):
    assert parse_mbid(text) == text
