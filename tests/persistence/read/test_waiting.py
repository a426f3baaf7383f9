"""What the linker pulls of a file, with all-distinct values."""

from dataclasses import replace

import pytest

from passagework.domain.analysis import FileAnalysis
from passagework.domain.ids import Mbid
from passagework.persistence.read.queries import WaitingFiles, WaitingGroups
from passagework.persistence.write.writes import StoreAnalysis
from tests.support.distinct import Distinct

PATH = b"/music/distinct.flac"


@pytest.fixture
def analysis(library):
    stored = replace(Distinct().of(FileAnalysis), path=PATH)
    library.write(StoreAnalysis(library.run, stored))
    return stored


def test_a_group_has_its_files_with_tags_passages_and_fingerprints(library, analysis):
    (guid, *_) = library.guids()
    library.connection.execute("UPDATE passage SET user_recording = 'set' WHERE guid = ?", (guid,))
    (group,) = library.ask(WaitingGroups(100, 10**18))
    (file,) = group
    assert (file.path, file.tags, file.passage_count) == (PATH, analysis.tags, len(analysis.passages))
    assert [(one.start, one.end, one.fingerprint, one.due) for one in file.passages] == [
        (passage.start, passage.end, passage.fingerprint, True) for passage in analysis.passages
    ]
    assert {one.guid: one.decided for one in file.passages}[guid] == Mbid("set")
    revision = library.connection.execute("SELECT link_revision FROM file").fetchone()
    assert (file.revision,) == revision


def test_without_services_files_have_the_same_but_for_the_fingerprints(library, analysis):
    ((grouped,),) = library.ask(WaitingGroups(100, 10**18))
    (file,) = library.ask(WaitingFiles(100))
    bare = tuple(replace(passage, fingerprint=None) for passage in grouped.passages)
    assert file == replace(grouped, passages=bare)
