"""A second run over an unchanged tree: no file is opened, no worker is started."""

import json
import os
import sqlite3
import time
from contextlib import closing

import pytest

from passagework import Importer
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import join, silence
from passagework.domain.files import FileStamp
from passagework.workers.inline_executor import InlineExecutor

RATE = 22_050


@pytest.fixture
def folder(make_folder):
    return make_folder(6)


def swap_content_behind_the_stamp(path):
    """Replace a file by another of the same size and mtime: only who opens it can tell."""
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"\0" * before.st_size)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def overwrite_behind_the_stamp(path):
    """Replace the content by another of the same size, with the same mtime: only the ctime of the inode tells."""
    before = path.stat()
    path.write_bytes(b"\0" * before.st_size)
    os.utime(path, ns=(0, before.st_mtime_ns))


class NoWork:
    """An executor that must never be given a job."""

    def submit(self, *_arguments):
        pytest.fail("a file was given to the analysis")

    def cancel(self):
        """Nothing to cancel."""

    def close(self):
        """Nothing to close."""


def test_unchanged_files_are_neither_opened_nor_analysed(open_importer, settings, folder, files_below):
    """Nor those of a library that was made before it knew the ctime of files."""
    with open_importer() as importer:
        first = importer.start([folder]).wait(180)
    assert first.summary.analysed == 6
    files = files_below(folder)
    for path in files:
        overwrite_behind_the_stamp(path)
    with closing(sqlite3.connect(settings().library.path)) as connection, connection:
        connection.execute("UPDATE file SET ctime_ns = NULL")
    with Importer(settings(), make_executor=NoWork) as importer:
        second = importer.start([folder]).wait(180)
        status = importer.library.status()
    assert (second.summary.analysed, second.progress.files_unchanged, second.new_failures) == (0, 6, 0)
    assert [path.stat().st_atime_ns for path in files] == [0] * 6
    assert dict(status.file_states) == {"analysed": 6}
    assert dict(status.rows)["run_file"] == 6


class WrittenWhileRead(InlineExecutor):
    """An executor that gets each file in the tick of the clock in which it was written."""

    def submit(self, job, work, deadline_seconds, on_done):
        os.utime(work.path, ns=(0, time.time_ns()))
        super().submit(job, work, deadline_seconds, on_done)


def test_a_file_that_is_written_again_in_the_moment_in_which_it_was_read_is_read_again(
    settings, make_folder, files_below
):
    folder = make_folder(1)
    (path,) = files_below(folder)
    with Importer(settings(), make_executor=WrittenWhileRead) as importer:
        first = importer.start([folder]).wait(180)
        swap_content_behind_the_stamp(path)
        second = importer.start([folder]).wait(180)
    assert (first.summary.analysed, first.progress.files_unchanged) == (1, 0)
    assert ([failed.path for failed in second.summary.failed], second.progress.files_unchanged) == (
        [os.fsencode(path)],
        0,
    )


@pytest.mark.slow
def test_a_touched_file_is_read_and_not_analysed_and_its_new_stamp_is_stored(open_importer, folder, files_below):
    changed = files_below(folder)[0]
    with open_importer() as importer:
        importer.start([folder]).wait(180)
        before = importer.library.file(os.fsencode(changed))
        os.utime(changed, ns=(0, 1))
        report = importer.start([folder]).wait(180)
        after = importer.library.file(os.fsencode(changed))
    assert (report.summary.analysed, report.progress.files_unchanged, report.progress.files_verified) == (0, 6, 1)
    assert (after.stamp, after.stamp.ctime_ns) == (FileStamp.of(changed.stat()), changed.stat().st_ctime_ns)
    assert [passage.guid for passage in after.passages] == [passage.guid for passage in before.passages]
    assert (after.guid, after.content_hash) == (before.guid, before.content_hash)


@pytest.mark.slow
def test_new_settings_count_for_unchanged_files_when_they_are_asked_for(command_line, tmp_path):
    """Trimmed first, then whole: the passage has other bounds and is still the same passage."""
    pieces = join(silence(2 * RATE, 2), compose(12 * RATE, RATE, 1), silence(2 * RATE, 2))
    path = tmp_path / "music" / "piece.flac"
    path.parent.mkdir()
    write_audio(path, pieces, RATE, AudioForm.FLAC)
    command_line.report(path.parent)
    (before,) = json.loads(command_line.run("show", "--json", path).stdout)["passages"]
    assert command_line.report(path.parent, "--set", "segmentation.trim=false")["unchanged"] == 1
    again = command_line.report(path.parent, "--set", "segmentation.trim=false", "--reanalyze")
    (after,) = json.loads(command_line.run("show", "--json", path).stdout)["passages"]
    assert (again["analysed"], again["unchanged"]) == (1, 0)
    assert (after["guid"], after["start_ticks"]) == (before["guid"], 0)
    assert before["start_ticks"] > 0
