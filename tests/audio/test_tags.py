from dataclasses import replace
from io import BytesIO

import pytest
from mutagen import id3
from mutagen.apev2 import APEv2
from mutagen.asf import ASF
from mutagen.flac import FLAC
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from passagework.demo.encoding import AudioForm
from passagework.domain.tags import ReplayGain, Tags
from tests.support.tagged_files import raw_of, tags_in, tags_of

RECORDING = "8b882575-08a5-4452-a7a7-cbb8a1531f9e"
RELEASE_TRACK = "c29f3a57-b439-46fd-a2e2-93776b1371e0"
RELEASE = "9e873859-8aa4-4790-b985-5a953e8ef628"
ARTIST_A = "7cf0ea9d-86b9-4dad-ba9e-2355a64899ea"
ARTIST_B = "e5c7b94f-e264-473c-bb0f-37c85d4d5c70"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)


def test_a_file_without_tags_has_none(new_file):
    path = new_file(AudioForm.MP3_BARE)
    id3.delete(path)
    assert tags_of(path) == Tags()


@pytest.mark.parametrize("container", ["amr", "shorten", "something new"])
def test_a_container_whose_tags_cannot_be_read_has_none(new_file, container):
    assert tags_in(new_file(AudioForm.FLAC), container) == Tags()


def test_a_list_of_artists_makes_up_the_credit_where_none_is_printed(new_file):
    path = new_file(AudioForm.FLAC)
    audio = FLAC(path)
    audio["ARTIST"] = ["AC/DC", "B"]
    audio.save()
    tags = tags_of(path)
    assert tags.artist_credit == "AC/DC; B"
    assert tags.artists == ("AC/DC", "B")


def test_one_artist_with_a_slash_in_the_name_stays_one(new_file):
    path = new_file(AudioForm.MP3)
    tag = id3.ID3()
    tag.add(id3.TPE1(encoding=3, text=["AC/DC"]))
    tag.add(id3.TXXX(encoding=3, desc="ARTISTS", text=["AC/DC"]))
    tag.add(id3.TXXX(encoding=3, desc="MusicBrainz Artist Id", text=[ARTIST_A]))
    tag.save(path, v2_version=3)
    tags = tags_of(path)
    assert tags.artist_credit == "AC/DC"
    assert tags.artists == ("AC/DC",)


def test_joined_artists_are_split_where_the_number_of_ids_confirms_it(new_file):
    path = new_file(AudioForm.MP3)
    tag = id3.ID3()
    tag.add(id3.TXXX(encoding=3, desc="ARTISTS", text=["A / B"]))
    tag.add(id3.TXXX(encoding=3, desc="MusicBrainz Artist Id", text=[f"{ARTIST_A}; {ARTIST_B}"]))
    tag.save(path)
    tags = tags_of(path)
    assert tags.artists == ("A", "B")
    assert tags.artist_ids == (ARTIST_A, ARTIST_B)


def test_the_release_track_is_never_taken_for_the_recording(new_file):
    path = new_file(AudioForm.FLAC)
    audio = FLAC(path)
    audio["MUSICBRAINZ_RELEASETRACKID"] = RELEASE_TRACK
    audio.save()
    tags = tags_of(path)
    assert tags.recording_ids == ()
    assert tags.release_track_id == RELEASE_TRACK


def test_what_makes_no_sense_is_dropped_from_the_fields_and_kept_as_text(new_file):
    path = new_file(AudioForm.FLAC)
    audio = FLAC(path)
    nonsense = {
        "DATE": "2003-02-30",
        "TRACKNUMBER": "A1",
        "MUSICBRAINZ_TRACKID": "not an id",
        "ISRC": "none",
        "REPLAYGAIN_TRACK_GAIN": "loud",
        "REPLAYGAIN_TRACK_PEAK": "32767",
        "COMPILATION": "maybe",
    }
    audio.update(nonsense)
    audio.save()
    tags = tags_of(path)
    assert replace(tags, family=None, raw=()) == Tags()
    assert {name.upper(): values for name, (values,) in raw_of(tags).items()} == nonsense


def test_the_more_telling_name_of_a_field_counts(new_file):
    path = new_file(AudioForm.FLAC)
    audio = FLAC(path)
    audio.tags.extend([("YEAR", "1999"), ("DATE", "2003-05"), ("ORIGINALYEAR", "1970"), ("ORIGINALDATE", "bad")])
    audio.save()
    tags = tags_of(path)
    assert tags.date == "2003-05"
    assert tags.original_date == "1970"


def test_apev2_fills_what_id3_leaves_open_on_an_mp3(new_file):
    path = new_file(AudioForm.MP3)
    tag = id3.ID3()
    tag.add(id3.TIT2(encoding=3, text=["Song"]))
    tag.save(path)
    ape = APEv2()
    ape["Title"] = "Song (from APE)"
    ape["Album"] = "Album"
    ape.save(path)
    tags = tags_of(path)
    assert (tags.family, tags.title, tags.album) == ("id3", "Song", "Album")
    assert raw_of(tags)["ape:Title"] == ("Song (from APE)",)


def test_id3v1_alone_is_read_and_its_genre_number_resolved(new_file):
    path = new_file(AudioForm.MP3_BARE)
    id3.delete(path)
    fields = [
        b"Title".ljust(30, b"\0"),
        b"Artist".ljust(30),
        bytes(30),
        b"1984",
        b"comment".ljust(28, b"\0"),
        b"\0\7",
        b"\x11",
    ]
    with path.open("ab") as file:
        file.write(b"TAG" + b"".join(fields))
    tags = tags_of(path)
    assert (tags.title, tags.artist_credit, tags.date, tags.track_number) == ("Title", "Artist", "1984", 7)
    assert tags.genres == ("Rock",)


def test_the_old_three_letter_frames_of_id3v2_2_are_read(new_file):
    path = new_file(AudioForm.MP3_BARE)
    id3.delete(path)
    frames = b"".join(
        name + len(body).to_bytes(3, "big") + body
        for name, body in [
            (b"TT2", b"\0Title"),
            (b"TP1", b"\0Artist"),
            (b"TYE", b"\x002003"),
            (b"TDA", b"\x001205"),
            (b"TRK", b"\x003/12"),
            (b"TXX", b"\0MusicBrainz Album Id\0" + RELEASE.encode()),
            (b"UFI", b"http://musicbrainz.org\0" + RECORDING.encode()),
            (b"PIC", b"\0PNG\3\0" + PICTURE),
        ]
    )
    size = bytes([0, 0, len(frames) >> 7, len(frames) & 0x7F])
    path.write_bytes(b"ID3\2\0\0" + size + frames + path.read_bytes())
    tags = tags_of(path)
    assert (tags.title, tags.artist_credit, tags.date) == ("Title", "Artist", "2003-05-12")
    assert (tags.track_number, tags.track_total) == (3, 12)
    assert (tags.release_id, tags.recording_ids, tags.picture_count) == (RELEASE, (RECORDING,), 1)


def test_comments_lyrics_people_and_addresses_are_kept_as_text(new_file):
    path = new_file(AudioForm.MP3)
    tag = id3.ID3()
    tag.add(id3.COMM(encoding=3, lang="eng", desc="note", text=["one", "two"]))
    tag.add(id3.USLT(encoding=3, lang="eng", desc="", text="la\nla"))
    tag.add(id3.TIPL(encoding=3, people=[["producer", "P"]]))
    tag.add(id3.WOAR(url="http://example.org/a"))
    tag.add(id3.TDRC(encoding=3, text=["2003"]))
    tag.save(path)
    raw = raw_of(tags_of(path))
    assert raw["COMM:note:eng"] == ("one", "two")
    assert raw["USLT::eng"] == ("la\nla",)
    assert raw["TIPL"] == ("producer: P",)
    assert raw["WOAR"] == ("http://example.org/a",)


def test_replaygain_of_binary_frames_counts_where_no_text_says_it(new_file):
    path = new_file(AudioForm.MP3)
    tag = id3.ID3()
    tag.add(id3.RVA2(desc="track", channel=1, gain=-3.5, peak=0.5))
    tag.add(id3.RVA2(desc="album", channel=1, gain=-4.0, peak=0.0))
    tag.add(id3.TXXX(encoding=3, desc="replaygain_album_gain", text=["-5 dB"]))
    tag.save(path)
    gain = tags_of(path).replay_gain
    assert (gain.track_gain, gain.track_peak, gain.album_gain, gain.album_peak) == (
        -3.5,
        pytest.approx(0.5),
        -5.0,
        None,
    )


def test_opus_gains_are_kept_apart_from_replaygain(new_file):
    path = new_file(AudioForm.OPUS)
    audio = OggOpus(path)
    audio["R128_TRACK_GAIN"] = "-512"
    audio["R128_ALBUM_GAIN"] = "640"
    audio.save()
    gain = tags_of(path).replay_gain
    assert gain == ReplayGain(r128_track_gain=-2.0, r128_album_gain=2.5)


def test_mp4_items_of_other_types_are_kept_as_text(new_file):
    path = new_file(AudioForm.AAC)
    audio = MP4(path)
    audio["tmpo"] = [120]
    audio["trkn"] = [(0, 12)]
    audio["cpil"] = False
    audio.save()
    tags = tags_of(path)
    assert raw_of(tags).items() >= {("tmpo", ("120",)), ("trkn", ("0/12",)), ("cpil", ("0",))}
    assert (tags.track_number, tags.track_total, tags.compilation) == (None, 12, False)


def test_the_track_number_of_wma_that_counts_from_zero_is_not_taken(new_file):
    path = new_file(AudioForm.WMA)
    audio = ASF(path)
    audio["WM/Track"] = 2
    audio.save()
    tags = tags_of(path)
    assert tags.track_number is None
    assert raw_of(tags)["WM/Track"] == ("2",)


def riff(chunks):
    body = b"WAVE" + b"".join(
        name + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + len(body).to_bytes(4, "little") + body


FORMAT = (b"fmt ", bytes.fromhex("0100010080bb00000077010002001000"))


def test_the_info_list_of_a_wav_is_read_behind_its_id3_chunk(tmp_path):
    path = tmp_path / "a.wav"
    tag = id3.ID3()
    tag.add(id3.TIT2(encoding=3, text=["Song"]))
    held = BytesIO()
    tag.save(held)
    info = riff([(b"INAM", b"Song (from INFO)\0"), (b"IART", "Ärtist".encode("latin-1")), (b"ISRC", b"a tape")])[12:]
    path.write_bytes(riff([FORMAT, (b"LIST", b"INFO" + info), (b"data", bytes(100)), (b"id3 ", held.getvalue())]))
    tags = tags_of(path)
    assert (tags.title, tags.artist_credit, tags.isrcs) == ("Song", "Ärtist", ())
    assert raw_of(tags)["riff:INAM"] == ("Song (from INFO)",)


def test_tags_behind_the_data_of_a_file_larger_than_riff_can_say_are_read(tmp_path):
    path = tmp_path / "a.wav"
    tag = id3.ID3()
    tag.add(id3.TIT2(encoding=3, text=["Long"]))
    held = BytesIO()
    tag.save(held)
    sizes = (b"ds64", (1000).to_bytes(8, "little") + (100).to_bytes(8, "little") + bytes(12))
    whole = riff([sizes, FORMAT, (b"data", bytes(100)), (b"id3 ", held.getvalue())])
    whole = whole.replace(b"RIFF", b"RF64", 1).replace(b"data" + (100).to_bytes(4, "little"), b"data\xff\xff\xff\xff")
    path.write_bytes(whole)
    assert tags_of(path).title == "Long"


def test_the_texts_of_an_aiff_file_are_read(tmp_path):
    path = tmp_path / "a.aiff"
    chunks = b"NAME\0\0\0\5Title\0AUTH\0\0\0\6Artist"
    path.write_bytes(b"FORM" + (4 + len(chunks)).to_bytes(4, "big") + b"AIFF" + chunks)
    tags = tags_of(path)
    assert (tags.family, tags.title, tags.artist_credit) == ("aiff", "Title", "Artist")
