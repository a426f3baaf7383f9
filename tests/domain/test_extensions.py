"""What extensions say is checked: whatever it is, something that can be stored comes of it."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.extensions import (
    EVERYTHING,
    LONGEST_TEXT,
    ExtensionId,
    PassageValue,
    checked_values,
    value_failure,
)

OF = ExtensionId("crest", "1.0")

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
)


@given(ANYTHING | st.dictionaries(st.sampled_from(["a", "b-c", "d_1"]), ANYTHING))
def test_whatever_an_extension_says_can_be_stored(said):
    for one in checked_values(OF, said):
        assert (one.value is None) is (one.failure is not None)
        match one.value:
            case str() as text:
                assert len(text) <= LONGEST_TEXT
                assert text.encode()
            case float() as number:
                assert abs(number) <= 1e300
            case None:
                assert one.failure.isascii()
                assert 0 < len(one.failure) <= LONGEST_TEXT


def test_numbers_of_all_kinds_and_texts_are_kept_and_none_is_nothing_to_say():
    said = {"b": np.float32(0.5), "a": 3, "c": "wide", "d": None, "e": Fraction(1, 4)}
    assert [(one.measure, one.value) for one in checked_values(OF, said)] == [
        *(("a", 3.0), ("b", 0.5), ("c", "wide"), ("e", 0.25)),
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, True, [], "x" * 201, "two\nlines", "\ud800"])
def test_one_wrong_value_costs_no_other(value):
    wrong, right = checked_values(OF, {"a": value, "b": 1})
    assert (wrong.measure, wrong.value, right.failure) == ("a", None, None)


@pytest.mark.parametrize("said", [None, 5, ["a"], {"A": 1}, {5: 1}, {str(n): n for n in range(33)}])
def test_what_has_no_names_is_a_failure_of_all(said):
    (failure,) = checked_values(OF, said)
    assert failure.measure == EVERYTHING
    assert failure.failure is not None


def test_a_reason_is_one_short_line():
    reason = value_failure(OF, "first\n\x1b[31msecond " + "x" * 500).failure
    assert reason.startswith("first ?[31msecond xxx")
    assert len(reason) == LONGEST_TEXT
    assert value_failure(OF, "") == PassageValue("crest", "1.0", "", None, "no reason is known")


@pytest.mark.parametrize("text", ["", "crest", "crest==", "==1", "Crest==1", "crest==1 2", "a" * 65 + "==1"])
def test_what_is_no_name_and_version_is_refused(text):
    with pytest.raises(ValueError, match="no extension"):
        ExtensionId.parse(text)


def test_the_text_of_an_extension_reads_back():
    assert ExtensionId.parse(str(ExtensionId("a-b_c", "2.0.post1+x"))) == ExtensionId("a-b_c", "2.0.post1+x")
