import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from passagework.actors.scanner.course import Course
from passagework.actors.scanner.walk import OwnFiles, ScanRules, takes, takes_folder, walk
from passagework.domain.progress import ScanProblem, ScanProblemCode
from passagework.domain.scan_scope import ScanPart


def make(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def files_below(root, rules=None, visited=None):
    listings = walk(os.fsencode(root), rules or ScanRules(), {} if visited is None else visited)
    return [os.fsdecode(os.path.relpath(f[0], os.fsencode(root))) for listing in listings for f in listing.files]


def problems_of(root):
    return [listing.problem.code for listing in walk(os.fsencode(root), ScanRules(), {}) if listing.problem]


def problems_with_details(root):
    return [
        (listing.problem.code, os.path.relpath(os.fsdecode(listing.problem.path), root), listing.problem.detail)
        for listing in walk(os.fsencode(root), ScanRules(), {})
        if listing.problem
    ]


def test_what_links_lead_to_comes_last_and_under_a_path_without_a_link_if_there_is_one(tmp_path):
    for name in ("b/1.mp3", "c/2.mp3"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    outside = tmp_path.with_name(tmp_path.name + " outside")
    outside.mkdir()
    (outside / "3.mp3").touch()
    (tmp_path / "a").symlink_to(tmp_path / "c")
    (tmp_path / "b/z").symlink_to(outside)
    (tmp_path / "aa").symlink_to(outside)
    assert files_below(tmp_path) == ["b/1.mp3", "c/2.mp3", "aa/3.mp3"]


def test_folders_come_in_order_of_name_and_those_below_each_follow_it(tmp_path):
    make(tmp_path, "b/1.mp3", "a/1.mp3", "z.mp3", "a/c/1.mp3", "aa/1.mp3")
    assert files_below(tmp_path) == ["z.mp3", "a/1.mp3", "a/c/1.mp3", "aa/1.mp3", "b/1.mp3"]


def test_globs_of_a_part_are_matched_below_its_root(tmp_path):
    make(tmp_path, "Live/a/1.mp3", "Live/a/b/2.mp3", "Live/3.mp3")
    part = ScanPart(os.fsencode(tmp_path / "Live" / "a"), below=True)
    listings = walk(os.fsencode(tmp_path), ScanRules(exclude=("Live/a/b",)), {}, (), part)
    assert [os.path.basename(file[0]) for listing in listings for file in listing.files] == [b"1.mp3"]


def test_each_folder_is_told_before_it_is_listed_also_one_with_a_marker(tmp_path):
    make(tmp_path, "a/1.mp3", "b/.nomedia", "b/c/2.mp3", "@eaDir/3.mp3")
    entered = []
    for listing in walk(os.fsencode(tmp_path), ScanRules(), {}, (), None, entered.append):
        assert listing.folder == entered[-1]
    assert [os.path.basename(folder) for folder in entered] == [os.fsencode(tmp_path.name), b"a", b"b"]


@pytest.mark.parametrize(
    ("name", "rules", "entered"),
    [
        ("a/b", ScanRules(), True),
        ("a/.b", ScanRules(), False),
        ("a/.b", ScanRules(hidden=True), True),
        ("a/@eaDir", ScanRules(hidden=True), False),
        ("a/b", ScanRules(exclude=("a/b",)), False),
        ("a/b", ScanRules(include=("*.flac",)), True),
    ],
)
def test_whether_the_walk_goes_into_a_folder_is_known_by_its_name(name, rules, entered):
    assert takes_folder(b"/music/" + name.encode(), b"/music", rules) is entered


def test_hidden_and_system_folders_are_left_out(tmp_path):
    make(tmp_path, ".hidden/1.mp3", "lost+found/1.mp3", "@eaDir/1.mp3", "$RECYCLE.BIN/1.mp3", ".x.mp3", "seen.mp3")
    assert files_below(tmp_path) == ["seen.mp3"]


def test_hidden_files_are_taken_when_asked_for(tmp_path):
    make(tmp_path, ".hidden/1.mp3", ".x.mp3", ".Trashes/1.mp3")
    assert files_below(tmp_path, ScanRules(hidden=True)) == [".x.mp3", ".hidden/1.mp3"]


def test_a_folder_with_a_nomedia_marker_is_left_out_with_all_below_it(tmp_path):
    make(tmp_path, "private/.nomedia", "private/1.mp3", "private/deeper/2.mp3", "3.mp3")
    assert files_below(tmp_path) == ["3.mp3"]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (ScanRules(include=("*.flac",)), ["Live/b.flac"]),
        (ScanRules(exclude=("Live/*",)), ["a.mp3"]),
        (ScanRules(exclude=("Live",)), ["a.mp3"]),
        (ScanRules(exclude=("*.mp3",)), ["Live/b.flac"]),
        (ScanRules(include=("*.mp3", "*.flac"), exclude=("Live/c*",)), ["a.mp3", "Live/b.flac"]),
    ],
)
def test_globs_choose_by_name_and_by_path_below_the_root(tmp_path, rules, expected):
    make(tmp_path, "a.mp3", "Live/b.flac", "Live/c.mp3")
    assert files_below(tmp_path, rules) == expected


def test_a_symlink_loop_ends(tmp_path):
    make(tmp_path, "a/1.mp3")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert files_below(tmp_path, ScanRules(follow_symlinks=True)) == ["a/1.mp3"]


def test_symlinks_are_followed_only_when_asked_for(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    make(outside, "1.mp3")
    inside.mkdir()
    (inside / "link").symlink_to(outside)
    (inside / "song.mp3").symlink_to(outside / "1.mp3")
    assert files_below(inside, ScanRules(follow_symlinks=False)) == []
    assert files_below(inside, ScanRules(follow_symlinks=True)) == ["song.mp3", "link/1.mp3"]


def test_a_dangling_symlink_is_not_there(tmp_path):
    (tmp_path / "dangling.mp3").symlink_to(tmp_path / "nowhere")
    make(tmp_path, "1.mp3")
    assert files_below(tmp_path, ScanRules(follow_symlinks=True)) == ["1.mp3"]


def test_overlapping_roots_are_listed_once(tmp_path):
    make(tmp_path, "a/1.mp3")
    visited = {}
    assert files_below(tmp_path, visited=visited) == ["a/1.mp3"]
    assert files_below(tmp_path / "a", visited=visited) == []


def test_names_that_are_not_utf8_and_names_of_255_bytes_are_kept_byte_for_byte(tmp_path):
    names = [b"caf\xe9.mp3", b"x" * 251 + b".mp3"]
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(b"x")
    listings = walk(os.fsencode(tmp_path), ScanRules(), {})
    assert [os.path.basename(f[0]) for listing in listings for f in listing.files] == names


def test_a_missing_root_is_a_problem_and_not_an_empty_one(tmp_path):
    assert problems_of(tmp_path / "nowhere") == [ScanProblemCode.ROOT_MISSING]


def test_the_problem_of_a_root_names_it_and_says_why(tmp_path):
    empty, nowhere = os.fsencode(tmp_path), os.fsencode(tmp_path / "nowhere")
    for root, code, detail in (
        (empty, ScanProblemCode.ROOT_EMPTY, "the folder has no entries"),
        (nowhere, ScanProblemCode.ROOT_MISSING, "No such file or directory"),
    ):
        (listing,) = walk(root, ScanRules(), {})
        assert (listing.folder, listing.files, listing.problem) == (root, (), ScanProblem(code, root, detail))


def test_a_root_that_is_a_file_is_a_problem(tmp_path):
    make(tmp_path, "file.mp3")
    assert problems_of(tmp_path / "file.mp3") == [ScanProblemCode.ROOT_IS_FILE]
    assert problems_of(tmp_path / "file.mp3" / "below") == [ScanProblemCode.ROOT_MISSING]


def test_an_empty_root_is_a_problem(tmp_path):
    assert problems_of(tmp_path) == [ScanProblemCode.ROOT_EMPTY]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_without_permission_is_a_problem_and_the_walk_goes_on(tmp_path):
    make(tmp_path, "closed/1.mp3", "open/2.mp3")
    (tmp_path / "closed").chmod(0)
    try:
        assert problems_of(tmp_path) == [ScanProblemCode.FOLDER_UNREADABLE]
        assert files_below(tmp_path) == ["open/2.mp3"]
    finally:
        (tmp_path / "closed").chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_be_listed_but_not_entered_is_a_problem_that_counts_its_entries(tmp_path):
    make(tmp_path, "listed/1.mp3", "listed/2.mp3", "listed/below/3.mp3", "open/4.mp3")
    (tmp_path / "listed").chmod(0o400)
    try:
        assert problems_with_details(tmp_path) == [
            (ScanProblemCode.ENTRIES_UNREADABLE, "listed", "3 entries not looked at, such as 1.mp3: Permission denied")
        ]
        assert files_below(tmp_path) == ["open/4.mp3"]
    finally:
        (tmp_path / "listed").chmod(0o700)


def test_links_that_lead_nowhere_but_are_there_are_a_problem_and_the_other_files_are_listed(tmp_path):
    make(tmp_path, "1.mp3")
    (tmp_path / "circle.mp3").symlink_to("circle.mp3")
    (tmp_path / "long.mp3").symlink_to("x" * 300)
    (tmp_path / "dangling.mp3").symlink_to("1.mp3/nothing")
    assert files_below(tmp_path) == ["1.mp3"]
    why = "2 entries not looked at, such as circle.mp3: Too many levels of symbolic links"
    assert problems_with_details(tmp_path) == [(ScanProblemCode.ENTRIES_UNREADABLE, ".", why)]
    (tmp_path / "circle.mp3").unlink()
    why = "1 entry not looked at, such as long.mp3: File name too long"
    assert problems_with_details(tmp_path) == [(ScanProblemCode.ENTRIES_UNREADABLE, ".", why)]


def test_what_lies_deeper_than_a_path_can_be_long_is_a_problem_of_the_last_folder_that_can_be_named(tmp_path):
    name = "x" * 250
    with ExitStack() as opened:
        folder = os.open(tmp_path, os.O_RDONLY)
        opened.callback(os.close, folder)
        for _ in range(20):
            os.mkdir(name, dir_fd=folder)
            folder = os.open(name, os.O_RDONLY, dir_fd=folder)
            opened.callback(os.close, folder)
            os.close(os.open("1.mp3", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    found = files_below(tmp_path)
    assert 10 < len(found) < 20
    ((code, last, why),) = problems_with_details(tmp_path)
    assert (code, why) == (ScanProblemCode.PATH_TOO_LONG, f"1 entry not looked at, such as {name}: File name too long")
    assert os.path.dirname(found[-1]) == last


def test_a_folder_that_vanishes_during_the_walk_is_a_problem_and_the_rest_is_listed(tmp_path):
    make(tmp_path, "a/1.mp3", "b/2.mp3", "c/3.mp3")
    listings = walk(os.fsencode(tmp_path), ScanRules(), {})
    next(listings)
    next(listings)
    (tmp_path / "b" / "2.mp3").unlink()
    (tmp_path / "b").rmdir()
    gone, last = listings
    assert (gone.folder, gone.files) == (os.fsencode(tmp_path / "b"), ())
    assert gone.problem == ScanProblem(
        ScanProblemCode.FOLDER_UNREADABLE, os.fsencode(tmp_path / "b"), "No such file or directory"
    )
    assert [os.path.basename(file[0]) for file in last.files] == [b"3.mp3"]


def test_what_lies_beside_the_library_belongs_to_it(tmp_path):
    endings = ("", "-wal", "-shm", "-journal", ".lock", ".damaged", ".v3.backup", ".v3.backup.partial")
    make(tmp_path, *(f"music.passages{ending}" for ending in endings), "music.passages-2.mp3")
    own = OwnFiles(os.fsencode(tmp_path / "music.passages"))
    listing = next(walk(os.fsencode(tmp_path), ScanRules(), {}))
    assert [os.path.basename(file[0]) for file in listing.files if file not in own] == [b"music.passages-2.mp3"]


def test_the_files_of_the_library_are_known_by_path_and_by_inode(tmp_path):
    make(tmp_path, "music.passages", "1.mp3")
    (tmp_path / "same-file.mp3").hardlink_to(tmp_path / "music.passages")
    own = OwnFiles(os.fsencode(tmp_path / "music.passages"))
    listing = next(walk(os.fsencode(tmp_path), ScanRules(), {}))
    assert [os.path.basename(file[0]) for file in listing.files if file not in own] == [b"1.mp3"]


def test_a_glob_of_a_name_alone_counts_however_deep_the_file_lies(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("kept.mp3", "left.mp3"):
        (tmp_path / "a" / "b" / name).write_bytes(b"x")
    listings = walk(os.fsencode(tmp_path), ScanRules(exclude=("left.mp3",)), {})
    assert [os.path.basename(file[0]) for listing in listings for file in listing.files] == [b"kept.mp3"]


def test_whether_the_walk_lists_a_file_follows_from_its_name_and_from_the_markers_down_to_the_root(tmp_path):
    make(tmp_path, "a/b/1.mp3")
    root, path = os.fsencode(tmp_path), os.fsencode(tmp_path / "a" / "b" / "1.mp3")
    assert takes(path, root, ScanRules())
    assert takes(path, root, ScanRules(include=("*.mp3",)))
    assert not takes(path, root, ScanRules(include=("*.flac",)))
    make(tmp_path, ".nomedia")
    assert not takes(path, root, ScanRules())


def test_a_folder_that_cannot_be_read_for_a_reason_without_a_number_is_a_problem_in_its_words(tmp_path, monkeypatch):
    def refuse(_folder):
        raise OSError("the disk is tired")

    make(tmp_path, "1.mp3")
    monkeypatch.setattr(os, "scandir", refuse)
    assert problems_with_details(tmp_path) == [(ScanProblemCode.FOLDER_UNREADABLE, ".", "the disk is tired")]


def test_what_is_put_back_comes_again_and_then_all_that_was_still_to_come(tmp_path):
    make(tmp_path, "a/1.mp3", "b/2.mp3")
    course = Course((os.fsencode(tmp_path),), ScanRules())
    taken = course.take(lambda: True)
    course.put_back(taken)
    again = course.take(lambda: False)
    assert [os.path.basename(one.folder) for one in again] == [os.fsencode(tmp_path.name), b"a", b"b"]
    assert again[:1] == taken
