"""The importer as a host in the same process sees it, on real audio, without child processes."""

import logging
import os
import sqlite3
import threading
from contextlib import closing

import pykka
import pytest

from passagework import Forget, Forgotten, Importer, InlineExecutor, load_settings
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import NobodyThereError
from passagework.actors.session.session import RunUnderWayError
from passagework.actors.system import ImportSystem
from passagework.domain.change_events import FileAdded
from passagework.domain.errors import (
    ConfigError,
    ImporterClosedError,
    LibraryDamagedError,
    LibraryError,
    LibraryUnavailableError,
    NotFoundError,
    UnavailableKind,
)
from passagework.domain.progress import FileFinished, FileLinked, RunFinished, RunStarted
from passagework.domain.views import RunState
from passagework.persistence.store import LibraryStore

PATIENCE = 30


@pytest.fixture
def open_importer(tmp_path):
    def make(**overrides):
        keys = {key.replace("__", "."): str(value) for key, value in overrides.items()}
        settings = load_settings(overrides={"library.path": str(tmp_path / "music.passages"), **keys})
        return Importer(settings, make_executor=InlineExecutor)

    return make


@pytest.fixture
def music(make_music, tmp_path):
    make_music("music/One.flac", seconds=1.0, sample_rate=22_050)
    return tmp_path / "music"


@pytest.mark.parametrize("kind", [str, os.fsencode, lambda path: path, lambda path: [path]])
def test_one_folder_may_be_given_alone(open_importer, music, kind):
    with open_importer() as importer:
        report = importer.start(kind(music)).wait(PATIENCE)
    assert report.summary.run.roots == (os.fsencode(music),)
    assert report.summary.analysed == 1


@pytest.mark.parametrize("root", ["", b"", "zero\0byte"])
def test_what_cannot_be_a_folder_is_refused_before_a_run_begins(open_importer, music, root):
    with open_importer() as importer:
        with pytest.raises(ConfigError):
            importer.start([music, root])
        assert importer.library.runs(10**30) == ()
        assert importer.start(music).wait(60).summary.run.state is RunState.COMPLETED


def test_a_run_keeps_its_own_progress_and_its_commands_do_not_reach_the_next(open_importer, music):
    with open_importer() as importer:
        first = importer.start(music)
        first.wait(PATIENCE)
        done = first.progress
        second = importer.start(music)
        first.cancel()
        first.pause()
        assert second.wait(PATIENCE).state is RunState.COMPLETED
        assert first.progress is done
        assert second.progress.files_unchanged == 1


def test_events_of_a_run_that_has_ended_are_still_told(open_importer, music):
    with open_importer() as importer:
        run = importer.start(music)
        run.wait(PATIENCE)
    assert [type(event) for event in run.events()] == [RunStarted, FileAdded, FileFinished, FileLinked, RunFinished]


def test_a_library_that_turns_out_to_be_damaged_ends_the_run_with_that_error_and_close_returns(
    open_importer, music, monkeypatch
):
    def damaged(*_):
        raise LibraryDamagedError("the library is damaged; it was left as it is")

    with open_importer() as importer:
        monkeypatch.setattr(LibraryStore, "write", damaged)
        with pytest.raises(LibraryDamagedError):
            importer.start(music).wait(PATIENCE)
        with pytest.raises(LibraryDamagedError):
            importer.start(music)


def test_a_defect_that_no_restart_cures_ends_the_run_and_leaves_the_library_free(open_importer, music, monkeypatch):
    with monkeypatch.context() as patch, open_importer() as importer:
        patch.setattr("passagework.actors.session.session.SessionActor._go_on", lambda *_: 1 / 0)
        with pytest.raises(Exception, match="the session failed: ZeroDivisionError"):
            importer.start(music).wait(PATIENCE)
    with open_importer() as importer:
        assert importer.start(music).wait(PATIENCE).summary.analysed == 1


def test_a_host_forgets_files_as_the_command_does_between_runs(open_importer, make_music, music):
    make_music("music/Two.flac", seconds=1.0, seed=2, sample_rate=22_050)
    one = os.fsencode(music / "One.flac")
    forget = Forget(paths=(one,))
    with open_importer() as importer:
        importer.start(music).wait(PATIENCE)
        before = importer.library.file(one)
        told = importer.library.forgettable(forget)
        assert (told.files, told.present, told.passages) == ((one,), 1, 1)
        run = importer.start(music)
        run.pause()
        with pytest.raises(RunUnderWayError):
            importer.forget(forget)
        run.resume()
        run.wait(PATIENCE)
        assert importer.library.file(one) == before
        assert importer.forget(forget) == Forgotten(files=1, passages=1, entities=0)
        with pytest.raises(NotFoundError):
            importer.forget(forget)
        assert [passage.path for passage in importer.library.passages()] == [os.fsencode(music / "Two.flac")]
        assert importer.start(music).wait(PATIENCE).summary.analysed == 1
        assert importer.library.file(one).guid != before.guid
    with pytest.raises(ImporterClosedError):
        importer.forget(forget)


def test_after_close_nothing_is_started(open_importer, music):
    importer = open_importer()
    importer.close()
    with pytest.raises(ImporterClosedError):
        importer.start(music)


def test_a_persistence_actor_that_crashes_once_costs_no_file(open_importer, make_music, music, monkeypatch):
    for number in range(6):
        make_music(f"music/{number}.wav", seconds=0.5, seed=number, sample_rate=22_050)
    write, crashes = LibraryStore.write, [1]

    def crash_once(store, writes, now_ns):
        if crashes and any(type(message).__name__ == "StoreAnalysis" for message in writes):
            crashes.pop()
            raise RuntimeError("a defect")
        return write(store, writes, now_ns)

    monkeypatch.setattr(LibraryStore, "write", crash_once)
    with open_importer(batch__linger_ms=0) as importer:
        report = importer.start(music).wait(PATIENCE)
        states = dict(importer.library.status().file_states)
    assert (crashes, report.summary.analysed, report.summary.failed, states) == ([], 7, (), {"analysed": 7})


def test_each_commit_is_one_event_that_says_which_run_it_was_for(open_importer, music, caplog):
    caplog.set_level(logging.INFO, logger="passagework")
    with open_importer() as importer:
        report = importer.start(music).wait(PATIENCE)
    commits = [record.passagework for record in caplog.records if record.passagework["event"] == "committed"]
    # The attempt, its result, and the folder.
    assert sum(commit["messages"] for commit in commits) == 3
    assert {(commit["actor"], commit["run"]) for commit in commits} == {("persistence", report.summary.run.id)}


def test_a_reader_that_stays_does_not_fail_the_end_of_an_import(open_importer, music, tmp_path, monkeypatch):
    monkeypatch.setattr("passagework.persistence.file.checkpoint.PATIENCE_MS", 1)
    importer = open_importer()
    importer.start(music).wait(PATIENCE)
    with closing(sqlite3.connect(tmp_path / "music.passages", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM file").fetchall()
        importer.start(music, retry_failed=True).wait(PATIENCE)
        importer.close()
    with open_importer() as importer:
        assert importer.library.status().passages == 1


def test_a_run_that_cannot_be_opened_is_ended_by_close_with_the_reason(open_importer, music, monkeypatch):
    def full(*_, **__):
        raise LibraryUnavailableError("the disk is full; make room", UnavailableKind.FULL)

    with open_importer() as importer:
        monkeypatch.setattr(LibraryStore, "open_run", full)
        run = importer.start(music)
    with pytest.raises(LibraryError, match="full"):
        run.wait(PATIENCE)


@pytest.mark.parametrize("services", [{}, {"musicbrainz__url": "http://127.0.0.1:9"}])
def test_after_close_no_actor_lives_and_every_thread_ends(open_importer, tmp_path, services):
    before = set(threading.enumerate())
    (tmp_path / "empty").mkdir()
    with open_importer(**services) as importer:
        importer.start(tmp_path / "empty").wait(PATIENCE)
    assert pykka.ActorRegistry.get_all() == []
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("listeners", [print, [print, 7]])
def test_listeners_that_are_none_are_refused_before_the_library_is_taken(tmp_path, listeners):
    settings = load_settings(overrides={"library.path": str(tmp_path / "music.passages")})
    with pytest.raises(TypeError):
        Importer(settings, make_executor=InlineExecutor, listeners=listeners)
    assert list(tmp_path.iterdir()) == []


def test_closing_after_a_failure_does_not_complain_of_actors_that_died_with_it(open_importer, monkeypatch):
    stop = ImportSystem.stop

    def stop_without_persistence(system, **how):
        stop(system, **how)
        raise NobodyThereError(ActorName.PERSISTENCE)

    monkeypatch.setattr(ImportSystem, "stop", stop_without_persistence)
    importer = open_importer()
    importer._escalated("the session failed: damaged", LibraryDamagedError("damaged"))
    importer.close()
    with pytest.raises(NobodyThereError, match="persistence"):
        open_importer().close()
