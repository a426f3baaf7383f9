import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from passagework.cli.output.report import exit_code_for, print_report
from passagework.domain.exit_codes import ExitCode
from passagework.domain.failures import WarningCode
from passagework.domain.links import LinkState
from passagework.domain.progress import ScanProblem, ScanProblemCode
from passagework.domain.views import DeferredItems, RunState
from passagework.json_forms.report import report_json


@pytest.fixture
def report(small_library):
    return small_library.report


def test_the_report_names_every_failed_file_with_code_and_reason_and_counts_what_the_library_holds(
    report, small_library, capsys
):
    print_report(report, small_library.path)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("root-missing: ")
    assert lines[1].startswith("not-audio: ")
    assert "the content is not audio" in lines[1]
    assert lines[2].startswith("done: 2 files analysed (0:04.000 of audio")
    assert lines[2].endswith("0 unchanged, 1 failed (1 new), 0 missing")
    assert lines[3] == "passages: 2 (2 named by the text of their tags)"
    assert lines[-1] == f"library: {small_library.path}"


def test_the_report_says_what_a_warning_means_and_which_command_names_the_files(report, small_library, capsys):
    summary = replace(report.summary, warnings=((WarningCode.SILENT, 3),))
    print_report(replace(report, summary=summary), small_library.path)
    assert capsys.readouterr().out.splitlines()[-3:-1] == [
        f"warning silent: 3 files ({WarningCode.SILENT.explanation})",
        f"the files with warnings: passagework runs show {report.summary.run.id}",
    ]
    print_report(replace(report, summary=summary), small_library.path, tried=True)
    assert "runs show" not in capsys.readouterr().out


def test_what_follows_from_a_problem_is_said(report, small_library, capsys):
    codes = ("root-missing", "folder-not-mounted", "inodes-not-used", "move-ambiguous")
    print_report(with_problems(report, *map(ScanProblemCode, codes)), small_library.path)
    unchanged = "; nothing was changed for it"
    ends = (unchanged, unchanged, "", "; it counts as a new file")
    expected = [f"{code}: /music (){end}" for code, end in zip(codes, ends, strict=True)]
    assert capsys.readouterr().out.splitlines()[: len(codes)] == expected


def test_no_name_can_end_a_line_or_steer_the_terminal(report, small_library, capsys):
    print_report(report, small_library.path)
    out = capsys.readouterr().out
    assert {character for character in out if not character.isprintable()} == {"\n"}
    assert r"bad\r\x1b[2J.mp3" in out
    assert r"no\nsuch folder" in out


def test_the_report_as_json_says_the_same(report):
    data = json.loads(json.dumps(report_json(report)))
    assert (data["analysed"], data["passages"], data["new_failures"], data["state"]) == (2, 2, 1, "completed")
    assert [failed["code"] for failed in data["failed"]] == ["not-audio"]
    assert data["failed"][0]["path"].endswith("bad\r\x1b[2J.mp3")
    assert [problem["code"] for problem in data["problems"]] == ["root-missing"]
    assert data["error"] is None


def with_problems(report, *codes):
    return replace(report, problems=tuple(ScanProblem(code, b"/music", "") for code in codes))


def failed_to_link(report):
    return replace(report, summary=replace(report.summary, link_states=((LinkState.FAILED, 3),)))


def known(report):
    failed = tuple(replace(failed, new=False) for failed in report.summary.failed)
    return replace(report, summary=replace(report.summary, failed=failed))


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (lambda report: with_problems(known(report)), ExitCode.OK),
        (lambda report: with_problems(known(report), ScanProblemCode.FOLDER_UNREADABLE), ExitCode.OK),
        (with_problems, ExitCode.FAILED),
        (lambda report: with_problems(failed_to_link(known(report))), ExitCode.FAILED),
        (lambda report: report, ExitCode.NOTHING_FOUND),
        (
            lambda report: with_problems(replace(report, progress=replace(report.progress, files_seen=0))),
            ExitCode.NOTHING_FOUND,
        ),
        (lambda report: replace(report, state=RunState.CANCELLED), ExitCode.INTERRUPTED),
        (
            lambda report: replace(report, state=RunState.CANCELLED, error="no worker process could be started"),
            ExitCode.FAILED,
        ),
    ],
    ids=[
        "well",
        "a folder unreadable",
        "new failures",
        "failed to link",
        "root missing",
        "nothing found",
        "cancelled",
        "no workers",
    ],
)
def test_the_exit_code_says_how_the_run_ended(report, ending, code):
    assert exit_code_for(ending(report)) is code


def test_a_run_that_could_not_go_on_says_why(report, small_library, capsys):
    broken = replace(report, state=RunState.CANCELLED, error="no worker process could be started: no\x1bnumpy")
    print_report(broken, small_library.path)
    assert r"cancelled: no worker process could be started: no\x1bnumpy" in capsys.readouterr().out


def test_what_waits_is_said_with_its_reason_and_the_moment_of_the_next_try(report, small_library, capsys):
    later = time.time_ns() + 3_600 * 10**9
    waiting = (
        DeferredItems(12, "acoustid-limited: a\x1bpause", later),
        DeferredItems(3, "musicbrainz-timeout: slow", 1),
    )
    print_report(replace(report, put_off=waiting), small_library.path)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("waiting: ")]
    moment = datetime.fromtimestamp(later / 1e9, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    assert lines == [
        rf"waiting: 12 passages (acoustid-limited: a\x1bpause); an import after {moment} continues with them",
        "waiting: 3 passages (musicbrainz-timeout: slow); the next import continues with them",
    ]
    assert report_json(replace(report, put_off=waiting))["waiting"][0] == {
        "passages": 12,
        "reason": "acoustid-limited: a\x1bpause",
        "until_ns": later,
    }
