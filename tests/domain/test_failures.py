import re
from pathlib import Path

import pytest

from passagework.domain.codes import UnknownCode
from passagework.domain.failures import Failure, FailureCode, Retry, WarningCode
from passagework.domain.progress import ScanProblemCode

PAGE = (Path(__file__).parents[2] / "docs" / "failures.md").read_text(encoding="utf-8")

TABLES = [
    [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table.splitlines()[2:]]
    for table in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE)
]
FAILURES, WARNINGS, PROBLEMS, ERRORS, EXIT_CODES = TABLES


def test_the_page_of_failures_lists_each_failure_with_its_words_and_when_it_is_tried_again():
    again = {Retry.BY_ITSELF: "yes", Retry.ON_REQUEST: "no"}
    assert [(f"`{code}`", code.explanation, again[code.retry]) for code in FailureCode] == FAILURES


def test_the_page_of_failures_lists_each_warning_with_its_words():
    assert [(f"`{code}`", code.explanation) for code in WarningCode] == WARNINGS


def test_the_page_of_failures_lists_each_problem_of_a_scan_with_its_words():
    assert [(f"`{code}`", code.explanation) for code in ScanProblemCode] == PROBLEMS


@pytest.mark.parametrize("code", FailureCode)
def test_a_failure_is_transient_where_the_next_import_tries_the_unchanged_file_again(code):
    assert Failure(code).transient == (code.retry is Retry.BY_ITSELF)


def test_a_failure_says_its_detail_behind_the_explanation():
    assert str(Failure(FailureCode.NOT_AUDIO, "it is a JPEG")) == (
        "the content is not audio, whatever the name says (it is a JPEG)"
    )
    assert str(Failure(FailureCode.NOT_AUDIO)) == "the content is not audio, whatever the name says"


def test_a_failure_of_a_newer_version_says_its_code_and_is_not_tried_again_by_itself():
    failure = Failure(UnknownCode("eaten-by-the-dog"), "a poodle")
    assert not failure.transient
    assert str(failure) == '"eaten-by-the-dog", which only a newer Passagework explains (a poodle)'


def test_only_of_some_failures_follows_that_there_is_no_music_in_the_file():
    of_content = {code for code in FailureCode if Failure(code).of_content}
    assert of_content == {
        *(FailureCode.EMPTY_FILE, FailureCode.NOT_REGULAR, FailureCode.NOT_AUDIO, FailureCode.NO_AUDIO_STREAM),
        *(FailureCode.UNSUPPORTED, FailureCode.PROTECTED, FailureCode.DAMAGED),
    }
