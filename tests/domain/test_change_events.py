"""Each change of a known file has its own event; what is found of new files has another one."""

from passagework.domain.change_events import (
    FileBack,
    FileChanged,
    FileExcluded,
    FileIncluded,
    FileMissing,
    FileMoved,
    event_of,
)
from passagework.domain.changes import Change, FileChange


def test_each_change_has_its_event():
    events = {
        change: event_of(3, FileChange(change, "guid", b"/to", b"/from" if change is Change.MOVED else None))
        for change in Change
    }
    assert events == {
        Change.ADDED: None,
        Change.REDONE: None,
        Change.CHANGED: FileChanged(3, "guid", b"/to"),
        Change.MOVED: FileMoved(3, "guid", b"/to", b"/from"),
        Change.MISSING: FileMissing(3, "guid", b"/to"),
        Change.BACK: FileBack(3, "guid", b"/to"),
        Change.EXCLUDED: FileExcluded(3, "guid", b"/to"),
        Change.INCLUDED: FileIncluded(3, "guid", b"/to"),
    }
