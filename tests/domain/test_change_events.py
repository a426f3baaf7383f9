"""Each change of a known file has its own event; what is found of new files has another one."""

from passagework.domain.change_events import (
    FileBack,
    FileChanged,
    FileExcluded,
    FileIncluded,
    FileMissing,
    FileMoved,
    FileRetagged,
    event_of,
)
from passagework.domain.changes import FileChange, Found


def test_each_change_has_its_event():
    events = {
        found: event_of(3, FileChange(found, "guid", b"/to", b"/from" if found is Found.MOVED else None))
        for found in Found
    }
    assert events == {
        Found.ADDED: None,
        Found.REDONE: None,
        Found.FAILED: None,
        Found.WARNED: None,
        Found.PLACED: None,
        Found.UNPLACED: None,
        Found.CHANGED: FileChanged(3, "guid", b"/to"),
        Found.RETAGGED: FileRetagged(3, "guid", b"/to"),
        Found.MOVED: FileMoved(3, "guid", b"/to", b"/from"),
        Found.MISSING: FileMissing(3, "guid", b"/to"),
        Found.BACK: FileBack(3, "guid", b"/to"),
        Found.EXCLUDED: FileExcluded(3, "guid", b"/to"),
        Found.INCLUDED: FileIncluded(3, "guid", b"/to"),
    }
