"""What fits a field that a person can set, and what is said of what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.edits import Edit, EditError, Subject, edits_of
from passagework.domain.user_fields import FIELDS, LONGEST_SECONDS, fitting, from_text, require

EVERY_FIELD = sorted({field for fields in FIELDS.values() for field in fields})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Ça va ? \U0001f3b5"),
        ("name", "x" * 1000),
        ("date", "1999"),
        ("date", "2000-02-29"),
        ("probability", 0.0),
        ("probability", 1000.0),
        ("approval", "rejected"),
        ("cooldown_seconds", 0),
        ("ramp_seconds", 10 * 366 * 86_400),
        ("weight", 1.0),
    ],
)
def test_what_fits_is_taken_as_it_is(field, value):
    assert fitting(field, value) == value
    assert from_text(field, str(value)) == value
    assert type(from_text(field, str(value))) is type(value)


@pytest.mark.parametrize("mbid", ["0a1b2c3d-4e5f-6789-abcd-ef0123456789", "none"])
def test_a_recording_is_an_mbid_or_none_in_whatever_case(mbid):
    assert fitting("recording", mbid) == fitting("recording", mbid.upper()) == mbid
    with pytest.raises(EditError, match="the MBID of a recording"):
        fitting("recording", f"{mbid}0")


def test_a_whole_number_is_a_probability_and_no_zero_is_negative():
    assert repr(fitting("probability", 2)) == "2.0"
    assert repr(fitting("probability", -0.0)) == "0.0"


@pytest.mark.parametrize("field", EVERY_FIELD)
def test_none_takes_back_and_nothing_typed_is_none(field):
    assert fitting(field, None) is None
    assert from_text(field, "") is None


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("title", "", "1 to 1000 characters, not ''"),
        ("title", " \u3000", "text"),
        ("title", "x" * 1001, "1 to 1000 characters"),
        ("title", "half a pair \ud83c", "text"),
        ("title", "two\nlines", "one line"),
        ("title", "end\0", "one line"),
        ("title", 1999, "not 1999"),
        ("date", "99", "YYYY"),
        ("date", "1999-02-30", "YYYY"),
        ("date", "٢٠٠١", "YYYY"),
        ("probability", float("nan"), "from 0 to 1000, not nan"),
        ("probability", float("inf"), "from 0 to 1000, not inf"),
        ("probability", -1e-9, "from 0 to 1000"),
        ("probability", True, "not True"),
        ("probability", "0.5", "not '0.5'"),
        pytest.param("probability", 10**5000, "thousands of digits", id="huge"),
        ("approval", "aproved", "approved or rejected, not 'aproved'"),
        ("cooldown_seconds", 2**63, "from 0 to 316224000"),
        ("cooldown_seconds", 1.0, "a whole number"),
        ("cooldown_seconds", True, "a whole number"),
        ("ramp_seconds", -1, "from 0"),
        ("weight", 1.01, "from 0 to 1, not 1.01"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_range(field, value, expected):
    with pytest.raises(EditError) as caught:
        fitting(field, value)
    assert expected in str(caught.value)
    assert str(caught.value).startswith(f"{field} must be ")
    str(caught.value).encode()


@pytest.mark.parametrize(
    ("field", "text"),
    [("probability", "0,5"), ("probability", "nan"), ("probability", "1e999"), ("cooldown_seconds", "9" * 5000)],
)
def test_typed_text_that_is_no_such_value_is_refused_in_the_same_words(field, text):
    with pytest.raises(EditError, match=f"^{field} must be "):
        from_text(field, text)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("titel", "did you mean title?"),
        ("cooldown", "did you mean cooldown_seconds?"),
        ("Probability", "did you mean probability?"),
        ("weights", "did you mean weight?"),
        ("mood", "there is title, name, date"),
        ("", "there is title"),
    ],
)
def test_a_field_that_nothing_has_is_refused_with_the_nearest(field, said):
    for check in (fitting, from_text):
        with pytest.raises(EditError) as caught:
            check(field, "x")
        assert said in str(caught.value)


@pytest.mark.parametrize(
    ("subject", "field", "said"),
    [
        (Subject.ARTIST, "title", "an artist has no title; did you mean name?"),
        (Subject.WORK, "name", "a work has no name; did you mean title?"),
        (Subject.ALBUM, "probability", "an album has no probability; there is title, date"),
        (Subject.PASSAGE, "cooldown_seconds", "a passage has no cooldown_seconds"),
    ],
)
def test_a_field_of_another_subject_is_refused(subject, field, said):
    with pytest.raises(EditError) as caught:
        require(subject, field)
    assert said in str(caught.value)


def test_every_subject_has_its_fields():
    for subject, fields in FIELDS.items():
        for field in fields:
            require(subject, field)


def test_values_become_edits_of_one_subject():
    assert edits_of("abc", {"title": "T", "probability": None}) == (
        Edit("abc", "title", "T"),
        Edit("abc", "probability", None),
    )
    assert edits_of("abc", {"weights": {"A": 0.7, "B": 0.3}}) == (
        Edit("abc", "weight", 0.7, "A"),
        Edit("abc", "weight", 0.3, "B"),
    )
    assert edits_of("abc", {"weights": None}) == (Edit("abc", "weight", None),)


@pytest.mark.parametrize("values", [{}, {"weights": {}}])
def test_setting_nothing_is_an_error(values):
    with pytest.raises(EditError, match=r"^there is nothing to set; name a field and its value$"):
        edits_of("abc", values)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()))


@given(st.sampled_from(EVERY_FIELD), VALUES)
def test_whatever_is_given_either_fits_and_can_be_stored_or_is_refused(field, value):
    try:
        fit = fitting(field, value)
    except EditError:
        return
    assert fit is None or (type(fit) in {str, float, int} and fit == value)
    if isinstance(fit, str):
        fit.encode()
    assert fitting(field, fit) == fit


@given(st.sampled_from(EVERY_FIELD), st.floats().map(repr))
def test_whatever_number_is_typed_is_within_the_range_of_its_field_or_refused(field, text):
    try:
        value = from_text(field, text)
    except EditError:
        return
    assert isinstance(value, str) or 0 <= value <= LONGEST_SECONDS


@pytest.mark.parametrize(
    ("field", "least", "most", "beyond"),
    [
        ("probability", 0.0, 1000.0, 1000.1),
        ("weight", 0.0, 1.0, 1.001),
        ("cooldown_seconds", 0, 316_224_000, 316_224_001),
    ],
)
def test_both_ends_of_a_range_fit_and_nothing_beyond(field, least, most, beyond):
    assert (fitting(field, least), fitting(field, most)) == (least, most)
    with pytest.raises(EditError, match=f"^{field} must be a .*; nothing was changed$"):
        fitting(field, beyond)


def test_a_text_may_have_as_many_characters_as_it_may_and_a_date_a_month_alone():
    assert fitting("title", "x" * 1000) == "x" * 1000
    assert [fitting("date", date) for date in ("1999", "1999-12", "1999-12-31")] == ["1999", "1999-12", "1999-12-31"]
    for wrong in ("1999-13", "1999-1", "0000", "1999-00", "99-12-31", 1999):
        with pytest.raises(EditError, match=r"a date as YYYY, YYYY-MM or YYYY-MM-DD"):
            fitting("date", wrong)


def test_a_refusal_is_one_sentence_for_people():
    with pytest.raises(EditError) as caught:
        fitting("approval", "maybe")
    assert str(caught.value) == "approval must be approved or rejected, not 'maybe'; nothing was changed"
    with pytest.raises(EditError) as caught:
        fitting("titel", "x")
    assert str(caught.value) == "nothing has a field 'titel'; did you mean title?; nothing was changed"
    with pytest.raises(EditError) as caught:
        require(Subject.SONG, "date")
    known = "title, probability, cooldown_seconds, ramp_seconds, weight"
    assert str(caught.value) == f"a song has no date; there is {known}; nothing was changed"


def test_a_moment_has_hours_minutes_and_seconds():
    assert [from_text("lead_in", text) for text in ("1:02:03.5", "2:03.5", "3.5")] == [3723.5, 123.5, 3.5]
