"""Events of runs and watches, for programs. docs/service.md describes them."""

import re
from typing import Final

from passagework.domain.edits import Edited
from passagework.domain.failures import Failure
from passagework.domain.files import display_path
from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.progress import Event, Progress, RefreshPlanned, RunFinished, RunReport, ScanProblem
from passagework.domain.scan_scope import UnfinishedFile
from passagework.domain.undo import Undone
from passagework.domain.units import Ticks
from passagework.domain.views import Stale
from passagework.json_forms.document import path_json
from passagework.json_forms.views import edited_json, ticks_json

_BEFORE_CAPITALS: Final = re.compile(r"(?<!^)(?=[A-Z])")
_NAMES: Final[dict[type, str]] = {}


def event_name(event: Event) -> str:
    """Return the name of an event: that of its class, as ``file-finished``."""
    kind = type(event)
    if kind not in _NAMES:
        _NAMES[kind] = _BEFORE_CAPITALS.sub("-", kind.__name__).lower()
    return _NAMES[kind]


def event_json(event: Event) -> dict[str, object]:
    """Return an event by the names of its fields; of the report at the end of a run, the numbers alone."""
    if isinstance(event, RunFinished):
        return {"run": event.run, **_ended_json(event.report)}
    found: dict[str, object] = {}
    for name in event.__dataclass_fields__:
        found |= _value_json(name, getattr(event, name))
    return found


def _value_json(name: str, value: object) -> dict[str, object]:
    found: dict[str, object] = {name: value}
    match value:
        case bytes():
            text = path_json(value)
            found = {name: text["path"], f"{name}_hex": text["path_hex"]}
        case Failure():
            found = {name: {"code": value.code, "reason": str(value)}}
        case ScanProblem():
            found = {name: {**path_json(value.path), "code": value.code, "detail": value.detail}}
        case UnfinishedFile():
            found = path_json(value.path)
        case Stale():
            found = {f"{name}_files": value.files}
        case int() if name == "audio":
            found = ticks_json(name, Ticks(value))
        case tuple() | frozenset():
            found = {name: [_item_json(one) for one in value]}
        case Undone() | Forgotten() | Forget():
            found = {name: {field: _item_json(getattr(value, field)) for field in value.__dataclass_fields__}}
        case _:
            """It is as JSON has it."""
    return found


def _item_json(value: object) -> object:
    """Return what stands within a field; of a path the text that people are shown."""
    match value:
        case Edited():
            return edited_json(value)
        case bytes():
            return display_path(value)
        case tuple() | frozenset():
            return [_item_json(one) for one in value]
        case _:
            return value


def _ended_json(report: RunReport) -> dict[str, object]:
    summary, progress = report.summary, report.progress
    return {
        "state": report.ending,
        "error": report.error,
        "analysed": summary.analysed,
        "tags_read": summary.tags_read,
        "failed": len(summary.failed),
        "new_failures": report.new_failures,
        "missing": summary.missing,
        "excluded": summary.excluded,
        "problems": len(report.problems),
        "passages": summary.passages,
        **ticks_json("audio", summary.audio),
        "elapsed_seconds": round(progress.elapsed_seconds, 3),
    }


def progress_json(progress: Progress) -> dict[str, object]:
    """Return how far a run is."""
    left, speed = progress.seconds_left, progress.speed
    return {
        "phase": progress.phase.value,
        "files_seen": progress.files_seen,
        "files_unchanged": progress.files_unchanged,
        "files_moved": progress.files_moved,
        "files_failed_before": progress.files_failed_before,
        "files_ignored": progress.files_ignored,
        "files_expected": progress.files_expected,
        "bytes_expected": progress.bytes_expected,
        "expected_complete": progress.expected_complete,
        "files_analysed": progress.files_analysed,
        "files_tags_read": progress.files_tags_read,
        "files_failed": progress.files_failed,
        "files_verified": progress.files_verified,
        "files_redone": progress.files_redone,
        "files_linked": progress.files_linked,
        "bytes_done": progress.bytes_done,
        "in_flight": progress.in_flight,
        "passages": progress.passages,
        **ticks_json("audio", progress.audio),
        "elapsed_seconds": round(progress.elapsed_seconds, 3),
        "speed": None if speed is None else round(speed, 2),
        "seconds_left": None if left is None else round(left, 1),
        "paused": progress.paused,
        "refresh_one_at_a_time": None if progress.refresh is None else _one_at_a_time(progress.refresh),
    }


def _one_at_a_time(planned: RefreshPlanned) -> bool:
    return planned.one_at_a_time
