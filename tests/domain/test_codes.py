import pickle
from enum import StrEnum

import pytest

from passagework.domain.codes import ExplainedCode, UnknownCode, open_code
from passagework.domain.failures import FailureCode, WarningCode
from passagework.domain.links import LinkState
from passagework.domain.views import FileState


@pytest.mark.parametrize("codes", [FailureCode, WarningCode, LinkState, FileState])
def test_a_stored_code_opens_as_the_member_that_was_stored(codes):
    for member in codes:
        assert open_code(codes, str(member)) is member


def test_a_code_of_a_newer_version_shows_itself_as_it_is_stored():
    newer = open_code(FailureCode, "eaten-by-the-dog")
    assert isinstance(newer, UnknownCode)
    assert (f"{newer}", newer.value, newer) == ("eaten-by-the-dog",) * 3
    assert "eaten-by-the-dog" in newer.explanation


def test_a_code_of_a_newer_version_crosses_processes():
    again = pickle.loads(pickle.dumps(open_code(LinkState, "guessed")))
    assert (type(again), again) == (UnknownCode, "guessed")


@pytest.mark.parametrize("member", [*FailureCode, *WarningCode, *LinkState])
def test_a_member_crosses_processes_with_its_words(member):
    assert pickle.loads(pickle.dumps(member)) is member
    assert member.explanation


def test_a_code_without_words_fails_where_it_is_written():
    with pytest.raises(TypeError):

        class _Lacking(ExplainedCode):
            BARE = "bare"


def test_a_code_equals_the_text_that_is_stored_of_it():
    assert FailureCode.DAMAGED == "damaged"
    assert issubclass(ExplainedCode, StrEnum)


def test_a_code_of_a_newer_version_says_who_explains_it():
    assert open_code(FailureCode, "odd").explanation == '"odd", which only a newer Passagework explains'
