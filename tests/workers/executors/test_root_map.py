"""Folders with another name elsewhere."""

import pytest

from passagework.domain.analysis import FailedAnalysis
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob
from passagework.workers.root_map import RootMap

ROOTS = RootMap.of({"/music": "/mnt/nas", "/music/new/": "/srv/new", "/other": "/"})


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (b"/music/a/b.flac", b"/mnt/nas/a/b.flac"),
        (b"/music/new/b.flac", b"/srv/new/b.flac"),
        (b"/musical/b.flac", b"/musical/b.flac"),
        (b"/music/\xff.mp3", b"/mnt/nas/\xff.mp3"),
        (b"/other/c.wav", b"/c.wav"),
        (b"/music", b"/mnt/nas"),
    ],
)
def test_the_deepest_folder_that_holds_a_file_decides(ours, theirs):
    assert ROOTS.there(ours) == theirs


@pytest.mark.parametrize(("there", "here"), [(100, 7), (3_000_000_000, 3_000_000_000)])
def test_a_result_names_our_file_and_a_time_that_was_only_rounded_is_ours(there, here):
    work = AnalysisJob(b"/music/a", FileStamp(5, 7, 1, 2), AnalysisRules())
    result = FailedAnalysis(b"/mnt/nas/a", FileStamp(5, there, 8, 9), Failure(FailureCode.NOT_AUDIO))
    assert RootMap.result_here(work, result) == FailedAnalysis(
        b"/music/a", FileStamp(5, here, 1, 2), Failure(FailureCode.NOT_AUDIO)
    )
