import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.credentials import without_credentials
from tests.support.effort import examples


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot reach https://me:secret@example.org/ws", "cannot reach https://…@example.org/ws"),
        ("no library at /home/me/mysql:/me:secret@db", "no library at /home/me/mysql:/…@db"),
        ("'HTTP://token@a', 'http://b'", "'HTTP://…@a', 'http://b'"),
        ("https://me:se/cr@t@example.org", "https://…@example.org"),
        ("mail me@example.org", "mail me@example.org"),
        ("/music/a: b/c@d.flac", "/music/a: b/c@d.flac"),
        ("https://example.org/", "https://example.org/"),
    ],
)
def test_user_and_password_of_an_address_are_hidden_and_nothing_else(text, shown):
    assert without_credentials(text) == shown


@examples(50)
@given(st.text(st.characters(exclude_characters="\"'", exclude_categories=["Z", "C"]), min_size=1))
def test_no_password_is_left_of_an_address(password):
    assert without_credentials(f"(https://me:{password}@host)") == "(https://…@host)"
