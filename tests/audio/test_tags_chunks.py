"""The tags of CAF, AU and W64 files."""

import io
import struct
import uuid

import av
import numpy as np
import pytest
from mutagen.id3 import ID3, TIT2

from tests.support.tagged_files import raw_of, tags_in, tags_of

OF_RIFF = bytes.fromhex("2f91cf11a5d628db04c10000")
AS_FFMPEG_HAS_IT = bytes.fromhex("f3acd3118cd100c04f8edb8a")
SUMMARY = uuid.UUID("bc945f92-5a52-11d2-86dc-00c04f8edb8a").bytes_le


@pytest.mark.parametrize(("suffix", "codec"), [(".caf", "pcm_s16be"), (".au", "pcm_s16be")])
def test_what_ffmpeg_writes_is_read(tmp_path, suffix, codec):
    path = tmp_path / f"a{suffix}"
    with av.open(str(path), "w") as container:
        container.metadata.update(
            {"title": "North", "artist": "One", "album": "Compass", "genre": "Folk", "track": "3"}
        )
        stream = container.add_stream(codec, 48_000)
        stream.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 2_000), np.int16), "s16", "stereo")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    tags = tags_of(path)
    assert (tags.title, tags.artist_credit, tags.album, tags.genres) == ("North", "One", "Compass", ("Folk",))
    assert tags.track_number == 3


def caf(*chunks):
    return b"caff\0\1\0\0" + b"".join(name + len(content).to_bytes(8) + content for name, content in chunks)


def test_names_of_caf_are_those_of_its_specification(tmp_path):
    texts = {"title": "North", "track number": "4", "recorded date": "1999-05-01", "tempo": "120"}
    info = len(texts).to_bytes(4) + b"".join(f"{name}\0{value}\0".encode() for name, value in texts.items())
    path = tmp_path / "a.caf"
    path.write_bytes(caf((b"desc", bytes(32)), (b"data", bytes(9)), (b"info", info)))
    tags = tags_in(path, "caf")
    assert (tags.title, tags.track_number, tags.date) == ("North", 4, "1999-05-01")
    assert raw_of(tags) == {name: (value,) for name, value in texts.items()}


def test_an_annotation_without_names_is_kept_as_it_is(tmp_path):
    path = tmp_path / "a.au"
    text = "recorded at home\nTitle=Höhe\n".encode("latin-1")
    path.write_bytes(b".snd" + struct.pack(">5I", 24 + len(text), 4, 3, 8_000, 1) + text + bytes(4))
    tags = tags_in(path, "au")
    assert (tags.title, raw_of(tags)) == ("Höhe", {"annotation": ("recorded at home",), "Title": ("Höhe",)})


def w64(*chunks):
    found = b""
    for name, content in chunks:
        length = 24 + len(content)
        found += name + length.to_bytes(8, "little") + content + bytes(-length % 8)
    return b"riff" + OF_RIFF + bytes(8) + b"wave" + AS_FFMPEG_HAS_IT + found


def texts_of(encoding, **texts):
    encoded = {name.encode(): value.encode(encoding) for name, value in texts.items()}
    return b"".join(
        name + len(text).to_bytes(4, "little") + text + bytes(len(text) % 2 if encoding == "utf-8" else 0)
        for name, text in encoded.items()
    )


def id3(title):
    tag, file = ID3(), io.BytesIO()
    tag.add(TIT2(encoding=3, text=[title]))
    tag.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("chunk", "title"),
    [
        pytest.param((b"list" + OF_RIFF, b"INFO" + texts_of("utf-8", INAM="North")), "North", id="list"),
        pytest.param(
            (b"list" + OF_RIFF, b"info" + OF_RIFF + texts_of("utf-8", INAM="East")), "East", id="list with a GUID"
        ),
        pytest.param((SUMMARY, b"\1\0\0\0" + texts_of("utf-16-le", INAM="Süd")), "Süd", id="summary"),
        pytest.param((b"id3 " + AS_FFMPEG_HAS_IT, id3("West")), "West", id="ID3"),
    ],
)
def test_the_chunks_of_w64_are_those_of_wav_and_one_more(tmp_path, chunk, title):
    path = tmp_path / "a.w64"
    path.write_bytes(w64((b"fmt " + AS_FFMPEG_HAS_IT, bytes(17)), (b"data" + AS_FFMPEG_HAS_IT, bytes(33)), chunk))
    assert tags_in(path, "w64").title == title


@pytest.mark.parametrize("container", ["caf", "au", "w64"])
def test_damaged_tags_do_no_harm(tmp_path, container):
    whole = {
        "caf": caf((b"info", b"\xff\xff\xff\xfftitle\0North\0")),
        "au": b".snd" + struct.pack(">5I", 60, 4, 3, 8_000, 1) + b"title=North",
        "w64": w64((b"list" + OF_RIFF, b"INFO" + texts_of("utf-8", INAM="North"))),
    }[container]
    path = tmp_path / "a"
    for end in range(4, len(whole)):
        path.write_bytes(whole[:end])
        assert (tags_in(path, container).title or "") in "North"
