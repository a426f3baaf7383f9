"""What FFmpeg may do with a file is decided by us, whatever the file says of itself."""

import os
import random
import socket
import struct

import av
import numpy as np
import pytest

from passagework.audio import analyze as analyze_module
from passagework.audio.decoding import demuxers
from passagework.audio.decoding.demuxers import demuxer_of
from passagework.audio.decoding.input import opened_input
from passagework.audio.sniff import sniff
from passagework.demo.encoding import AudioForm
from passagework.domain.analysis import FileAnalysis
from passagework.domain.failures import FailureCode

PORT = 45_010
SDP = f"""v=0
o=- 0 0 IN IP4 127.0.0.1
s=x
c=IN IP4 127.0.0.1
t=0 0
m=audio {PORT} RTP/AVP 0
"""
CONCAT = "ffconcat version 1.0\nfile {other}\n#"
HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{other}\n#EXT-X-ENDLIST\n"

FRAMES = 40 * (b"\xff\xfb\x90\0" + bytes(412) + b"#")
"""MPEG frames of silence, in which each line of a text is a comment."""


@pytest.fixture
def other(make_music):
    return make_music("private.flac", seconds=3.0)


@pytest.mark.parametrize("text", [CONCAT, HLS])
def test_a_text_that_names_another_file_gives_only_the_audio_behind_it(analyze, tmp_path, monkeypatch, other, text):
    path = tmp_path / "other.mp3"
    monkeypatch.chdir(tmp_path)
    path.write_bytes(text.format(other=other.name).encode() + FRAMES)
    result = analyze(path)
    assert isinstance(result, FileAnalysis)
    assert result.format.codec == "mp3"
    assert result.samples == 40 * 1_152


def test_a_text_that_describes_a_stream_opens_no_port(analyze, tmp_path, monkeypatch):
    path = tmp_path / "other.mp3"
    path.write_bytes(SDP.encode() + FRAMES)
    opened, real = [], av.open

    def watch(*arguments, **options):
        container = real(*arguments, **options)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", PORT))
        opened.append(container.format.name)
        return container

    monkeypatch.setattr(av, "open", watch)
    assert analyze(path).format.codec == "mp3"
    assert opened == ["mp3"]


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(analyze, make_music, monkeypatch):
    path = make_music("a.mp3", seconds=1.0)
    sniff_behind_tags = analyze_module.sniff_behind_tags

    def swap(reader):
        path.unlink()
        os.mkfifo(path)
        return sniff_behind_tags(reader)

    monkeypatch.setattr(analyze_module, "sniff_behind_tags", swap)
    assert analyze(path).failure.code is FailureCode.CHANGED


def test_a_file_is_opened_once(analyze, make_music, monkeypatch):
    path = make_music("a.flac", seconds=1.0)
    opened, real = [], os.open
    monkeypatch.setattr(os, "open", lambda name, *more: opened.append(name) or real(name, *more))
    analyze(path)
    assert opened == [os.fsencode(path)]


def test_every_container_that_is_recognised_has_a_demuxer_of_this_ffmpeg():
    names = [*demuxers._DEMUXERS.values(), *(name for _, name in demuxers._BY_MAGIC)]
    assert {av.ContainerFormat(name, "r").is_input for name in names} == {True}


@pytest.mark.parametrize(
    ("head", "demuxer"),
    [(b"MPCK\0\0\0\0", "mpc8"), (b"MP+\x07\0\0\0\0", "mpc"), (b"DTSHDHDR", "dtshd"), (b"\x7f\xfe\x80\x01", "dts")],
)
def test_containers_with_two_demuxers_are_told_apart_by_their_magic(head, demuxer):
    assert demuxer_of(sniff(head + bytes(64)), head) == demuxer


def test_ffmpeg_has_no_protocol_and_no_decoder_of_pictures(make_music):
    path = make_music("a.flac", seconds=1.0)
    limits = demuxers.limits_of("flac")
    with pytest.raises(av.FFmpegError):
        av.open(str(path), format="flac", container_options=limits)
    assert "png" not in limits["codec_whitelist"].split(",")


@pytest.mark.parametrize("codec", ["dfpwm", "adpcm_swf"])
def test_a_codec_that_is_not_on_our_list_is_not_decoded_though_ffmpeg_could(analyze, tmp_path, codec):
    path = tmp_path / "rare.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=44_100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.int16), format="s16", layout="mono")
        frame.sample_rate = 44_100
        resampler = av.AudioResampler(stream.format, "mono", 44_100, frame_size=stream.codec_context.frame_size or None)
        container.mux(packet for part in resampler.resample(frame) for packet in stream.encode(part))
        container.mux(stream.encode(None))
    with av.open(str(path)) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) > 40_000
    assert analyze(path).failure.code is FailureCode.UNSUPPORTED


DTS_HEADER = bytes.fromhex("7ffe8001fc3c7db0a1e00238")
"""A frame of 512 samples and 2,012 bytes, two channels at 44,100 Hz (ETSI TS 102 114, 5.3.1)."""


def test_dts_in_a_wav_file_that_claims_integers_is_found_behind_silence(tmp_path):
    content = random.Random(1).randbytes(2_012 - len(DTS_HEADER))
    data = bytes(20_000) + 40 * (DTS_HEADER + content)
    swapped = b"".join(data[at + 1 : at + 2] + data[at : at + 1] for at in range(0, len(data), 2))
    path, found = tmp_path / "cd.wav", []
    for audio in (data, swapped, random.Random(2).randbytes(len(data))):
        head = struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF",
            36 + len(audio),
            b"WAVE",
            b"fmt ",
            16,
            1,
            2,
            44_100,
            176_400,
            4,
            16,
            b"data",
            len(audio),
        )
        path.write_bytes(head + audio)
        with opened_input(os.fsencode(path)) as container:
            found.append(container.streams.audio[0].codec_context.name)
    assert found == ["dca", "dca", "pcm_s16le"]


@pytest.mark.parametrize("form", [AudioForm.FLAC, AudioForm.WAV, AudioForm.AAC, AudioForm.VORBIS, AudioForm.WMA])
def test_an_id3_tag_in_front_of_any_container_is_skipped(analyze, new_file, form):
    path = new_file(form)
    plain = analyze(path, fingerprint=False)
    path.write_bytes(b"ID3\4\0\0\0\0\x10\0" + bytes(2_048) + path.read_bytes())
    tagged = analyze(path, fingerprint=False)
    assert (tagged.audio_hash, tagged.samples, tagged.damage) == (plain.audio_hash, plain.samples, plain.damage)
    assert tagged.content_hash != plain.content_hash
