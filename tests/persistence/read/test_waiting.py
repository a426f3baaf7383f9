"""What the linker pulls of a file, with all-distinct values."""

from dataclasses import replace

import pytest

from passagework.domain.analysis import FileAnalysis
from passagework.domain.ids import Mbid
from passagework.domain.waiting import FileAsCut
from passagework.persistence.read.queries import WaitingFiles, WaitingGroups
from passagework.persistence.write.writes import StoreAnalysis
from tests.support.distinct import Distinct

PATH = b"/music/distinct.flac"


@pytest.fixture
def analysis(library):
    stored = replace(Distinct().of(FileAnalysis), path=PATH, made_cuts=None, made_list=None)
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
    assert file.as_cut == FileAsCut(
        run=library.run,
        stamp=analysis.stamp,
        audio_hash=analysis.audio_hash,
        duration=analysis.duration,
        cut_by=analysis.cut_by,
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("user_title", "a"),
        ("probability", 0),
        ("approval", "approved"),
        ("user_lead_in_ticks", 0),
        ("user_lead_out_ticks", 0),
    ],
)
def test_a_group_says_on_which_passages_a_person_has_set_something(library, analysis, column, value):
    (guid, *others) = library.guids()
    library.connection.execute(f"UPDATE passage SET {column} = ? WHERE guid = ?", (value, guid))
    ((file,),) = library.ask(WaitingGroups(100, 10**18))
    assert {one.guid: one.is_set for one in file.passages} == {guid: True, **dict.fromkeys(others, False)}


def test_a_group_says_how_its_files_are_cut(library, analysis):
    library.connection.execute("UPDATE file SET user_cuts = '[]', track_list = 'list', made_list = 'made', cut_by = ''")
    ((file,),) = library.ask(WaitingGroups(100, 10**18))
    now = file.as_cut
    assert (now.by_person, now.track_list, now.made_list, now.cut_by) == (True, "list", "made", None)
    library.connection.execute("UPDATE file SET cut_by = 'track-list'")
    ((grouped,),), (bare,) = library.ask(WaitingGroups(100, 10**18)), library.ask(WaitingFiles(100))
    assert (file.by_list, grouped.by_list, bare.by_list) == (False, True, True)
    library.connection.execute("UPDATE file SET cut_by = '', user_cuts = NULL")
    ((file,),) = library.ask(WaitingGroups(100, 10**18))
    assert file.as_cut == now, "what a newer version cuts is as if a person had done it"


def test_without_services_files_have_the_same_but_for_the_fingerprints(library, analysis):
    ((grouped,),) = library.ask(WaitingGroups(100, 10**18))
    (file,) = library.ask(WaitingFiles(100))
    bare = tuple(replace(passage, fingerprint=None) for passage in grouped.passages)
    assert file == replace(grouped, passages=bare, as_cut=None)
