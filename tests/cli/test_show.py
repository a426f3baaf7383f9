import json
import os
import re

import pytest
from mutagen.flac import FLAC

from passagework import Importer, Library, PassageworkError, load_settings
from passagework.domain.errors import LibraryError, NotFoundError
from passagework.domain.tags import Tags


@pytest.fixture
def passages(small_library):
    with Library.open(small_library.path) as library:
        return list(library.passages())


def printable(text):
    return {character for character in text if not character.isprintable()} <= {"\n"}


def test_list_shows_each_passage_on_one_line_with_guid_span_names_and_path(ask, small_library, passages):
    lines = ask("list").output.splitlines()
    assert len(lines) == len(passages) == 2
    (kettle,) = [line for line in lines if "Kettle" in line]
    assert kettle.endswith(f"~Somebody - ~Kettle (~Short)  [{small_library.music / 'One.flac'}]")
    assert "  0:00.000-" in kettle


def test_list_keeps_what_a_text_is_found_in(ask):
    assert "Kettle" in ask("list", "KETTLE").output


@pytest.mark.parametrize("words", [("kettle", "somebody"), ("short kett",), ("kéttle", "SHORT")])
def test_list_takes_several_words_in_any_order_quoted_or_not(ask, words):
    (line,) = ask("list", *words).output.splitlines()
    assert "Kettle" in line


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_list_ends_with_its_own_code_if_it_finds_nothing(ask, form):
    none = ask("list", "no such thing", *form, expect=4)
    assert (none.stdout, none.stderr) == ("", "nothing found\n")


def test_a_library_without_passages_is_said_to_have_none(run, tmp_path):
    with Importer(load_settings(overrides={"library.path": str(tmp_path / "empty.passages")})):
        pass
    assert run("list", "--library", tmp_path / "empty.passages", expect=4).stderr == "the library has no passages\n"
    assert run("list", "--failed", "--library", tmp_path / "empty.passages").output == ""


def test_list_as_json_gives_one_object_a_line(ask, passages):
    objects = [json.loads(line) for line in ask("list", "--json").output.splitlines()]
    assert [found["guid"] for found in objects] == [passage.guid for passage in passages]


def test_gains_follow_from_the_passage_and_from_its_album(ask, small_library, passages):
    shown = json.loads(ask("show", "--json", small_library.music / "One.flac").output)
    (passage,) = shown["passages"]
    found = [json.loads(line)["gains"] for line in ask("list", "--json").output.splitlines()]
    assert passage["gains"] in found
    assert json.loads(ask("show", "--json", passage["guid"]).output)["gains"] == passage["gains"]
    (album,) = {gains["album_loudness_lufs"] for gains in found}
    loudness = sorted(passage.loudness.integrated for passage in passages)
    assert loudness[0] < album < loudness[1]
    assert passage["gains"]["replaygain_album_gain_db"] == pytest.approx(-18 - album)
    assert passage["gains"]["replaygain_track_gain_db"] == pytest.approx(-18 - passage["loudness_lufs"])
    peaks = [passage.loudness.true_peak for passage in passages]
    assert passage["gains"]["album_true_peak_dbtp"] == max(peaks)
    output = ask("show", small_library.music / "One.flac").output
    assert f"  of      disc {album:.1f} LUFS, album {album:.1f} LUFS\n" in output
    assert (
        f"  gain    track {-18 - passage['loudness_lufs']:+.2f} dB, album {-18 - album:+.2f} dB, R128 track" in output
    )


def test_show_tells_the_loudness_and_the_sample_peak_of_the_file_itself(ask, small_library):
    shown = json.loads(ask("show", "--json", small_library.music / "One.flac").output)
    of_file = ask("show", small_library.music / "One.flac").output.partition("passage ")[0]
    assert f"  loud    {shown['loudness_lufs']:.1f} LUFS, " in of_file
    assert f", sample peak {shown['sample_peak_dbfs']:.1f} dBFS\n" in of_file


def test_show_gives_a_file_with_its_passages(ask, small_library):
    output = ask("show", small_library.music / "One.flac").output
    assert output.startswith(f"file      {small_library.music / 'One.flac'}\n  state   analysed\n")
    assert "flac in flac, 22050 Hz, 2 channels" in output
    assert "  what    ~Somebody - ~Kettle (~Short)" in output


def test_show_finds_a_file_by_its_relative_path(ask, small_library, monkeypatch):
    monkeypatch.chdir(small_library.music)
    assert ask("show", "One.flac", "--json").output == ask("show", small_library.music / "One.flac", "--json").output


def test_show_gives_a_passage_by_the_beginning_of_its_guid(ask, passages):
    (passage,) = [passage for passage in passages if passage.title.name == "Kettle"]
    assert json.loads(ask("show", passage.guid[:8], "--json").output)["guid"] == passage.guid
    assert ask("show", passage.guid.upper()).output.startswith(f"passage   {passage.guid}\n")


def test_a_file_that_is_called_like_a_passage_is_shown_and_the_longer_guid_names_the_passage(
    ask, run, passages, small_library, tmp_path, monkeypatch, import_folder
):
    guid = passages[0].guid
    music = tmp_path / "music"
    music.mkdir()
    os.link(small_library.music / "One.flac", music / guid[:8])
    library = tmp_path / "own.passages"
    library.write_bytes(small_library.path.read_bytes())
    import_folder(library, music)
    monkeypatch.chdir(music)
    assert run("show", "--library", library, guid[:8]).output.startswith("file ")
    assert run("show", "--library", library, guid).output.startswith("passage ")


@pytest.mark.parametrize("target", ["/no/such\nfile.flac", "abcdef", "%", "______"])
def test_what_the_library_does_not_know_is_not_found(ask, target):
    assert isinstance(ask("show", target, expect=1).exception, NotFoundError)


def test_a_failed_file_shows_code_and_reason(ask, small_library):
    output = ask("show", small_library.music / "bad\r\x1b[2J.mp3").output
    assert "  reason  not-audio: the content is not audio" in output


@pytest.mark.parametrize("command", [["list"], ["show"], ["status"]])
def test_no_name_and_no_tag_can_end_a_line_or_steer_the_terminal(ask, command, small_library):
    from_strangers = [name for name in os.listdir(small_library.music) if not name.isprintable()]
    targets = [[small_library.music / name] for name in from_strangers] if command == ["show"] else [[]]
    for target in targets:
        output = ask(*command, *target).output
        assert printable(output), output


def test_json_keeps_every_character_as_it_is(ask, small_library):
    names = [os.path.basename(json.loads(line)["path"]) for line in ask("list", "--json").output.splitlines()]
    assert sorted(names) == sorted(name for name in os.listdir(small_library.music) if name.endswith(".flac"))


def test_status_counts_what_the_library_holds(ask, small_library):
    data = json.loads(ask("status", "--json").output)
    assert data["files"] == {"analysed": 2, "failed": 1}
    assert (data["passages"], data["last_run"]) == (2, "completed")
    output = ask("status").output
    assert "files     2 analysed, 1 failed" in output
    assert "passages  2 (2 named by the text of their tags)" in output


@pytest.mark.parametrize("command", [["status"], ["list"], ["show", "x"]])
def test_without_a_library_every_question_says_so(run, tmp_path, command):
    error = run(command[0], "--library", tmp_path / "none.passages", *command[1:], expect=1).exception
    assert isinstance(error, LibraryError | PassageworkError)
    assert "there is no library" in str(error)


def test_list_failed_gives_each_file_that_could_not_be_analysed_on_one_line_with_its_reason(ask):
    (line,) = ask("list", "--failed").output.splitlines()
    assert line.startswith("not-audio: ")
    assert "the content is not audio" in line
    assert printable(line)
    (found,) = [json.loads(text) for text in ask("list", "--failed", "--json").output.splitlines()]
    assert found["code"] == "not-audio"


def test_list_failed_takes_no_text(ask):
    ask("list", "--failed", "kettle", expect=2)


def test_show_gives_the_normalised_tags_and_the_loudness_that_they_hold(run, make_music, import_folder, tmp_path):
    path = make_music("music/song.flac", tags=Tags(title="Song"))
    tagged = FLAC(path)
    tagged["replaygain_track_gain"] = "-6.5 dB"
    tagged["replaygain_album_gain"] = "-7.25 dB"
    tagged["replaygain_track_peak"] = "0.98"
    tagged.save()
    library = tmp_path / "music.passages"
    import_folder(library, path.parent)
    text = run("show", "--library", library, path).output
    assert "  gain    track -6.50 dB, album -7.25 dB, track peak 0.980 (from the tags)" in text
    shown = json.loads(run("show", "--library", library, path, "--json").output)["tags"]
    assert (shown["title"], shown["replay_gain"]["track_gain"]) == ("Song", -6.5)


def test_undo_without_a_run_lists_the_imports_and_undoes_nothing(ask, passages):
    listed = ask("undo", expect=2).output.splitlines()
    assert "passagework undo RUN" in listed[0]
    assert re.fullmatch(r" +1  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d .* completed: \d+ added.*", listed[1])
    assert len(listed) == 2
    assert "2 file curves" in ask("status").output
    assert "name the RUN to undo" in ask("undo", "--json", expect=2).output
