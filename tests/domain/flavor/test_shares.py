"""Shares, rounded so that they sum to 1."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.flavor.shares import Mean, rounded


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=24))
def test_ten_thousandths_are_all_given_to_somebody(shares):
    exact = np.array(shares) / sum(shares)
    names = [str(number) for number in range(len(shares))]
    found = rounded(names, exact)
    assert sum(round(share * 10_000) for _, share in found) == 10_000
    assert [name for name, _ in found] == names
    assert all(abs(share - true) < 1.001e-4 for (_, share), true in zip(found, exact, strict=True))


def test_equal_remainders_go_to_the_first():
    assert rounded("abc", np.full(3, 1 / 3)) == (("a", 0.3334), ("b", 0.3333), ("c", 0.3333))


def test_a_mean_is_weighted():
    mean = Mean()
    mean.add(np.array((1.0, 0.0)), 3.0)
    mean.add(np.array((0.0, 1.0)), 1.0)
    assert mean.finish().tolist() == [0.75, 0.25]
