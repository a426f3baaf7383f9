import re
import uuid

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
