"""Files with more tags than one: those that players show count, and what is left of others does not mix with them."""

import struct
from io import BytesIO

import pytest
from mutagen import id3
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC

from passagework.audio.sniff import sniff_stream
from passagework.demo.encoding import AudioForm
from passagework.domain.failures import WarningCode
from tests.support.tagged_files import raw_of, tags_of

RECORDING = "8b882575-08a5-4452-a7a7-cbb8a1531f9e"
RELEASE = "9e873859-8aa4-4790-b985-5a953e8ef628"
ARTIST = "7cf0ea9d-86b9-4dad-ba9e-2355a64899ea"
RELEASE_TRACK = "c29f3a57-b439-46fd-a2e2-93776b1371e0"
STALE = {
    "Title": "Another Old Song",
    "Artist": "Old Artist",
    "Album": "Old Album",
    "Track": "9",
    "Year": "1960",
    "ISRC": "GBAYE0601498",
    "MUSICBRAINZ_TRACKID": RECORDING,
    "MUSICBRAINZ_RELEASETRACKID": RELEASE_TRACK,
    "MUSICBRAINZ_ALBUMID": RELEASE,
    "MUSICBRAINZ_ARTISTID": ARTIST,
}


def id3_tag(**frames):
    """Return the bytes of an ID3v2 tag; frames by name."""
    tag = id3.ID3()
    for name, text in frames.items():
        tag.add(getattr(id3, name)(encoding=3, text=[text]))
    held = BytesIO()
    tag.save(held)
    return held.getvalue()


def id3v1_tag(title, artist, year=b"1960"):
    fields = [title.ljust(30, b"\0"), artist.ljust(30, b"\0"), bytes(30), year, bytes(30), b"\xff"]
    return b"TAG" + b"".join(fields)


def mp3(new_file, *front, ape=None, end=b""):
    path = new_file(AudioForm.MP3_BARE)
    id3.delete(path)
    path.write_bytes(b"".join(front) + path.read_bytes())
    if ape is not None:
        tag = APEv2()
        tag.update(ape)
        tag.save(path)
    with path.open("ab") as file:
        file.write(end)
    return path


def flac(new_file, *blocks, front=b""):
    """Make a FLAC file with several blocks of comments, in this order, behind some bytes."""
    path = new_file(AudioForm.FLAC)
    FLAC(path).delete()
    whole = path.read_bytes()
    at = 4 + 4 + int.from_bytes(whole[5:8])
    made = b"".join(b"\4" + len(block).to_bytes(3) + block for block in map(comments, blocks))
    path.write_bytes(front + whole[:4] + bytes([whole[4] & 0x7F]) + whole[5:at] + made + b"\x81\0\0\0" + audio(whole))
    return path


def comments(values):
    entries = [f"{name}={value}".encode() for name, value in values.items()]
    packet = struct.pack("<L", 4) + b"test" + struct.pack("<L", len(entries))
    return packet + b"".join(struct.pack("<L", len(entry)) + entry for entry in entries)


def audio(flac_bytes):
    at = 4
    while True:
        last, size = flac_bytes[at] & 0x80, int.from_bytes(flac_bytes[at + 1 : at + 4])
        at += 4 + size
        if last:
            return flac_bytes[at:]


def identity(tags):
    """Return what tags say of the song, without the raw text and the gains."""
    return (
        (tags.title, tags.artist_credit, tags.album, tags.track_number, tags.date, tags.isrcs),
        (tags.recording_ids, tags.release_track_id, tags.release_id, tags.artist_ids),
    )


def test_a_stale_apev2_tag_lends_an_mp3_neither_mbids_nor_names(new_file):
    path = mp3(new_file, id3_tag(TIT2="New Song", TPE1="New Artist"), ape=STALE)
    tags = tags_of(path)
    assert identity(tags) == (("New Song", "New Artist", None, None, None, ()), ((), None, None, ()))
    assert tags.disagreeing == ("ape",)
    assert raw_of(tags)["ape:MUSICBRAINZ_TRACKID"] == (RECORDING,)


def test_the_gains_of_a_stale_tag_count_since_they_are_about_the_sound(new_file):
    gains = {"REPLAYGAIN_TRACK_GAIN": "-6.5 dB", "REPLAYGAIN_TRACK_PEAK": "0.98"}
    tags = tags_of(mp3(new_file, id3_tag(TIT2="New Song"), ape=STALE | gains))
    assert (tags.replay_gain.track_gain, tags.replay_gain.track_peak) == (-6.5, 0.98)


@pytest.mark.parametrize("title", ["New Song", "new song", "New Song (Remastered)", "New Sogn", None])
def test_a_tag_with_the_same_title_or_none_completes_the_first_one(new_file, title):
    ape = {name: value for name, value in STALE.items() if name != "Title"} | ({"Title": title} if title else {})
    tags = tags_of(mp3(new_file, id3_tag(TIT2="New Song"), ape=ape))
    assert identity(tags) == (
        ("New Song", "Old Artist", "Old Album", 9, "1960", ("GBAYE0601498",)),
        ((RECORDING,), RELEASE_TRACK, RELEASE, (ARTIST,)),
    )
    assert tags.disagreeing == ()


def test_a_stale_id3v1_tag_completes_nothing(new_file):
    tags = tags_of(mp3(new_file, id3_tag(TIT2="New Song"), end=id3v1_tag(b"Another Old One", b"Old Artist")))
    assert (tags.title, tags.artist_credit, tags.date) == ("New Song", None, None)
    assert tags.disagreeing == ("id3v1",)
    assert raw_of(tags)["id3v1:TPE1"] == ("Old Artist",)


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("A Title That Is Longer Than An Old Tag Can Hold", b"A Title That Is Longer Than An"),
        ("Песня", b"?????"),
        ("Größe", "Größe".encode()),
    ],
)
def test_an_id3v1_tag_that_cannot_hold_the_title_completes_the_other(new_file, title, short):
    tags = tags_of(mp3(new_file, id3_tag(TIT2=title), end=id3v1_tag(short, b"Artist")))
    assert (tags.title, tags.artist_credit, tags.date) == (title, "Artist", "1960")
    assert tags.disagreeing == ()


def test_of_two_id3v2_tags_in_front_of_an_mp3_the_first_counts(new_file):
    old = id3_tag(TIT2="Inner Old One", TALB="Inner Album")
    tags = tags_of(mp3(new_file, id3_tag(TIT2="Outer New"), old))
    assert (tags.title, tags.album, tags.disagreeing) == ("Outer New", None, ("id3-2",))
    assert raw_of(tags)["id3-2:TALB"] == ("Inner Album",)


@pytest.mark.parametrize("picture", [0, 100_000])
def test_id3v2_tags_in_front_of_a_flac_do_not_hide_its_comments(new_file, analyze, picture):
    tag = id3.ID3()
    tag.add(id3.TIT2(encoding=3, text=["Stale"]))
    tag.add(id3.APIC(encoding=3, mime="image/png", type=3, desc="", data=bytes(picture)))
    held = BytesIO()
    tag.save(held)
    path = flac(new_file, {"TITLE": "Song", "ARTIST": "X"}, front=2 * held.getvalue())
    with path.open("rb") as file:
        assert sniff_stream(file) == "flac"
    result = analyze(path)
    assert (result.tags.family, result.tags.title, result.tags.artist_credit) == ("vorbis", "Song", "X")
    assert result.tags.disagreeing == ("id3", "id3-3")
    assert WarningCode.SEVERAL_TAGS in result.warnings


@pytest.mark.parametrize("order", [({}, {"TITLE": "Song", "ARTIST": "X"}), ({"TITLE": "Song", "ARTIST": "X"}, {})])
def test_an_empty_block_of_comments_does_not_hide_the_one_with_the_tags(new_file, analyze, order):
    result = analyze(flac(new_file, *order))
    assert (result.tags.title, result.tags.artist_credit, result.tags.disagreeing) == ("Song", "X", ())
    assert WarningCode.SEVERAL_TAGS not in result.warnings


def test_of_two_blocks_of_comments_the_first_counts_and_the_other_is_named(new_file, analyze):
    stale = {"TITLE": "Another Old One", "ALBUM": "Old Album", "MUSICBRAINZ_TRACKID": RECORDING}
    result = analyze(flac(new_file, {"TITLE": "Song", "ARTIST": "X"}, stale))
    assert (result.tags.title, result.tags.album, result.tags.recording_ids) == ("Song", None, ())
    assert result.tags.disagreeing == ("vorbis-2",)
    assert WarningCode.SEVERAL_TAGS in result.warnings
    assert raw_of(result.tags)["vorbis-2:ALBUM"] == ("Old Album",)


def test_a_second_block_of_comments_about_the_same_song_fills_in_and_is_named(new_file):
    tags = tags_of(flac(new_file, {"TITLE": "Song"}, {"TITLE": "Song", "ALBUM": "Album"}))
    assert (tags.title, tags.album, tags.disagreeing) == ("Song", "Album", ("vorbis-2",))


def test_a_copy_of_the_tags_is_nothing_to_warn_of(new_file):
    tags = tags_of(flac(new_file, {"TITLE": "Song"}, {"TITLE": "Song"}))
    assert (tags.title, tags.disagreeing) == ("Song", ())
