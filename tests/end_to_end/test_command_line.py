"""The command as a person and a script meet it: what it prints, how it exits, what it leaves in the library."""

import json
import os

import pytest

from passagework import Library


@pytest.fixture
def music(tmp_path, pieces):
    """Give a folder of two good files that the test may change."""
    folder = tmp_path / "music"
    folder.mkdir()
    for piece in pieces[:2]:
        (folder / piece.name).write_bytes(piece.read_bytes())
    return folder


@pytest.mark.slow
def test_the_first_import_of_good_music_exits_with_0_and_its_report_is_what_the_library_holds(command_line, music):
    report = command_line.report(music)
    status = command_line.status()
    assert (report["analysed"], report["failed"], report["state"]) == (2, [], "completed")
    assert status["files"] == {"analysed": report["analysed"]}
    assert status["passages"] == report["passages"] == 2
    assert status["links"] == report["links"] == {"text-only": 2}
    assert status["audio_seconds"] == report["audio_seconds"] == pytest.approx(2.0, abs=0.1)
    assert status["last_run"] == report["state"]


@pytest.mark.slow
def test_a_new_failure_exits_with_1_and_a_known_one_with_0(command_line, music):
    (music / "notes.mp3").write_text("no music")
    (first,) = command_line.report(music, expect=1)["failed"]
    assert (first["path"], first["code"], first["new"]) == (str(music / "notes.mp3"), "not-audio", True)
    assert first["reason"].startswith("the content is not audio")
    again = command_line.report(music)
    assert (again["failed"], again["unchanged"], again["analysed"]) == ([], 3, 0)
    assert command_line.status()["files"] == {"analysed": 2, "failed": 1}


@pytest.mark.slow
def test_a_failure_that_is_tried_again_on_demand_is_named_but_not_new(command_line, music):
    (music / "notes.mp3").write_text("no music")
    command_line.import_here(music)
    again = command_line.report("--retry-failed", music)
    assert [(failed["code"], failed["new"]) for failed in again["failed"]] == [("not-audio", False)]
    assert "[known]" in command_line.run("import", "--retry-failed", music).stdout


@pytest.mark.slow
def test_the_report_for_people_has_one_line_for_every_failed_file(command_line, music):
    (music / "notes.mp3").write_text("no music")
    (music / "nothing.ogg").touch()
    done = command_line.run("import", music, expect=1)
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"not-audio: {music / 'notes.mp3'}: ")
    assert lines[1].startswith(f"empty-file: {music / 'nothing.ogg'}: ")
    assert lines[2].startswith("done: 2 files analysed (0:0")
    assert lines[2].endswith("0 unchanged, 2 failed (2 new), 0 missing")
    assert lines[-1] == f"library: {command_line.library}"
    # Where it takes some seconds, the progress.
    assert all(line.startswith("importing") for line in done.stderr.splitlines())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "analysis.wrokers=2"], "did you mean analysis.workers"),
        (["--set", "analysis.workers"], "write section.key=value"),
        (["--set", "batch.max_files=500", "--set", "session.credits=10"], "session.credits"),
    ],
    ids=["unknown key", "no value", "impossible combination"],
)
@pytest.mark.slow
def test_a_configuration_error_is_one_line_that_helps_and_exits_with_2(command_line, music, arguments, said):
    done = command_line.run("import", *arguments, music, expect=2)
    (line,) = done.stderr.splitlines()
    assert line.startswith("passagework: config-invalid: ")
    assert said in line
    assert done.stdout == ""
    assert not command_line.library.exists()


@pytest.mark.slow
def test_an_unknown_option_exits_with_2(command_line):
    assert "No such option" in command_line.run("import", "--frobnicate", expect=2).stderr


@pytest.mark.slow
def test_an_import_without_folders_and_without_roots_says_what_to_do_and_exits_with_2(command_line):
    (line,) = command_line.run("import", expect=2).stderr.splitlines()
    assert "name one, or set scan.roots" in line
    assert not command_line.library.exists()


@pytest.mark.slow
def test_a_file_that_is_no_library_is_left_as_it_is_and_exits_with_3(command_line, music):
    command_line.library.write_bytes(b"somebody's diary, of more than a hundred bytes, which nobody wants to lose" * 20)
    before = command_line.library.read_bytes()
    (line,) = command_line.run("import", music, expect=3).stderr.splitlines()
    assert str(command_line.library) in line
    assert command_line.library.read_bytes() == before


@pytest.mark.slow
def test_a_library_held_by_somebody_else_exits_with_3_and_says_by_whom_and_since_when(
    command_line, music, open_importer
):
    with open_importer(library__socket="false"):
        (line,) = command_line.run("import", music, expect=3).stderr.splitlines()
    assert line.startswith("passagework: library-busy: ")
    assert f"process {os.getpid()} on " in line
    assert " since 20" in line


@pytest.mark.slow
def test_questions_to_a_library_that_is_not_there_exit_with_3(command_line):
    for command in (["status"], ["list"], ["show", "something"]):
        (line,) = command_line.run(*command, expect=3).stderr.splitlines()
        assert "there is no library at" in line
    assert not command_line.library.exists()


@pytest.mark.slow
def test_a_missing_root_exits_with_4_and_changes_nothing(command_line, music):
    command_line.import_here(music)
    music.rename(music.with_name("elsewhere"))
    report = command_line.report(music, expect=4)
    assert [(problem["path"], problem["code"]) for problem in report["problems"]] == [(str(music), "root-missing")]
    status = command_line.status()
    assert (status["files"], status["missing"]) == ({"analysed": 2}, 0)


@pytest.mark.slow
def test_an_empty_root_exits_with_4_and_changes_nothing(command_line, music):
    command_line.import_here(music)
    for file in music.iterdir():
        file.unlink()
    report = command_line.report(music, expect=4)
    assert [problem["code"] for problem in report["problems"]] == ["root-empty"]
    assert command_line.status()["missing"] == 0


@pytest.mark.slow
def test_a_root_beside_a_missing_one_is_imported_all_the_same(command_line, music):
    report = command_line.report(music, music.with_name("nowhere"), expect=4)
    assert report["analysed"] == 2


@pytest.mark.slow
def test_a_file_or_passage_that_the_library_does_not_know_exits_with_4(command_line, music):
    command_line.import_here(music)
    (line,) = command_line.run("show", "nothing-like-this.mp3", expect=4).stderr.splitlines()
    assert "the library has no file" in line


@pytest.mark.slow
def test_files_that_vanish_are_marked_and_come_back_without_being_analysed_again(command_line, music):
    command_line.import_here(music)
    file = min(music.iterdir())
    content, times = file.read_bytes(), file.stat()
    file.unlink()
    assert command_line.report(music)["missing"] == 1
    assert command_line.status()["missing"] == 1
    file.write_bytes(content)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    back = command_line.report(music)
    assert (back["analysed"], back["unchanged"], command_line.status()["missing"]) == (0, 2, 0)


@pytest.mark.slow
def test_one_config_file_is_one_repeatable_run(command_line, music, tmp_path):
    config = tmp_path / "passagework.toml"
    config.write_text(f'[scan]\nroots = ["{music}"]\n[analysis]\nworkers = 1\n')
    assert command_line.report("--config", config)["analysed"] == 2
    assert command_line.report("--config", config)["unchanged"] == 2
    with Library.open(command_line.library) as library:
        second, first = library.runs()
    assert first.config_hash == second.config_hash
    assert first.roots == second.roots == (os.fsencode(music),)
    assert command_line.report("--config", config, "--set", "analysis.true_peak=false")["unchanged"] == 2
    with Library.open(command_line.library) as library:
        assert library.runs(1)[0].config_hash != first.config_hash


@pytest.mark.slow
def test_list_and_show_name_what_only_the_tags_know_with_a_mark(command_line, music):
    command_line.import_here(music)
    listed = command_line.run_here("list").stdout.splitlines()
    assert len(listed) == 2
    assert "~Somebody - ~Piece 1 (~Pieces)" in listed[0]
    found = [json.loads(line) for line in command_line.run_here("list", "--json", "piece").stdout.splitlines()]
    (guid,) = (one["guid"] for one in found if one["title"]["name"] == "Piece 1")
    by_file = json.loads(command_line.run_here("show", "--json", music / "flac.flac").stdout)
    by_guid = json.loads(command_line.run_here("show", "--json", guid[:8]).stdout)
    assert by_file["passages"] == [by_guid]
    assert command_line.run("list", "no such title", expect=4).stdout == ""


@pytest.mark.slow
def test_progress_is_plain_lines_in_a_pipe_and_the_json_report_stands_alone(command_line, make_folder):
    done = command_line.run("import", "--json", "--set", "analysis.workers=1", make_folder(120))
    assert json.loads(done.stdout)["analysed"] == 120
    assert "\x1b" not in done.stdout + done.stderr
