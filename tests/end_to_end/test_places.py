"""One file with several places: it is there once, with all that is known of it, whichever of them come and go."""

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest
from click.testing import CliRunner

from passagework.actors.scanner.numbers import FileNumbers
from passagework.cli.group import cli
from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags
from tests.support.importing import FLAC, OGG, WAV, make_old

pytestmark = pytest.mark.slow


def places(importing, path):
    """Give the path of a file and its other places."""
    found = importing.file(path)
    return [os.fsdecode(found.path), *map(os.fsdecode, found.places)]


def pieces_of(importing):
    return [os.fsdecode(passage.path) for passage in importing.library.passages()]


def test_new_hard_links_are_one_file_that_is_decoded_once(importing, folder):
    os.link(folder / FLAC, folder / "9.flac")
    os.link(folder / FLAC, folder / "0/a.flac")
    importing.run(folder)
    assert sorted(importing.decoded) == ["a.flac", "mp3.mp3", "vorbis.ogg", "wav.wav"]
    assert places(importing, folder / "9.flac") == [str(folder / name) for name in ("0/a.flac", FLAC, "9.flac")]
    assert importing.file(folder / FLAC) == importing.file(folder / "0/a.flac")
    assert len(pieces_of(importing)) == 4
    assert importing.library.duplicates() == ()


@pytest.mark.parametrize("make", [os.link, os.symlink])
@pytest.mark.parametrize("name", ["0/a.flac", "9.flac"])
def test_a_second_name_of_a_known_file_is_a_place_of_it(importing, folder, make, name):
    importing.run(folder)
    passage = importing.passage(folder / FLAC)
    importing.library.set(passage.guid, title="Mine")
    make(folder / FLAC, folder / name)
    report = importing.run(folder)
    assert importing.decoded == []
    # A real name is better than a link.
    best = min(name, FLAC) if make is os.link else FLAC
    assert places(importing, folder / FLAC) == [str(folder / one) for one in (best, *({name, FLAC} - {best}))]
    (told,) = importing.library.findings(report.summary.run.id)
    moved_from, place = (FLAC, None) if best != FLAC else (None, name)
    assert told.from_path == (moved_from and os.fsencode(folder / moved_from))
    assert told.placed == ((os.fsencode(folder / place),) if place else ())
    assert importing.passage(folder / name).guid == passage.guid
    assert importing.passage(folder / name).title.name == "Mine"
    assert len(pieces_of(importing)) == 4
    assert importing.run(folder).progress.files_unchanged == 4
    assert importing.compared == []
    importing.undo(report.summary.run.id)
    assert places(importing, folder / FLAC) == [str(folder / FLAC)]


def test_a_link_to_another_place_of_a_file_is_a_place_of_it(importing, folder):
    os.link(folder / FLAC, folder / "9.flac")
    importing.run(folder)
    os.symlink(folder / "9.flac", folder / "link.flac")
    for _ in range(2):
        importing.run(folder)
        assert places(importing, folder / "link.flac") == [str(folder / one) for one in (FLAC, "9.flac", "link.flac")]
        assert importing.decoded == []
        assert len(pieces_of(importing)) == 4


def test_a_link_to_a_file_whose_disk_is_away_counts_as_it_was_last_seen(importing, folder):
    disk = folder.parent / "disk"
    (folder / OGG).parent.rename(disk)
    (folder / "2").symlink_to(disk)
    os.symlink(folder / OGG, folder / "9.ogg")
    importing.run(folder)
    known = places(importing, folder / OGG)
    assert known == [str(folder / name) for name in (OGG, "9.ogg")]
    disk.rename(folder.parent / "away")
    importing.run(folder)
    assert places(importing, folder / OGG) == known
    (folder.parent / "away").rename(disk)
    (folder / "9.ogg").unlink()
    importing.run(folder)
    assert places(importing, folder / OGG) == [str(folder / OGG)]


@pytest.mark.parametrize("relative", [False, True])
def test_a_link_to_a_place_whose_disk_is_away_counts_as_it_was_last_seen(importing, folder, relative):
    disk = folder.parent / "disk"
    (folder / OGG).parent.rename(disk)
    (folder / "2").symlink_to(disk)
    os.link(folder / OGG, folder / "0.ogg")
    (folder / "8.ogg").symlink_to(OGG if relative else folder / OGG)
    (folder / "9.ogg").symlink_to("8.ogg")
    importing.run(folder)
    known = places(importing, folder / OGG)
    assert known == [str(folder / name) for name in ("0.ogg", OGG, "8.ogg", "9.ogg")]
    disk.rename(folder.parent / "away")
    importing.run(folder)
    assert places(importing, folder / OGG) == known
    (folder / "9.ogg").unlink()
    importing.run(folder)
    assert places(importing, folder / OGG) == known[:-1]


def test_a_link_leads_to_whichever_file_is_there_again(importing, folder):
    os.symlink(folder / OGG, folder / "9.ogg")
    importing.run(folder)
    first, away = importing.file(folder / OGG).guid, shutil.copy2(folder / OGG, folder.parent)
    (folder / "0/other.ogg").write_bytes((folder / OGG).read_bytes())
    write_tags(folder / "0/other.ogg", Tags(title="Other"))
    importing.run(folder)
    (folder / "0/other.ogg").rename(folder / OGG)
    importing.run(folder)
    (folder / OGG).unlink()
    importing.run(folder)
    shutil.copy2(away, folder / OGG)
    importing.run(folder)
    assert importing.file(folder / OGG).guid == first
    assert places(importing, folder / OGG) == [str(folder / name) for name in (OGG, "9.ogg")]


@pytest.mark.parametrize("gone", ["0/a.flac", FLAC, "9.flac"])
def test_a_file_stays_itself_while_one_of_its_places_is_left(importing, folder, gone):
    names = {"0/a.flac", FLAC, "9.flac"}
    os.link(folder / FLAC, folder / "0/a.flac")
    os.symlink(folder / "0/a.flac" if gone == FLAC else folder / FLAC, folder / "9.flac")
    importing.run(folder)
    guid = importing.passage(folder / FLAC).guid
    if gone == FLAC:
        (folder / "9.flac").unlink()
        os.symlink("0/a.flac", folder / "9.flac")
    (folder / gone).unlink()
    if gone == "0/a.flac":
        assert (folder / "9.flac").exists()
    importing.run(folder)
    assert importing.decoded == []
    left = sorted(names - {gone})
    assert places(importing, folder / left[0]) == [str(folder / name) for name in left]
    assert importing.passage(folder / left[0]).guid == guid
    assert len(pieces_of(importing)) == 4


def test_a_link_that_comes_before_its_target_in_the_walk_is_a_place_and_no_copy(importing, folder):
    (folder / "0/a.flac").symlink_to(folder / "9.flac")
    shutil.move(folder / FLAC, folder / "9.flac")
    importing.run(folder)
    assert sorted(importing.decoded) == ["9.flac", "mp3.mp3", "vorbis.ogg", "wav.wav"]
    assert places(importing, folder / "0/a.flac") == [str(folder / "9.flac"), str(folder / "0/a.flac")]
    (folder / "9.flac").rename(folder / "moved.flac")
    importing.run(folder)
    assert places(importing, folder / "moved.flac") == [str(folder / "moved.flac")]
    (folder / "0/a.flac").unlink()
    (folder / "0/a.flac").symlink_to(folder / OGG)
    importing.run(folder)
    assert places(importing, folder / "0/a.flac") == [str(folder / OGG), str(folder / "0/a.flac")]
    assert len(importing.decoded) == 0


@pytest.mark.parametrize("why", ["outside", "excluded"])
def test_links_to_what_is_not_imported_are_all_that_is_known_of_it(importing_with, folder, why):
    target = folder.parent / "kept.flac" if why == "outside" else folder / "left out/kept.flac"
    target.parent.mkdir(exist_ok=True)
    shutil.move(folder / FLAC, target)
    for name in ("b.flac", "a.flac"):
        (folder / name).symlink_to(target)
    with importing_with({"scan.exclude": '["left out"]'}) as importing:
        importing.run(folder)
        assert places(importing, folder / "b.flac") == [str(folder / "a.flac"), str(folder / "b.flac")]
        guid = importing.passage(folder / "a.flac").guid
        assert len(pieces_of(importing)) == 4
    with importing_with() as importing:
        importing.run(folder)
        best = folder / "a.flac" if why == "outside" else target
        assert places(importing, target if why == "excluded" else best)[0] == str(best)
        assert importing.passage(folder / "b.flac").guid == guid
        assert importing.decoded == []
        assert len(pieces_of(importing)) == 4


def test_a_place_that_is_left_out_is_none_until_it_is_taken_again(importing_with, folder):
    (folder / "0/a").mkdir()
    os.link(folder / FLAC, folder / "0/a/left.flac")
    with importing_with() as importing:
        importing.run(folder)
        guid = importing.passage(folder / FLAC).guid
        assert places(importing, folder / FLAC) == [str(folder / "0/a/left.flac"), str(folder / FLAC)]
    with importing_with({"scan.exclude": '["a"]'}) as importing:
        importing.run(folder)
        assert places(importing, folder / FLAC) == [str(folder / FLAC)]
        assert importing.passage(folder / FLAC).guid == guid
        assert importing.library.status().excluded == 0
    with importing_with() as importing:
        importing.run(folder)
        assert places(importing, folder / FLAC) == [str(folder / "0/a/left.flac"), str(folder / FLAC)]
        assert importing.passage(folder / FLAC).guid == guid
        assert importing.decoded == []


def test_a_place_where_another_file_is_put_is_none_any_more(importing, folder):
    os.link(folder / FLAC, folder / "9.flac")
    importing.run(folder)
    guid = importing.passage(folder / FLAC).guid
    (folder / "9.flac").unlink()
    shutil.copyfile(folder / WAV, folder / "9.flac")
    make_old(folder / "9.flac")
    importing.run(folder)
    assert importing.decoded == ["9.flac"]
    assert places(importing, folder / FLAC) == [str(folder / FLAC)]
    assert places(importing, folder / "9.flac") == [str(folder / "9.flac")]
    assert importing.passage(folder / FLAC).guid == guid
    assert len(pieces_of(importing)) == 5


def test_a_file_whose_path_another_one_takes_is_at_its_other_place(importing, folder):
    os.link(folder / FLAC, folder / "9.flac")
    importing.run(folder)
    flac, wav = importing.passage(folder / FLAC).guid, importing.passage(folder / WAV).guid
    (folder / WAV).rename(folder / FLAC)
    importing.run(folder)
    assert importing.passage(folder / "9.flac").guid == flac
    assert importing.passage(folder / FLAC).guid == wav
    assert places(importing, folder / "9.flac") == [str(folder / "9.flac")]
    assert len(pieces_of(importing)) == 4


def test_a_file_whose_path_another_one_with_several_places_takes_is_at_its_other_place(importing, folder):
    os.link(folder / FLAC, folder / "9.flac")
    importing.run(folder)
    guid = importing.passage(folder / FLAC).guid
    new = folder.parent / "new.flac"
    write_tags(shutil.copyfile(folder / FLAC, new), Tags(title="Another"))
    make_old(new)
    os.link(new, folder / "8.flac")
    new.rename(folder / FLAC)
    importing.run(folder)
    assert places(importing, folder / "9.flac") == [str(folder / "9.flac")]
    assert importing.passage(folder / "9.flac").guid == guid
    assert places(importing, folder / "8.flac") == [str(folder / FLAC), str(folder / "8.flac")]
    assert importing.passage(folder / FLAC).title.name == "Another"
    assert importing.passage(folder / FLAC).guid != guid


@pytest.mark.parametrize("first", ["0/a.flac", "z.flac"])
@pytest.mark.parametrize("instead", ["swapped", "moved", "overwritten"])
def test_a_place_that_is_moved_to_the_path_of_another_file_takes_nothing_of_it(importing, folder, first, instead):
    """The other file is the one whose path is the smallest, or the largest."""
    other = folder / ("0/0.flac" if first == "z.flac" else "zz.flac")
    shutil.copyfile(folder / FLAC, other)
    write_tags(other, Tags(title="Other"))
    make_old(other)
    os.link(folder / FLAC, folder / first)
    importing.run(folder)
    guids = importing.passage(folder / FLAC).guid, importing.passage(other).guid
    target = {"swapped": folder / first, "moved": folder / "new.flac", "overwritten": folder.parent / "gone.flac"}
    other.rename(folder / "aside")
    (folder / first).rename(other)
    (folder / "aside").rename(target[instead])
    importing.run(folder)
    assert importing.decoded == []
    assert importing.passage(folder / FLAC).guid == importing.passage(other).guid == guids[0]
    if instead != "overwritten":
        assert importing.passage(target[instead]).guid == guids[1]
    assert len(pieces_of(importing)) == (4 if instead == "overwritten" else 5)


def test_a_copy_that_becomes_a_link_is_no_file_of_its_own_any_more(importing, folder):
    shutil.copy2(folder / FLAC, folder / "9.flac")
    importing.run(folder)
    guid = importing.passage(folder / FLAC).guid
    assert len(pieces_of(importing)) == 5
    (folder / "9.flac").unlink()
    os.link(folder / FLAC, folder / "9.flac")
    importing.run(folder)
    assert places(importing, folder / "9.flac") == [str(folder / FLAC), str(folder / "9.flac")]
    assert importing.passage(folder / "9.flac").guid == guid
    assert len(pieces_of(importing)) == 4
    assert importing.decoded == []


def test_reading_again_decodes_a_file_with_several_places_once(importing, folder):
    os.link(folder / FLAC, folder / "9.flac")
    importing.run(folder)
    importing.run(folder, reanalyze=True)
    assert sorted(importing.decoded) == ["flac.flac", "mp3.mp3", "vorbis.ogg", "wav.wav"]
    assert len(pieces_of(importing)) == 4


def test_new_tags_are_those_of_the_file_at_all_its_places(importing, folder):
    os.link(folder / FLAC, folder / "9.flac")
    importing.run(folder)
    guid = importing.passage(folder / FLAC).guid
    write_tags(folder / "9.flac", Tags(title="New"))
    make_old(folder / "9.flac")
    assert os.path.samefile(folder / "9.flac", folder / FLAC)
    importing.run(folder)
    assert importing.decoded == []
    assert importing.passage(folder / FLAC).title.name == "New"
    assert importing.passage(folder / FLAC).guid == guid


def test_the_same_root_under_another_name_adds_nothing(importing, folder):
    other = folder.with_name("another name")
    other.symlink_to(folder)
    importing.run(other)
    guids = {passage.guid for passage in importing.library.passages()}
    # The path without a link comes later.
    for roots in ((folder,), (other,), (folder, other), (other, folder), (other,)):
        importing.run(*roots)
        assert {passage.guid for passage in importing.library.passages()} == guids
        assert importing.decoded == []
        assert set(places(importing, other / FLAC)) == {str(folder / FLAC), str(other / FLAC)}
    assert importing.library.status().missing == importing.library.status().excluded == 0


def test_a_hard_link_in_another_root_is_a_place_of_the_file(importing, folder):
    other = folder.with_name("kept")
    other.mkdir()
    # A root without entries may be a disk that is away.
    shutil.copyfile(folder / OGG, other / "another.ogg")
    importing.run(folder)
    guid = importing.passage(folder / FLAC).guid
    os.link(folder / FLAC, other / "flac.flac")
    importing.run(other)
    assert (importing.decoded, importing.compared) == (["another.ogg"], [])
    assert places(importing, folder / FLAC) == [str(other / "flac.flac"), str(folder / FLAC)]
    (other / "flac.flac").unlink()
    importing.run(other)
    assert places(importing, folder / FLAC) == [str(folder / FLAC)]
    assert importing.passage(folder / FLAC).guid == guid
    assert importing.library.status().missing == 0
    (folder / FLAC).unlink()
    importing.run(folder)
    assert importing.library.status().missing == 1


@pytest.mark.slow
def test_commands_take_any_place_of_a_file(command_line, folder):
    os.link(folder / FLAC, folder / "0/a.flac")
    os.symlink(folder / WAV, folder / "1/z.wav")
    command_line.run("import", folder)
    shown = json.loads(command_line.run_here("show", "--json", folder / FLAC).stdout)
    assert (shown["path"], shown["places"]) == (
        str(folder / "0/a.flac"),
        [{"path": str(folder / FLAC), "path_hex": None}],
    )
    assert f"  place   {folder / FLAC}" in command_line.run_here("show", folder / "0/a.flac").stdout
    command_line.run_here("set", folder / "1/z.wav", "title=Mine")
    assert len(command_line.run_here("list", "--json").stdout.splitlines()) == 4
    done = CliRunner().invoke(cli, ["export", "json", "--library", str(command_line.library), "-"])
    assert len(done.stdout.splitlines()) == 4
    command_line.run_here("forget", folder / "1", "--yes")
    assert json.loads(command_line.run_here("show", "--json", folder / WAV).stdout)["places"] == []
    command_line.run_here("forget", folder / FLAC, "--yes")
    left = [json.loads(line)["path"] for line in command_line.run_here("list", "--json").stdout.splitlines()]
    assert left == [str(folder / OGG), str(folder / WAV)]
    command_line.run_here("check")


def test_a_folder_that_is_mounted_twice_has_its_files_once(importing, folder):
    second = folder / "0 second name"
    second.mkdir()
    importing.run(folder)
    guids = {passage.guid for passage in importing.library.passages()}
    done = subprocess.run(["mount", "--bind", folder / "3", second], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no folder can be mounted twice: {done.stderr.strip()}")
    try:
        importing.run(folder)
        assert places(importing, folder / WAV) == [str(second / "wav.wav"), str(folder / WAV)]
        importing.run(folder)
        assert {passage.guid for passage in importing.library.passages()} == guids
        assert importing.decoded == importing.compared == []
    finally:
        subprocess.run(["umount", second], check=True)
    importing.run(folder)
    assert importing.passage(folder / WAV).guid in guids
    assert importing.library.status().missing == importing.library.status().excluded == 0
    assert len(pieces_of(importing)) == 4


def test_two_files_that_an_older_version_made_of_one_are_one_again(importing_with, folder, tmp_path):
    shutil.copy2(folder / FLAC, folder / "9.flac")
    with importing_with() as importing:
        importing.run(folder)
        assert len(pieces_of(importing)) == 5
    (folder / "9.flac").unlink()
    os.link(folder / FLAC, folder / "9.flac")
    with closing(sqlite3.connect(tmp_path / "library.passages")) as connection, connection:
        inode = os.stat(folder / FLAC).st_ino
        connection.execute("UPDATE file SET ctime_ns = NULL, inode = ? WHERE path_text LIKE '%.flac'", (inode,))
    with importing_with() as importing:
        importing.run(folder)
        assert places(importing, folder / "9.flac") == [str(folder / FLAC), str(folder / "9.flac")]
        assert importing.decoded == importing.compared == []
        assert len(pieces_of(importing)) == 4


def test_where_inode_numbers_are_made_up_links_are_told_by_their_paths(importing, folder, monkeypatch):
    monkeypatch.setattr(FileNumbers, "is_made_up", lambda *_: True)
    (folder / "0/a.flac").symlink_to(folder / FLAC)
    os.link(folder / WAV, folder / "9.wav")
    importing.run(folder)
    assert places(importing, folder / "0/a.flac") == [str(folder / FLAC), str(folder / "0/a.flac")]
    # No number says that these are one.
    assert places(importing, folder / "9.wav") == [str(folder / "9.wav")]
    assert len(pieces_of(importing)) == 5
    guid = importing.passage(folder / FLAC).guid
    (folder / FLAC).rename(folder / "0/b.flac")
    importing.run(folder)
    assert importing.passage(folder / "0/b.flac").guid == guid
    assert places(importing, folder / "0/b.flac") == [str(folder / "0/b.flac")]


def test_a_look_at_one_folder_alone_finds_places_and_what_is_left_of_a_file(importing, folder):
    os.link(folder / FLAC, folder / "1/a.flac")
    importing.run(folder)
    guid = importing.passage(folder / FLAC).guid
    os.link(folder / WAV, folder / "1/a.wav")
    importing.run_part(folder, folder / "1")
    assert places(importing, folder / WAV) == [str(folder / "1/a.wav"), str(folder / WAV)]
    (folder / FLAC).unlink()
    importing.run_part(folder, folder / "0")
    assert places(importing, folder / "1/a.flac") == [str(folder / "1/a.flac")]
    assert importing.passage(folder / "1/a.flac").guid == guid
    assert importing.decoded == []
    (folder / "1/a.flac").unlink()
    importing.run_part(folder, folder / "1")
    assert importing.library.status().missing == 1


@pytest.mark.parametrize("reverse", [False, True])
def test_a_root_under_two_names_is_the_same_whether_they_are_imported_together_or_not(
    importing, importing_with, folder, tmp_path, reverse
):
    os.link(folder / FLAC, folder / "0/a.flac")
    second = tmp_path / "a second name"
    second.symlink_to(folder)
    roots = (second, folder) if reverse else (folder, second)

    def all_places(importing):
        return {name: places(importing, folder / name) for name in (FLAC, OGG, WAV)}

    with importing_with({"library.path": str(tmp_path / "apart.passages")}) as apart:
        for root in roots:
            apart.run(root)
        importing.run(*roots)
        assert all_places(importing) == all_places(apart)
        assert places(importing, second / OGG) == [str(second / OGG), str(folder / OGG)]
        assert importing.run(*roots).summary.run.found == ()
        (folder / OGG).unlink()
        for each in (importing, apart):
            report = each.run(*roots)
            assert (report.summary.missing, report.progress.files_unchanged) == (1, 3)
            assert len(pieces_of(each)) == 3
        assert all_places(importing) == all_places(apart)
    assert importing.run(*roots).summary.run.found == ()
