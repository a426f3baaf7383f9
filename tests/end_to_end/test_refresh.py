"""What other settings or newer versions made stale is done again, that alone, as the setting ``scan.refresh`` says."""

import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace

import mutagen
import pytest

from passagework import FileFinished, Importer, InlineExecutor, RefreshPlanned, load_settings
from passagework.audio import analyze
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import fade_out, join, noise_floor, silence
from passagework.domain import parts
from passagework.domain.parts import PartName, RedoneFrom, StaleReason

RATE = 11_025
PATIENCE = 120

BASE = {
    "segmentation.shortest_gap": "0.7",
    "segmentation.shortest_passage": "1.0",
    "cues.longest_lead": "1.5",
}
"""So that seconds of music have several passages, and leads."""


def piece(seconds, seed):
    return compose(round(seconds * RATE), RATE, seed)


def quiet(seconds):
    return silence(round(seconds * RATE), 2)


MUSIC = {
    "two.flac": lambda: join(quiet(0.3), piece(3, 1), quiet(0.9), piece(2.9, 2), quiet(0.4)),
    "one.flac": lambda: fade_out(piece(4, 3), 2 * RATE),
    "click.flac": lambda: join(
        piece(3.1, 4), quiet(0.98), noise_floor(RATE // 5, 2, -50, 5), quiet(0.98), piece(1.4, 6)
    ),
}


class NoWork:
    """An executor that must never be given a job."""

    def submit(self, *_arguments):
        pytest.fail("a file was given to the analysis")

    def cancel(self):
        """Nothing to cancel."""

    def close(self):
        """Nothing to close."""


class OneAtATime(InlineExecutor):
    """An executor that counts how many jobs it has at once."""

    most = 0

    def __init__(self):
        super().__init__()
        self.jobs = 0

    def submit(self, job, work, deadline_seconds, on_done):
        self.jobs += 1
        OneAtATime.most = max(OneAtATime.most, self.jobs)

        def done(outcome):
            self.jobs -= 1
            on_done(outcome)

        super().submit(job, work, deadline_seconds, done)


class Heard(list):
    """The events of a run, as a listener receives them."""

    def __call__(self, event):
        self.append(event)

    def of(self, kind):
        return [event for event in self if isinstance(event, kind)]


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refresh") / "music"
    folder.mkdir()
    for name, make in MUSIC.items():
        write_audio(folder / name, make(), RATE, AudioForm.FLAC)
        os.utime(folder / name, (0, 1_700_000_000))
    return folder


@pytest.fixture(scope="module")
def imported(tmp_path_factory, music):
    path = tmp_path_factory.mktemp("refresh") / "base.passages"
    imports(path, music)
    return path


@pytest.fixture
def library(tmp_path, imported):
    return shutil.copyfile(imported, tmp_path / "library.passages")


def imports(library, folder, *, executor=InlineExecutor, listener=None, **changes):
    settings = settings_of(library, changes)
    with Importer(settings, make_executor=executor, listeners=() if listener is None else [listener]) as importer:
        return importer.start([folder]).wait(PATIENCE)


def settings_of(library, changes):
    return load_settings(overrides={"library.path": str(library), **BASE, **changes}, environ={})


def stale(library, **changes):
    settings = settings_of(library, changes)
    with Importer(settings) as importer:
        return importer.library.stale(settings)


def content(library, folder):
    """Give all that a library says of the files, but for guids; and what it says has made their parts."""
    settings = settings_of(library, {})
    with Importer(settings) as importer:
        files = [importer.library.file(os.fsencode(path)) for path in sorted(folder.rglob("*.flac"))]
        curves = [importer.library.curves(file.path) for file in files]
    with closing(sqlite3.connect(library)) as connection:
        made = connection.execute(
            "SELECT f.path, p.parts FROM file AS f JOIN provenance AS p ON p.id = f.provenance_id ORDER BY f.path"
        ).fetchall()
    shown = [
        replace(file, guid=None, attempts=0, passages=tuple(replace(one, guid=None) for one in file.passages))
        for file in files
    ]
    return shown, [(one.envelope, one.waveform) for one in curves], made


def guids(library):
    with closing(sqlite3.connect(library)) as connection:
        rows = connection.execute(
            "SELECT f.path, p.start_ticks, p.end_ticks, p.guid FROM passage AS p JOIN file AS f ON f.id = p.file_id "
            "WHERE retired_ns IS NULL"
        )
        return {row[:3]: row[3] for row in rows}


CHANGES = {
    "segmentation.silence_drop": ("47.0", PartName.PASSAGES, 2, 1),
    "segmentation.shortest_gap": ("1.05", PartName.PASSAGES, 2, 1),
    "segmentation.shortest_sound": ("0.15", PartName.PASSAGES, 2, 1),
    "segmentation.shortest_passage": ("3.0", PartName.PASSAGES, 2, 1),
    "segmentation.trim": ("false", PartName.PASSAGES, 0, 3),
    "cues.lead_drop": ("7.0", PartName.CUES, 3, 0),
    "cues.quick_ramp": ("0.6", PartName.CUES, 3, 0),
    "cues.longest_lead": ("0.4", PartName.CUES, 3, 0),
}
"""Each setting with another value, its part, and how many files are redone from the library and by a decode."""


@pytest.mark.slow
@pytest.mark.parametrize("key", CHANGES)
def test_a_changed_setting_redoes_its_part_and_leaves_what_a_fresh_import_would(library, music, tmp_path, key):
    value, part, from_library, decoded = CHANGES[key]
    (item,) = stale(library, **{key: value}).items
    assert (item.part, item.reason, item.settings, item.files) == (part, StaleReason.SETTINGS, (key,), 3)
    before = guids(library)
    report = imports(library, music, executor=InlineExecutor if decoded else NoWork, **{key: value})
    assert (report.progress.files_redone, report.summary.analysed) == (from_library, decoded)
    assert not report.stale
    fresh = tmp_path / "fresh.passages"
    imports(fresh, music, **{key: value})
    assert content(library, music) == content(fresh, music)
    after = guids(library)
    assert {row: guid for row, guid in after.items() if row in before} == {
        row: guid for row, guid in before.items() if row in after
    }


@pytest.mark.slow
@pytest.mark.parametrize("key", ["analysis.true_peak", "analysis.fingerprint"])
def test_what_is_switched_on_is_made_for_all_files_and_what_is_switched_off_stays(music, imported, tmp_path, key):
    library = tmp_path / "library.passages"
    imports(library, music, **{key: "false"})
    (item,) = stale(library).items
    (work,) = stale(library).work
    assert (item.settings, work.redone_from, work.files) == ((key,), RedoneFrom.DECODE, 3)
    report = imports(library, music)
    assert (report.progress.files_redone, report.summary.analysed) == (0, 3)
    assert content(library, music) == content(imported, music)
    assert not stale(library, **{key: "false"})


def newer(monkeypatch, name):
    """Raise the version of a part, as a new version of the program does."""
    raised = tuple(replace(part, version=part.version + (part.name is name)) for part in parts.PARTS)
    monkeypatch.setattr(parts, "PARTS", raised)


FROM_THE_LIBRARY = {PartName.PASSAGES, PartName.CUES}


# Nothing of the extensions is made where none is asked (tests/end_to_end/test_extensions.py).
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PartName if name is not PartName.EXTENSIONS])
def test_a_newer_version_of_a_part_redoes_it_once(library, music, monkeypatch, name):
    before = content(library, music)
    newer(monkeypatch, name)
    ((item,), (work,)) = stale(library).items, stale(library).work
    assert (item.part, item.reason, item.files, work.files) == (name, StaleReason.VERSION, 3, 3)
    report = imports(library, music)
    done = (report.progress.files_redone, report.summary.tags_read, report.summary.analysed)
    assert done == ((3, 0, 0) if name in FROM_THE_LIBRARY else (0, 3, 0) if name is PartName.TAGS else (0, 0, 3))
    assert content(library, music)[:2] == before[:2]
    assert not stale(library)
    assert imports(library, music, executor=NoWork).progress.files_unchanged == 3


@pytest.mark.slow
def test_other_delimiters_of_artists_read_the_tags_and_decode_nothing(music, tmp_path, monkeypatch):
    library, fresh = tmp_path / "library.passages", tmp_path / "fresh.passages"
    folder = shutil.copytree(music, tmp_path / "music")
    credit(folder / "one.flac", "One / Two")
    imports(library, folder)
    before = guids(library)
    changes = {"tags.artist_delimiters": '[" / "]'}
    (work,) = stale(library, **changes).work
    assert (work.redone_from, work.files) == (RedoneFrom.TAGS, 3)
    with monkeypatch.context() as patched:
        patched.setattr(analyze, "_analyze", lambda file, _rules: pytest.fail(f"{file.path} was decoded"))
        report = imports(library, folder, **changes)
    assert (report.summary.failed, report.stale.files, guids(library)) == ((), 0, before)
    imports(fresh, folder, **changes)
    assert content(library, folder) == content(fresh, folder)
    assert content(library, folder)[0][1].tags.artists == ("One", "Two")


@pytest.mark.slow
def test_what_is_retagged_and_was_cut_with_other_settings_is_cut_anew(music, tmp_path):
    library, fresh = tmp_path / "library.passages", tmp_path / "fresh.passages"
    folder = shutil.copytree(music, tmp_path / "music")
    imports(library, folder)
    credit(folder / "one.flac", "Another")
    changes = {"segmentation.trim": "false"}
    assert imports(library, folder, **changes).stale.files == 0
    imports(fresh, folder, **changes)
    assert content(library, folder) == content(fresh, folder)


def credit(path, name):
    tags = mutagen.File(path)
    tags["artist"] = name
    tags.save()


def test_it_is_announced_before_it_begins_and_never_done_unasked(library, music):
    heard = Heard()
    asleep = imports(library, music, executor=NoWork, **{"segmentation.trim": "false", "scan.refresh": "never"})
    assert (asleep.stale.files, [one.settings for one in asleep.stale.items]) == (3, [("segmentation.trim",)])
    imports(library, music, listener=heard, **{"segmentation.trim": "false"})
    (planned,) = heard.of(RefreshPlanned)
    assert heard.index(planned) < min(heard.index(one) for one in heard.of(FileFinished))
    (work,) = planned.redone.work
    with closing(sqlite3.connect(library)) as connection:
        (audio,) = connection.execute("SELECT sum(duration_ticks) FROM file").fetchone()
    assert (work.files, work.audio, planned.one_at_a_time, planned.put_off.files) == (3, audio, False, 0)
    assert planned.redone.seconds > 0


@pytest.mark.slow
def test_what_is_analysed_again_anyway_is_not_redone_beside(library, music):
    heard = Heard()
    settings = settings_of(library, {"segmentation.trim": "false"})
    with Importer(settings, make_executor=OneAtATime, listeners=[heard]) as importer:
        report = importer.start([music], reanalyze=True).wait(PATIENCE)
    assert (report.summary.analysed, len(heard.of(FileFinished)), heard.of(RefreshPlanned)) == (3, 3, [])
    assert stale(library, **{"segmentation.trim": "false"}).files == 0


@pytest.mark.slow
def test_in_idle_time_news_come_first_and_decoding_waits(music, tmp_path, monkeypatch):
    """Cues need no decoding, so they wait for nothing; with news, what does is put off."""
    library = tmp_path / "library.passages"
    folder = shutil.copytree(music, tmp_path / "music")
    idle = {"scan.refresh": "idle"}
    imports(library, folder)
    changed = {**idle, "analysis.fingerprint": "false", "cues.lead_drop": "7.0"}
    write_audio(folder / "new.flac", piece(1, 9), RATE, AudioForm.FLAC)
    heard = Heard()
    with_news = imports(library, folder, listener=heard, **changed)
    assert (with_news.summary.analysed, with_news.progress.files_redone) == (1, 3)
    newer(monkeypatch, PartName.LOUDNESS)
    write_audio(folder / "newer.flac", piece(1, 10), RATE, AudioForm.FLAC)
    heard = Heard()
    put_off = imports(library, folder, listener=heard, **changed)
    assert (put_off.summary.analysed, put_off.stale.files, heard.of(RefreshPlanned)) == (1, 4, [])
    OneAtATime.most = 0
    without = imports(library, folder, executor=OneAtATime, **changed)
    assert (without.summary.analysed, without.stale.files, OneAtATime.most) == (4, 0, 1)


@pytest.mark.slow
def test_an_interrupted_refresh_continues_with_the_next_import(library, music, imported):
    changes = {"segmentation.trim": "false"}
    settings = settings_of(library, {**changes, "batch.max_files": "1"})
    with Importer(settings, make_executor=OneThenNone) as importer:
        run = importer.start([music])
        OneThenNone.stored = run
        cancelled = run.wait(PATIENCE)
    assert (cancelled.state, cancelled.summary.analysed, cancelled.stale.files) == ("cancelled", 1, 2)
    report = imports(library, music, **changes)
    assert (report.summary.analysed, report.stale.files) == (2, 0)


def test_what_comes_back_stale_is_done_again_in_the_same_import(music, tmp_path):
    library, folder = tmp_path / "library.passages", shutil.copytree(music, tmp_path / "music")
    changes = {"cues.lead_drop": "7.0"}
    imports(library, folder)
    imports(library, folder, **{"scan.exclude": '["one.flac"]'})
    assert imports(library, folder, **changes, **{"scan.exclude": '["one.flac"]'}).progress.files_redone == 2

    back = imports(library, folder, **changes)

    assert (back.progress.files_redone, back.stale.files) == (1, 0)


def test_tags_of_a_file_that_comes_back_are_read_with_the_settings_of_now(music, tmp_path):
    library, folder = tmp_path / "library.passages", shutil.copytree(music, tmp_path / "music")
    imports(library, folder)
    away = shutil.copy2(folder / "one.flac", tmp_path)
    (folder / "one.flac").unlink()
    changes = {"tags.artist_delimiters": '[" & "]'}
    imports(library, folder, **changes)
    shutil.copy2(away, folder)

    assert imports(library, folder, **changes).stale.files == 0


class OneThenNone(InlineExecutor):
    """An executor whose second job cancels the run, and never ends."""

    stored = None

    def __init__(self):
        super().__init__()
        self.given = 0

    def submit(self, job, work, deadline_seconds, on_done):
        self.given += 1
        if self.given == 1:
            super().submit(job, work, deadline_seconds, on_done)
        elif self.given == 2:
            self.cancel_when_stored()

    def cancel_when_stored(self):
        def wait():
            while self.stored is None or not self.stored.progress.files_analysed:
                time.sleep(0.01)
            self.stored.cancel()

        threading.Thread(target=wait, daemon=True).start()


@pytest.mark.slow
def test_the_files_of_a_disk_that_is_away_wait_for_it(music, tmp_path):
    library = tmp_path / "library.passages"
    folder = shutil.copytree(music, tmp_path / "music")
    imports(library, folder)
    gone = folder.rename(tmp_path / "elsewhere")
    report = imports(library, folder, executor=NoWork, **{"segmentation.trim": "false"})
    assert (report.summary.failed, report.summary.analysed, report.stale.files) == ((), 0, 3)
    gone.rename(folder)
    report = imports(library, folder, **{"segmentation.trim": "false"})
    assert (report.summary.failed, report.stale.files) == ((), 0)


@pytest.mark.slow
def test_a_library_that_does_not_say_what_made_it_counts_as_made_with_its_settings(library, music, imported):
    with closing(sqlite3.connect(library)) as connection, connection:
        connection.execute("UPDATE file SET provenance_id = NULL")
        connection.execute("UPDATE run SET provenance_id = NULL")
        connection.execute("UPDATE library SET counts = NULL")
    older = [PartName.TAGS, PartName.LOUDNESS, PartName.CURVES, PartName.PASSAGES, PartName.CUES]
    assert [(one.part, one.reason, one.files) for one in stale(library).items] == [
        *((part, StaleReason.VERSION, 3) for part in older),
        (PartName.FLAVOR, StaleReason.ABSENT, 3),
    ]
    drop = stale(library, **{"cues.lead_drop": "7.0", "segmentation.shortest_gap": "0.95"})
    assert [(one.part, one.reason) for one in drop.items] == [
        *((part, StaleReason.VERSION) for part in older),
        (PartName.FLAVOR, StaleReason.ABSENT),
    ]
    assert imports(library, music).summary.analysed == 3
    assert content(library, music) == content(imported, music)


OF_BEFORE = """
UPDATE provenance SET parts = json_set(parts, '$.curves[0]', 1, '$.passages[0]', 1);
UPDATE file_curves SET weighted = NULL, doubtful_gaps = NULL;
UPDATE passage SET start_ticks = start_ticks + 7056000 WHERE start_ticks = 0 AND end_ticks > 3 * 28224000;
UPDATE library SET counts = NULL;
"""
"""What makes a library one of schema 11, whose rules began some passages a quarter of a second later."""


def own_values(library, before):
    """Give the title of passages, and what was set."""
    with Importer(settings_of(library, {})) as importer:
        shown = [importer.library.passage(guid) for guid in before.values()]
    return [(one.title.name, one.own) for one in shown]


@pytest.mark.slow
def test_cuts_of_before_move_only_where_they_would_be_found_elsewhere_and_keep_what_a_person_set(
    library, music, imported
):
    new = guids(imported)
    with closing(sqlite3.connect(library)) as connection, connection:
        connection.executescript(OF_BEFORE)
    before = guids(library)
    moved = {guid for bounds, guid in before.items() if bounds not in new}
    assert 0 < len(moved) < len(before)
    with Importer(settings_of(library, {})) as importer:
        for guid in before.values():
            importer.library.set(guid, title=f"Mine, {guid}", probability=0.5)
    set_values = own_values(library, before)
    assert all(len(values) == 2 for _, values in set_values)
    put_off = imports(library, music, executor=NoWork, **{"scan.refresh": "never"})
    assert (put_off.stale.files, guids(library)) == (3, before)

    report = imports(library, music)

    assert (report.summary.analysed, report.stale.files) == (3, 0)
    assert guids(library) == new
    assert own_values(library, before) == set_values


@pytest.mark.slow
def test_music_below_a_folder_is_cut_as_its_profile_says_whenever_that_is_set(music, tmp_path):
    """What is in the folder, and what is moved into it, is as if it had been imported so, and nothing else changes."""
    folder = shutil.copytree(music, tmp_path / "music")
    (folder / "sides" / "deep").mkdir(parents=True)
    for name, to in zip(sorted(MUSIC), ("sides", "sides/deep", ""), strict=False):
        if to:
            shutil.move(folder / name, folder / to / name)
    below = [("sides", "speech"), ("sides/deep", "live")]
    listed = ", ".join(f'{{path = "{folder / name}", profile = "{profile}"}}' for name, profile in below)
    profiles = {"scan.folders": f"[{listed}]"}

    def bounds(library):
        return sorted(row[:3] for row in guids(library))

    fresh, library = tmp_path / "fresh.passages", tmp_path / "library.passages"
    imports(fresh, folder, **profiles)
    imports(library, folder)
    assert bounds(library) != bounds(fresh)
    heard = Heard()
    report = imports(library, folder, listener=heard, **profiles)
    assert heard.of(RefreshPlanned)[0].redone.files == 2
    assert (bounds(library), report.stale.files) == (bounds(fresh), 0)
    assert imports(library, folder, **profiles).progress.files_redone == 0
    imports(library, folder)
    without = tmp_path / "without.passages"
    imports(without, folder)
    assert bounds(library) == bounds(without)
    for name in ("sides", "sides/deep"):
        for path in [one for one in (folder / name).iterdir() if one.is_file()]:
            path.rename(folder / path.name)
    last = max(MUSIC)
    (folder / last).rename(folder / "sides" / last)
    imports(library, folder, **profiles)
    imports(library, folder, **profiles)
    moved = tmp_path / "moved.passages"
    imports(moved, folder, **profiles)
    assert bounds(library) == bounds(moved)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["renamed", "compared", "copied"])
@pytest.mark.parametrize(("source", "target"), [(".", "live"), ("live", "."), ("live", "none")])
def test_what_is_moved_to_other_rules_stays_the_same_file_and_is_redone_without_a_decode(
    music, tmp_path, monkeypatch, way, source, target
):
    """By its inode alone, by its bytes since its time has whole seconds, or by its bytes since its inode is another."""
    library, folder = tmp_path / "library.passages", shutil.copytree(music, tmp_path / "music")
    listed = [f'{{path = "{folder / name}", profile = "{name}"}}' for name in ("live", "none")]
    profiles = {"scan.folders": f"[{', '.join(listed)}]"}
    for name in ("live", "none"):
        (folder / name).mkdir()
    before, behind = folder / source / "one.flac", folder / target / "one.flac"
    (folder / "one.flac").rename(before)
    # Of more than a nanosecond: a time that says so little may also be one that was changed for storing.
    os.utime(before, ns=(10**18, 10**18 + (0 if way == "compared" else 500)))
    imports(library, folder, **profiles)
    known = guids(library)

    if way == "copied":
        shutil.copy2(before, folder / "copy")
        before.unlink()
        (folder / "copy").rename(behind)
    else:
        before.rename(behind)
    with monkeypatch.context() as context:
        context.setattr(analyze, "_analyze", lambda file, *_rules: pytest.fail(f"{file.path} was decoded"))
        imports(library, folder, **profiles)
        assert imports(library, folder, **profiles).stale.files == 0

    fresh = tmp_path / "fresh.passages"
    imports(fresh, folder, **profiles)
    assert content(library, folder) == content(fresh, folder)
    assert sorted(guids(library).values()) == sorted(known.values())


@pytest.mark.slow
def test_a_touched_file_below_a_folder_with_a_profile_is_compared_and_not_decoded(music, tmp_path, monkeypatch):
    library, folder = tmp_path / "library.passages", shutil.copytree(music, tmp_path / "music")
    profiles = {"scan.folders": f'[{{path = "{folder}", profile = "speech"}}]'}
    imports(library, folder, **profiles)
    before = guids(library)
    for path in folder.iterdir():
        os.utime(path, ns=(1, 1))
    monkeypatch.setattr(analyze, "_analyze", lambda file, _rules: pytest.fail(f"{file.path} was decoded"))
    report = imports(library, folder, **profiles)
    assert (report.summary.failed, report.progress.files_redone, guids(library)) == ((), 0, before)
