"""A library that a newer version has migrated: read as far as this version understands it, and never written."""

import io
import json
import sqlite3
from contextlib import closing

import pytest

from passagework.domain.codes import UnknownCode
from passagework.domain.errors import LibraryTooNewError
from passagework.domain.evidence import EvidenceSource
from passagework.domain.failures import FailureCode, WarningCode
from passagework.domain.links import Doubt, LinkState
from passagework.domain.tags import ReplayGain, Tags
from passagework.domain.views import FileState, RunState
from passagework.export.files.export import export_file
from passagework.export.files.text_formats import write_json
from passagework.persistence.file.migrations import load_migrations
from passagework.persistence.file.opening import open_library
from passagework.persistence.read.queries import (
    Curves,
    FailedFiles,
    KnownFiles,
    ListPassages,
    ReviewCuts,
    ReviewList,
    Runs,
    ShowFile,
    ShowPassage,
    Status,
    Summary,
)
from passagework.persistence.read.reader import LibraryReader
from tests.support.named_library import FIRST, SECOND_FILE, make_named_library

NEWEST = len(load_migrations())
FUTURE = f"""
PRAGMA ignore_check_constraints = ON;
ALTER TABLE passage ADD COLUMN dc_offset REAL;
ALTER TABLE file ADD COLUMN mood TEXT;
ALTER TABLE run ADD COLUMN weather TEXT DEFAULT 'fair';
CREATE TABLE playlist (id INTEGER PRIMARY KEY) STRICT;
UPDATE passage SET link_state = 'merged', link_doubt = 'dated conflict';
UPDATE passage_evidence SET statements = replace(statements, '["acoustid"', '["oracle"');
UPDATE file SET state = 'archived', warnings = '["clipped", "silent"]';
UPDATE file SET state = 'failed', failure_code = 'melted' WHERE id = 2;
UPDATE run SET state = 'suspended', accounts = json_set(coalesce(accounts, '{{}}'), '$.mood', 'fine');
UPDATE run_file SET warnings = '["clipped"]';
UPDATE file_tags SET fields = json_set(fields, '$.mood', json_array('blue'), '$.replay_gain.mood', 1);
PRAGMA user_version = {NEWEST + 1};
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "newer.passages"
    make_named_library(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FUTURE)
    return path


@pytest.fixture
def ask(path):
    reader = LibraryReader(path)
    yield reader.query
    reader.close()


def test_its_passages_are_listed_and_shown_with_what_is_new_as_it_is_stored(ask):
    passages = ask(ListPassages(100))
    assert [passage.title.name for passage in passages] == ["Song 9 / My song", "My passage", "Tag title", "Tag title"]
    assert {passage.link_state for passage in passages} == {UnknownCode("merged")}
    assert {passage.doubts for passage in passages} == {frozenset({UnknownCode("dated"), Doubt.CONFLICT})}
    assert {evidence.source for passage in passages for evidence in passage.evidence} == {UnknownCode("oracle")}
    assert ask(ShowPassage(passages[0].guid)) == passages[0]
    assert ask(ReviewList(100)) == passages
    assert ask(ReviewCuts(100)) == ()
    assert ask(ListPassages(100, text="song my")) == passages[:2]


def test_its_files_and_runs_are_shown(ask):
    archived, failed = ask(ShowFile(FIRST)), ask(ShowFile(SECOND_FILE))
    assert (archived.state, archived.warnings) == (
        UnknownCode("archived"),
        (UnknownCode("clipped"), WarningCode.SILENT),
    )
    assert archived.tags == Tags(
        title="Tag title",
        artist_credit="Tag One & Tag Two",
        artists=("Tag One & Tag Two",),
        album="Tag album",
        composers=("Tag composer",),
        disc_number=3,
        track_number=4,
        replay_gain=ReplayGain(
            track_gain=-1.5,
            track_peak=0.25,
            album_gain=-2.5,
            album_peak=0.75,
            r128_track_gain=-6.5,
            r128_album_gain=-7.5,
        ),
    )
    assert (failed.state, failed.failure.code) == (FileState.FAILED, UnknownCode("melted"))
    assert [one.failure.code for one in ask(FailedFiles(9))] == ["melted"]
    assert {file.state for file in ask(KnownFiles((b"/music",)))} == {"archived", "failed"}
    assert ask(Curves(FIRST)).passages == archived.passages
    status = ask(Status())
    assert (status.schema_version, status.link_states) == (NEWEST + 1, (("merged", 4),))
    assert status.file_states == (("archived", 1), ("failed", 1))
    assert [run.state for run in ask(Runs(9))] == ["suspended"]
    assert dict(ask(Summary(1)).warnings) == {"clipped": 2}


def test_it_is_exported(path):
    file = io.BytesIO()
    assert export_file(path, file, write_json) == 4
    assert {json.loads(line)["state"] for line in file.getvalue().splitlines()} == {"merged"}


def test_nobody_writes_it(path):
    with pytest.raises(LibraryTooNewError, match="upgrade"):
        open_library(path)


def test_one_that_this_version_would_misread_is_not_read(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE library SET oldest_reader = ?", (NEWEST + 1,))
        connection.commit()
    with pytest.raises(LibraryTooNewError, match="upgrade"):
        LibraryReader(path)


@pytest.mark.parametrize("codes", [LinkState, Doubt, EvidenceSource, FileState, RunState, FailureCode, WarningCode])
def test_no_code_of_today_is_one_of_the_future_above(codes):
    assert not {"merged", "dated", "oracle", "archived", "melted", "suspended", "clipped"} & set(codes)
