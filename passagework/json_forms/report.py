"""The report at the end of an import, for programs. docs/json.md describes each name."""

from collections.abc import Iterable

from passagework.domain.progress import RunReport, ScanProblem
from passagework.domain.views import DeferredItems
from passagework.json_forms.document import path_json
from passagework.json_forms.stale import stale_json
from passagework.json_forms.views import failed_file_json, ticks_json


def report_json(report: RunReport) -> dict[str, object]:
    """Return the report; every count is read from the library, except those of the scan."""
    summary, progress = report.summary, report.progress
    return {
        "run": summary.run.id,
        "state": report.ending,
        "error": report.error,
        "analysed": summary.analysed,
        "tags_read": summary.tags_read,
        "unchanged": progress.files_unchanged,
        "moved": progress.files_moved,
        "failed_before": progress.files_failed_before,
        "ignored": progress.files_ignored,
        "redone_from_library": progress.files_redone,
        "missing": summary.missing,
        "excluded": summary.excluded,
        "found": {kind.value: number for kind, number in summary.run.found},
        "new_failures": report.new_failures,
        "failed": [{**failed_file_json(failed), "new": failed.new} for failed in summary.failed],
        "problems": [problem_json(problem) for problem in report.problems],
        "warnings": dict(summary.warnings),
        "passages": summary.passages,
        "links": dict(summary.link_states),
        "waiting": waiting_json(report.put_off),
        **ticks_json("audio", summary.audio),
        "elapsed_seconds": round(progress.elapsed_seconds, 3),
        **stale_json(report.stale),
    }


def waiting_json(put_off: Iterable[DeferredItems]) -> list[dict[str, object]]:
    """Return what waits for a service."""
    return [{"passages": one.passages, "reason": one.reason, "until_ns": one.until_ns} for one in put_off]


def problem_json(problem: ScanProblem) -> dict[str, object]:
    """Return what could not be scanned."""
    return {**path_json(problem.path), "code": problem.code, "detail": problem.detail}
