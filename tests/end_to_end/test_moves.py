"""Files that were moved, retagged or swapped: each keeps what the library and people know of it, and little is read."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from passagework.actors.scanner import moves, recognition
from passagework.actors.scanner.moves import MoveClaims
from passagework.audio import analyze
from passagework.audio.decoding.refusal import RefusedError
from passagework.demo.tagging import write_tags
from passagework.domain.failures import FailureCode
from passagework.domain.tags import Tags
from tests.support.importing import FLAC, MP3, OGG, WAV, copied_away, make_old, same_times


def test_a_renamed_file_keeps_its_guids_and_what_people_set_and_is_not_even_opened(importing, folder):
    importing.run(folder)
    before = importing.file(folder / FLAC)
    importing.library.set(before.passages[0].guid, title="Mine", probability=0.25)
    (folder / "new").mkdir()
    (folder / FLAC).rename(folder / "new" / "Zanzibar.flac")
    report = importing.run(folder)
    after = importing.file(folder / "new" / "Zanzibar.flac")
    assert (after.guid, after.passages[0].guid) == (before.guid, before.passages[0].guid)
    assert after.passages[0].title.name == "Mine"
    assert (importing.compared, importing.decoded) == ([], [])
    assert (report.progress.files_moved, report.progress.files_unchanged, report.progress.files_seen) == (1, 3, 4)
    assert (report.summary.analysed, report.summary.missing) == (0, 0)
    assert [found.path for found in importing.library.passages("zanzibar new")] == [after.path]
    assert importing.run(folder).progress.files_unchanged == 4


def test_two_files_that_swap_their_names_keep_what_belongs_to_them(importing, folder):
    importing.run(folder)
    shutil.copyfile(folder / MP3, folder / "1" / "other.mp3")
    write_tags(folder / "1" / "other.mp3", Tags(title="Other"))
    make_old(folder / "1" / "other.mp3")
    importing.run(folder)
    one, other = importing.file(folder / MP3), importing.file(folder / "1" / "other.mp3")
    (folder / MP3).rename(folder / "aside")
    (folder / "1" / "other.mp3").rename(folder / MP3)
    (folder / "aside").rename(folder / "1" / "other.mp3")
    report = importing.run(folder)
    assert (importing.compared, importing.decoded, report.progress.files_moved) == ([], [], 2)
    assert importing.file(folder / MP3).guid == other.guid
    assert importing.file(folder / "1" / "other.mp3").guid == one.guid
    importing.undo(report.summary.run.id)
    assert importing.file(folder / MP3) == one
    assert importing.file(folder / "1" / "other.mp3") == other


def test_a_renamed_folder_is_no_new_one(importing, folder):
    importing.run(folder)
    before = {name: importing.file(folder / name).guid for name in (FLAC, MP3, OGG, WAV)}
    folder.rename(moved := folder.with_name("renamed"))
    report = importing.run(moved)
    assert (importing.compared, importing.decoded, report.progress.files_moved) == ([], [], 4)
    assert {name: importing.file(moved / name).guid for name in before} == before


def test_a_file_that_overwrites_another_takes_its_place_and_the_other_is_missing(importing, folder):
    importing.run(folder)
    one, other = importing.file(folder / MP3), importing.file(folder / OGG)
    (folder / MP3).rename(folder / OGG)
    report = importing.run(folder)
    # The name says that it is another format, so the file is looked into.
    assert (importing.compared, importing.decoded, report.summary.missing) == (["vorbis.ogg"], [], 1)
    now = importing.file(folder / OGG)
    assert (now.guid, now.warnings) == (one.guid, ("extension-mismatch",))
    lost = importing.file(os.fsencode(folder / OGG) + b"//" + other.guid.encode())
    assert (lost.guid, lost.missing, lost.content_hash) == (other.guid, True, other.content_hash)


def test_where_times_are_coarse_the_content_confirms_a_move(importing, folder):
    os.utime(folder / FLAC, (1_700_000_000, 1_700_000_000))
    importing.run(folder)
    before = importing.file(folder / FLAC).guid
    (folder / FLAC).rename(folder / "moved.flac")
    report = importing.run(folder)
    assert (importing.compared, importing.decoded, report.progress.files_moved) == (["moved.flac"], [], 1)
    assert importing.file(folder / "moved.flac").guid == before


def test_a_file_that_came_from_another_file_system_is_known_by_its_content(importing, folder):
    importing.run(folder)
    before = importing.file(folder / OGG).guid
    copied_away(folder / OGG, folder / "moved.ogg")
    report = importing.run(folder)
    assert (importing.compared, importing.decoded, report.progress.files_moved) == (["moved.ogg"], [], 1)
    assert (importing.file(folder / "moved.ogg").guid, report.summary.missing) == (before, 0)


def test_of_two_copies_that_are_gone_none_is_guessed(importing, folder):
    shutil.copy2(folder / WAV, folder / "copy.wav")
    importing.run(folder)
    # First the copy, so that it gets the inode of none of them.
    shutil.copy2(folder / WAV, folder / "left.wav")
    (folder / WAV).unlink()
    (folder / "copy.wav").unlink()
    report = importing.run(folder)
    assert (importing.decoded, report.progress.files_moved, report.summary.missing) == (["left.wav"], 0, 2)


def test_a_file_with_another_ctime_is_not_taken_for_a_copy_of_it_that_is_gone(importing, folder):
    shutil.copy2(folder / OGG, folder / "copy.ogg")
    importing.run(folder)
    guid = importing.file(folder / OGG).guid
    (folder / "copy.ogg").unlink()
    importing.run(folder)
    (folder / OGG).chmod(0o600)
    importing.run(folder)
    assert importing.file(folder / OGG).guid == guid


@pytest.mark.parametrize("name", [FLAC, MP3, OGG, WAV])
def test_new_tags_are_stored_without_decoding_and_the_passage_stays(importing, folder, name):
    importing.run(folder)
    before = importing.passage(folder / name)
    importing.library.set(before.guid, probability=0.5)
    write_tags(folder / name, Tags(title="New title", artist_credit="New artist"))
    report = importing.run(folder)
    after = importing.passage(folder / name)
    assert (importing.decoded, report.summary.analysed, report.summary.tags_read) == ([], 0, 1)
    assert (report.progress.files_analysed, report.progress.files_tags_read) == (0, 1)
    assert (report.summary.audio, report.progress.files_unchanged) == (0, 3)
    assert (after.guid, after.title.name, after.own) == (before.guid, "New title", importing.passage(folder / name).own)
    assert [artist.name for artist in after.artists] == ["New artist"]
    assert importing.run(folder).progress.files_unchanged == 4


def test_tags_that_were_changed_behind_the_stamp_are_found(importing, folder):
    importing.run(folder)
    with same_times(path := folder / FLAC):
        path.write_bytes(path.read_bytes().replace(b"Piece 1", b"Plece 1"))
    report = importing.run(folder)
    assert (importing.decoded, report.summary.analysed, report.summary.tags_read) == ([], 0, 1)
    assert importing.passage(path).title.name == "Plece 1"


def test_other_audio_behind_the_stamp_is_found(importing, folder):
    importing.run(folder)
    before = importing.file(folder / WAV)
    with same_times(path := folder / WAV):
        content = path.read_bytes()
        path.write_bytes(content[:10_000] + bytes(range(100)) + content[10_100:])
    report = importing.run(folder)
    assert (importing.decoded, report.summary.analysed) == (["wav.wav"], 1)
    assert importing.file(path).audio_hash != before.audio_hash


def test_a_copied_disk_is_not_read_again_and_this_is_said_once(importing, make_folder, files_below):
    music = make_folder(9)
    for path in files_below(music):
        make_old(path)
    importing.run(music)
    for path in files_below(music):
        copied_away(path, copy := path.with_name("copy"))
        copy.rename(path)
    report = importing.run(music)
    assert (importing.compared, importing.decoded, report.progress.files_unchanged) == ([], [], 9)
    assert [problem.code for problem in report.problems] == ["inodes-not-used"]
    again = importing.run(music)
    assert (again.problems, importing.compared) == ((), [])
    with same_times(path := files_below(music)[0]):
        path.write_bytes(path.read_bytes() + b"")
    importing.run(music)
    assert importing.compared == [path.name]


def test_a_new_file_at_the_place_of_one_that_was_moved_is_another_file(importing, folder):
    importing.run(folder)
    before = importing.file(folder / FLAC).guid
    (folder / FLAC).rename(folder / "moved.flac")
    shutil.copyfile(folder / WAV, folder / FLAC)
    report = importing.run(folder)
    assert (importing.decoded, report.progress.files_moved, report.summary.missing) == (["flac.flac"], 1, 0)
    assert importing.file(folder / "moved.flac").guid == before != importing.file(folder / FLAC).guid


@pytest.mark.parametrize("swapped_by", ["rename", "copy"])
def test_a_swap_is_told_by_the_content_where_times_are_coarse(importing, folder, swapped_by):
    shutil.copyfile(folder / MP3, other := folder / "1" / "other.mp3")
    write_tags(other, Tags(title="Other" * 2_000))
    for path in (one := folder / MP3, other):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    importing.run(folder)
    guids = importing.file(one).guid, importing.file(other).guid
    # Copies of both first, so that they get the inodes of neither.
    take = os.rename if swapped_by == "rename" else shutil.copy2
    for source, aside in ((one, "first"), (other, "second")):
        take(source, folder / aside)
    (folder / "first").replace(other)
    (folder / "second").replace(one)
    report = importing.run(folder)
    assert (importing.decoded, report.progress.files_moved, report.summary.missing) == ([], 2, 0)
    assert (importing.file(other).guid, importing.file(one).guid) == guids


def test_a_file_that_was_moved_to_another_file_system_and_retagged_is_told_by_its_audio(importing, folder):
    importing.run(folder)
    before = importing.file(folder / OGG)
    importing.library.set(before.passages[0].guid, title="Mine", probability=0.25)
    copied_away(folder / OGG, folder / "moved.ogg")
    write_tags(folder / "moved.ogg", Tags(title="New title", artist_credit="New artist"))
    # Long ago, as in make_old, but not when it was last seen: a file of the same size and time would be compared.
    os.utime(folder / "moved.ogg", ns=(1, 1_700_000_009_123_456_789))
    report = importing.run(folder)
    after = importing.file(folder / "moved.ogg")
    assert (after.guid, [one.guid for one in after.passages]) == (before.guid, [one.guid for one in before.passages])
    assert ([artist.name for artist in after.passages[0].artists], after.missing) == (["New artist"], False)
    assert (importing.decoded, report.summary.missing, report.problems) == (["moved.ogg"], 0, ())
    again = importing.run(folder)
    assert (importing.decoded, again.progress.files_unchanged) == ([], 4)
    importing.undo(report.summary.run.id)
    assert importing.file(folder / OGG).passages[0].guid == before.passages[0].guid


def test_also_when_the_root_to_which_it_was_moved_is_imported_first(importing, folder):
    importing.run(folder)
    before = importing.file(folder / OGG)
    importing.library.set(before.passages[0].guid, approval="rejected")
    (folder.parent / "new").mkdir()
    copied_away(folder / OGG, moved := folder.parent / "new" / "moved.ogg")
    write_tags(moved, Tags(title="New title", artist_credit="New artist"))
    importing.run(folder.parent / "new")
    assert importing.file(moved).guid != before.guid
    report = importing.run(folder)
    after = importing.file(moved)
    assert (after.guid, [one.guid for one in after.passages]) == (before.guid, [one.guid for one in before.passages])
    assert (after.missing, after.passages[0].title.name, report.summary.missing) == (False, "New title", 0)
    assert len(list(importing.library.passages(playable=False))) == 4
    assert importing.run(folder, folder.parent / "new").progress.files_unchanged == 4


def test_where_two_files_have_the_audio_of_one_that_is_gone_neither_is_guessed(importing, folder):
    importing.run(folder)
    for name in ("one.ogg", "two.ogg"):
        shutil.copyfile(folder / OGG, folder / name)
    (folder / OGG).unlink()
    report = importing.run(folder)
    assert {(problem.code, os.path.basename(problem.path)) for problem in report.problems} == {
        ("move-ambiguous", b"one.ogg"),
        ("move-ambiguous", b"two.ogg"),
    }
    assert {problem.detail for problem in report.problems} == {f"it or another new file may have been {folder / OGG}"}
    assert report.summary.missing == 1


def paths_of(tmp_path):
    """Give the paths of files, and how they are shown."""
    with closing(sqlite3.connect(tmp_path / "library.passages")) as library:
        return [(path.decode(), shown) for path, shown in library.execute("SELECT path, path_text FROM file")]


def _run_unread(importing, folder, monkeypatch, code=FailureCode.VANISHED):
    """Import a folder of which no file can be read."""

    def refuse(*_):
        raise RefusedError(code)

    with monkeypatch.context() as patch:
        patch.setattr(analyze, "_analyze", refuse)
        return importing.run(folder)


def test_a_file_that_could_not_be_read_yet_is_read_where_it_was_moved(importing, folder, monkeypatch):
    _run_unread(importing, folder, monkeypatch)
    (folder / FLAC).rename(folder / "moved.flac")
    report = importing.run(folder)
    assert importing.decoded.count("moved.flac") == 1
    assert importing.file(folder / "moved.flac").state == "analysed"
    assert len(list(importing.library.passages())) == 4
    assert (report.summary.failed, report.summary.missing) == ((), 0)


def test_a_file_that_could_not_be_read_any_more_keeps_its_guid_and_is_read_where_it_was_moved(
    importing, folder, monkeypatch
):
    importing.run(folder)
    guid = importing.passage(folder / FLAC).guid
    make_old(folder / FLAC)
    with monkeypatch.context() as patch:
        patch.setattr(analyze, "compare", lambda *_: None)
        _run_unread(importing, folder, monkeypatch, FailureCode.PERMISSION_DENIED)
    assert importing.file(folder / FLAC).state == "failed"
    (folder / FLAC).rename(folder / "moved.flac")
    importing.run(folder)
    assert importing.file(folder / "moved.flac").state == "analysed"
    assert importing.passage(folder / "moved.flac").guid == guid


def test_what_is_known_of_a_file_goes_before_an_attempt_to_read_it_elsewhere(importing, folder, monkeypatch):
    importing.run(folder)
    before = importing.file(folder / FLAC)
    importing.library.set(before.passages[0].guid, title="Mine")
    # It is renamed twice: while it is looked for, and once more before it is read.
    kept = folder.parent / "kept.flac"
    (folder / FLAC).rename(kept)
    importing.run(folder)
    os.link(kept, folder / "0/a.flac")
    with monkeypatch.context() as patch:
        patch.setattr(MoveClaims, "keep", lambda *_: False)
        _run_unread(importing, folder, monkeypatch)
    assert importing.file(folder / "0/a.flac").state == "failed"
    (folder / "0/a.flac").unlink()
    kept.rename(folder / "zz.flac")
    importing.run(folder)
    assert importing.file(folder / "zz.flac").guid == before.guid
    assert importing.passage(folder / "zz.flac").title.name == "Mine"
    assert importing.run(folder).progress.files_moved == 0


def test_of_many_files_with_one_size_and_mtime_few_are_looked_at(importing, folder, monkeypatch):
    monkeypatch.setattr(recognition, "MOST_ALIKE", 3)
    content = bytearray((folder / WAV).read_bytes())
    many = [folder / "3" / f"{number}.wav" for number in range(6)]
    for number, path in enumerate(many):
        content[2_000 + number] ^= 1
        path.write_bytes(content)
        make_old(path)
    importing.run(folder)
    guids = [importing.file(path).guid for path in many]
    importing.library.set(importing.passage(many[0]).guid, title="Mine")
    (folder / "3").rename(folder / "new")
    looked, look = [], moves._look
    monkeypatch.setattr(moves, "_look", lambda place: looked.append(place.path) or look(place))
    copied_away(folder / "new/0.wav", folder / "elsewhere.wav")
    importing.run(folder)
    now = [folder / "elsewhere.wav", *(folder / "new" / path.name for path in many[1:])]
    assert [importing.file(path).guid for path in now] == guids
    assert importing.passage(now[0]).title.name == "Mine"
    assert importing.decoded == ["elsewhere.wav"]
    assert len(looked) == 6


def test_what_was_set_before_an_undo_stays_with_files_that_swap_their_names_or_move_after_it(importing, folder):
    shutil.copyfile(folder / MP3, other := folder / "1/other.mp3")
    write_tags(other, Tags(title="Other"))
    make_old(other)
    paths = (folder / MP3, other, folder / WAV, folder / OGG)
    run = importing.run(folder).summary.run.id
    guids = [importing.passage(path).guid for path in paths]
    for number, guid in enumerate(guids):
        importing.library.set(guid, title=f"Mine {number}")
    importing.undo(run)
    aside = folder / "1/aside"
    for source, target in ((folder / MP3, aside), (other, folder / MP3), (aside, other)):
        source.rename(target)
    (folder / WAV).rename(folder / "moved.wav")
    copied_away(folder / OGG, folder / "moved.ogg")
    write_tags(folder / "moved.ogg", Tags(title="New tags"))
    importing.run(folder)
    now = [importing.passage(path) for path in (other, folder / MP3, folder / "moved.wav", folder / "moved.ogg")]
    assert [passage.guid for passage in now] == guids
    assert [passage.title.name for passage in now] == ["Mine 0", "Mine 1", "Mine 2", "Mine 3"]
    assert len(list(importing.library.passages())) == 5


def test_an_undo_keeps_what_was_set_on_a_new_file_at_the_former_path_of_another(importing, folder, tmp_path):
    importing.run(folder)
    guid = importing.passage(folder / FLAC).guid
    (folder / FLAC).rename(folder / "moved.flac")
    shutil.copyfile(folder / WAV, folder / FLAC)
    make_old(folder / FLAC)
    run = importing.run(folder).summary.run.id
    new = importing.passage(folder / FLAC).guid
    importing.library.set(new, title="Mine")
    importing.undo(run)
    assert importing.passage(folder / FLAC).guid == guid
    (kept,) = (path for path in paths_of(tmp_path) if "//" in path[0])
    assert kept[0] == kept[1]
    importing.run(folder)
    assert importing.passage(folder / "moved.flac").guid == guid
    assert importing.passage(folder / FLAC).title.name == "Mine"
