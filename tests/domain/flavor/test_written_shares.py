import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.flavor.written_shares import is_name, read_shares, sums_to_1, write_shares
from tests.support.effort import examples


def test_a_person_writes_members_with_their_shares():
    members = (("winter", 0.7), ("late summer", 0.2), ("other", 0.1))

    assert read_shares("winter:0.7, late summer : 0.2,other:.1") == members
    assert write_shares(members) == "winter:0.7,late summer:0.2,other:0.1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "winter",
        "winter:1",
        "winter:0.5,winter:0.5",
        "winter:0.5,:0.5",
        "winter:0.5,summer:-0.5",
        "winter:0.5,summer:1.5",
        "winter:0.5,summer:nan",
        "winter:0.5,summer:inf",
        "winter:0.5,summer:",
        "winter:0,summer:0",
        "winter:0.5,sum\nmer:0.5",
        f"winter:0.5,{'s' * 101}:0.5",
        ",".join(f"m{number}:0.01" for number in range(101)),
    ],
)
def test_what_is_no_list_of_shares_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        read_shares(text)


def test_shares_sum_to_1_as_far_as_people_round():
    assert sums_to_1((("a", 0.33333), ("b", 0.33333), ("c", 0.33334)))
    assert not sums_to_1((("a", 0.333), ("b", 0.333), ("c", 0.333)))


@examples(100)
@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=20).filter(is_name), st.floats(0, 1)),
        min_size=2,
        unique_by=lambda member: member[0],
    )
)
def test_what_is_written_is_read_again_without_loss(members):
    if any(share for _, share in members):
        assert read_shares(write_shares(members)) == tuple(members)
