from pathlib import Path

import pytest

from passagework.domain.failures import EXPLANATIONS, WARNING_EXPLANATIONS, Failure, FailureCode, WarningCode
from passagework.domain.progress import ScanProblemCode

PAGE = (Path(__file__).parents[2] / "docs" / "failures.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_is_explained_to_people_and_on_the_page_of_failures(code):
    again = "yes" if Failure(code).transient else "no"
    assert f"| `{code}` | {EXPLANATIONS[code]} | {again} |" in PAGE


@pytest.mark.parametrize("code", WarningCode)
def test_every_warning_is_explained_to_people_and_on_the_page_of_failures(code):
    assert f"| `{code}` | {WARNING_EXPLANATIONS[code]} |" in PAGE


@pytest.mark.parametrize("code", ScanProblemCode)
def test_every_problem_of_a_scan_is_on_the_page_of_failures(code):
    assert f"| `{code}` |" in PAGE


def test_a_failure_says_its_detail_behind_the_explanation():
    assert str(Failure(FailureCode.NOT_AUDIO, "it is a JPEG")).endswith("(it is a JPEG)")
