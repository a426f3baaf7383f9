"""``passagework duplicates``, and lists and exports without copies."""

import json
import shutil

import pytest

from passagework import Importer, InlineExecutor, load_settings


@pytest.fixture
def library(tmp_path, small_library):
    music = tmp_path / "music"
    music.mkdir()
    for name in ("a", "b"):
        shutil.copyfile(small_library.music / "One.flac", music / f"{name}.flac")
    path = tmp_path / "twice.passages"
    with Importer(load_settings(overrides={"library.path": str(path)}), make_executor=InlineExecutor) as importer:
        importer.start(music).wait(60)
    return path


def test_copies_are_listed_and_left_out_by_option_and_setting(run, library):
    best, other = run("duplicates", "--library", library).output.splitlines()[1:]
    assert best.startswith("  best  ")
    assert best.endswith("a.flac]")
    assert other.endswith("b.flac]")
    (line,) = run("duplicates", "--json", "--library", library).output.splitlines()
    found = json.loads(line)
    assert (found["sameness"], len(found["copies"])) == ("bytes", 2)
    setting = ("--set", "duplicates.leave_out=audio")
    for words, paths in (((), "ab"), (("--best-only",), "a"), (setting, "a"), ((*setting, "--every-copy"), "ab")):
        for command in (("list", "--json", "--library", library), ("export", "json", "--library", library, "-")):
            printed = run(*command, *words).stdout.splitlines()
            assert "".join(json.loads(one)["path"][-6] for one in printed) == paths, (command, words)
