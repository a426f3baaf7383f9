import os
import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC

from passagework.audio.sniff import sniff_stream
from passagework.audio.tags import TagsUnreadableError, reading
from passagework.demo.encoding import AudioForm, write_audio
from tests.support.tagged_files import tags_in


@pytest.fixture
def flac(tmp_path):
    path = tmp_path / "a.flac"
    write_audio(path, np.zeros((4_800, 2), np.float32), 48_000, AudioForm.FLAC)
    return path


def vorbis_flac(comments):
    """Build a FLAC header whose comments hold any bytes."""
    packet = struct.pack("<L", 0) + struct.pack("<L", len(comments))
    packet += b"".join(struct.pack("<L", len(comment)) + comment for comment in comments)
    stream_info = bytes.fromhex("10001000000000000000") + bytes.fromhex("0bb802f000000000") + bytes(16)
    return b"fLaC\0\0\0\x22" + stream_info + b"\x84" + len(packet).to_bytes(3, "big") + packet


def assert_storable(tags):
    names = [name for name, _ in tags.raw]
    assert len(set(names)) == len(names)
    for name, values in tags.raw:
        assert name
        assert values
        for text in (name, *values):
            assert text.encode("utf-8")
            assert "\0" not in text


def cut_tags_in(path, container):
    """Give what was read of tags that are more than is read."""
    with pytest.raises(TagsUnreadableError, match="read") as caught:
        tags_in(path, container)
    return caught.value.found


def test_huge_values_are_cut_and_the_whole_is_bounded(flac):
    audio = FLAC(flac)
    audio.tags.extend((f"LYRICS{number}", "x" * 100_000) for number in range(40))
    audio["TITLE"] = "t" * 100_000
    audio.save()
    tags = cut_tags_in(flac, "flac")
    assert tags.title == "t" * 65_536
    assert sum(len(value) for _, values in tags.raw for value in values) <= 1 << 20
    assert max(len(value) for _, values in tags.raw for value in values) == 65_536


def test_thousands_of_tags_are_bounded_and_the_fields_behind_them_are_still_read(flac):
    audio = FLAC(flac)
    audio.tags.extend((f"KEY{number}", "value") for number in range(20_000))
    audio.tags.extend(("ARTIST", f"Artist {number}") for number in range(5_000))
    audio["TITLE"] = "Title"
    audio.save()
    tags = cut_tags_in(flac, "flac")
    assert tags.title == "Title"
    assert sum(len(values) for _, values in tags.raw) == 4_096
    assert len(tags.artists) == 256


def test_repeated_values_of_one_name_stand_together(flac):
    audio = FLAC(flac)
    audio.tags.extend([("GENRE", "A"), ("TITLE", "T"), ("GENRE", "B"), ("GENRE", "A")])
    audio.save()
    tags = tags_in(flac, "flac")
    assert tags.raw == (("GENRE", ("A", "B", "A")), ("TITLE", ("T",)))
    assert tags.genres == ("A", "B")


def test_text_that_is_no_utf8_and_nul_characters_can_be_stored(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(vorbis_flac([b"TITLE=caf\xe9", b"ARTIST=A\0B\0", b"ALBUM=\xed\xa0\x80", b"GENRE=\0"]))
    tags = tags_in(path, "flac")
    assert_storable(tags)
    assert tags.title == "caf\ufffd"
    assert tags.artists == ("A", "B")
    assert tags.genres == ()


def test_lone_surrogates_are_replaced(tmp_path):
    path = tmp_path / "a.mp3"
    body = b"\1\xff\xfe" + "ab".encode("utf-16-le") + b"\x00\xd8" + "c".encode("utf-16-le")
    txxx = b"\0" + b"de\0sc"
    frames = b"".join(
        name + len(data).to_bytes(4, "big") + b"\0\0" + data for name, data in [(b"TIT2", body), (b"TXXX", txxx)]
    )
    path.write_bytes(b"ID3\3\0\0\0\0\0" + bytes([len(frames)]) + frames)
    assert_storable(tags_in(path, "mp3"))


def test_names_written_in_the_wrong_alphabet_stay_as_they_are(flac):
    mojibake = "Привет".encode().decode("latin-1")
    audio = FLAC(flac)
    audio["TITLE"] = mojibake
    audio.save()
    assert tags_in(flac, "flac").title == mojibake


def test_damaged_tags_are_reported_as_unreadable_with_one_line(flac):
    flac.write_bytes(flac.read_bytes()[:20])
    with pytest.raises(TagsUnreadableError, match=r"^.{5,200}$") as caught:
        tags_in(flac, "flac")
    assert caught.value.code == "tags-unreadable"


def test_damaged_tags_are_passed_over_where_the_file_has_others(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(100))
    with pytest.raises(TagsUnreadableError):
        tags_in(path, "mp3")
    ape = APEv2()
    ape["Title"] = "Title"
    ape.save(path)
    assert tags_in(path, "mp3").title == "Title"


@pytest.mark.parametrize("wrapped", [False, True])
def test_running_out_of_memory_is_not_taken_for_damaged_tags(flac, monkeypatch, wrapped):
    def allocate():
        raise MemoryError

    def read(_file):
        try:
            allocate()
        except MemoryError as error:
            if wrapped:
                raise ValueError("as mutagen does it") from error
            raise

    monkeypatch.setattr(reading, "_READERS", {"flac": (read,)})
    with pytest.raises(MemoryError):
        tags_in(flac, "flac")


def test_a_length_that_the_file_cannot_have_costs_no_memory(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(vorbis_flac([b"TITLE=Title"]).replace(struct.pack("<L", 11), struct.pack("<L", 0x7FFF_0000)))
    tracemalloc.start()
    try:
        with pytest.raises(TagsUnreadableError):
            tags_in(path, "flac")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(comments=st.lists(st.binary(max_size=60) | st.binary(max_size=20).map(b"ARTISTS=".__add__), max_size=8))
def test_any_vorbis_comments_become_tags_that_can_be_stored(tmp_path, comments):
    path = tmp_path / "any.flac"
    path.write_bytes(vorbis_flac(comments))
    with suppress(TagsUnreadableError):
        assert_storable(tags_in(path, "flac"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    container=st.sampled_from(sorted(reading._READERS)),
    start=st.sampled_from(
        [b"ID3\3\0\0\0\0\0\x40TIT2\0\0\0\x10\0\0", b"RIFF\xff\0\0\0WAVE", b"OggS\0\2", b"fLaC", b"\x18\x53\x80\x67\xff"]
    ),
    rest=st.binary(max_size=300),
)
def test_any_bytes_give_tags_or_say_that_they_are_unreadable(tmp_path, container, start, rest):
    path = tmp_path / "any"
    path.write_bytes(start + rest)
    with suppress(TagsUnreadableError):
        assert_storable(tags_in(path, container))


@pytest.mark.slow
def test_odd_files_give_tags_or_say_that_they_are_unreadable(odd_files):
    read = 0
    for folder, _, names in os.walk(bytes(odd_files)):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                container = sniff_stream(file)
            for claimed in {container, *reading._READERS} - {None}:
                with suppress(TagsUnreadableError):
                    assert_storable(tags_in(Path(os.fsdecode(path)), claimed))
                    read += claimed == container
    assert read
