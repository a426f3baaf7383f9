"""The tags of Matroska files: what FFmpeg writes, and tags of a song beside those of its album."""

import av
import pytest

from passagework.domain.tags import Tags
from tests.support.tagged_files import raw_of, tags_in

RECORDING = "11111111-1111-4111-8111-111111111111"
ALBUM = "33333333-3333-4333-8333-333333333333"
UNKNOWN = None


def element(identifier, *content, size=...):
    """Encode an element: an identifier, and bytes or texts; of unknown size, or of another one."""
    data = b"".join(part.encode() if isinstance(part, str) else part for part in content)
    length = {UNKNOWN: (1 << 56) - 1, ...: len(data)}.get(size, size)
    return bytes.fromhex(identifier) + (length | 1 << 56).to_bytes(8) + data


def tag(level, *targets, **values):
    level = () if level is None else (element("68ca", bytes([level])),)
    simple = [element("67c8", element("45a3", name), element("4487", value)) for name, value in values.items()]
    return element("7373", element("63c0", *level, *targets), *simple)


HEADER = element("1a45dfa3", element("4282", "matroska"))


@pytest.fixture
def tags_of(tmp_path):
    """Give a function that reads the tags of a segment with these elements."""

    def tags_of(*elements, size=...):
        path = tmp_path / "a.mka"
        path.write_bytes(HEADER + element("18538067", *elements, size=size))
        return tags_in(path, "matroska")

    return tags_of


def test_what_ffmpeg_writes_is_read(tmp_path):
    path = tmp_path / "a.mka"
    with av.open(path, "w", format="matroska") as container:
        container.metadata.update(
            {"title": "Song", "artist": "Singer", "album": "Album", "track": "3", "date": "1999-05"}
            | {"MUSICBRAINZ_TRACKID": RECORDING, "MUSICBRAINZ_ALBUMID": ALBUM, "album_artist": "Various"}
        )
        stream = container.add_stream("flac", 8_000)
        stream.layout, stream.format = "mono", "s16"
        frame = av.AudioFrame(samples=800, layout="mono", format="s16")
        frame.sample_rate, frame.pts = 8_000, 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    tags = tags_in(path, "matroska")
    assert (tags.family, tags.title, tags.artist_credit, tags.album) == ("matroska", "Song", "Singer", "Album")
    assert (tags.track_number, tags.date, tags.album_artist_credit) == (3, "1999-05", "Various")
    assert (tags.recording_ids, tags.release_id) == ((RECORDING,), ALBUM)


@pytest.mark.parametrize("size", [..., UNKNOWN])
def test_a_tag_of_the_album_names_the_album_where_there_is_one_of_the_song(tags_of, size):
    album = tag(50, TITLE="Album", ARTIST="Band", DATE_RELEASED="1999", TOTAL_PARTS="12")
    song = tag(30, TITLE="Song", ARTIST="Singer", PART_NUMBER="3")
    tags = tags_of(
        element("1549a966", element("7ba9", "A title of the file")), element("1254c367", album, song), size=size
    )
    assert (tags.title, tags.artist_credit, tags.album, tags.album_artist_credit) == ("Song", "Singer", "Album", "Band")
    assert (tags.date, tags.track_number, tags.track_total) == ("1999", 3, 12)


def test_a_tag_that_does_not_say_of_what_it_is_is_of_the_song_where_no_other_is(tags_of):
    tags = tags_of(element("1254c367", tag(None, TITLE="Song"), tag(50, ARTIST="Singer")))
    assert (tags.title, tags.artist_credit, tags.album) == ("Song", "Singer", None)


def test_tags_of_chapters_and_attached_files_are_not_those_of_the_file(tags_of):
    chapter, attached, whole = element("63c4", b"\7"), element("63c6", b"\7"), element("63c4", b"\0")
    tags = tags_of(
        element(
            "1254c367",
            tag(30, chapter, TITLE="Chapter"),
            tag(30, attached, TITLE="Cover"),
            tag(50, whole, TITLE="Book"),
        )
    )
    assert (tags.title, raw_of(tags)) == ("Book", {"TITLE": ("Book",)})


def test_pictures_that_are_attached_are_counted(tags_of):
    files = [
        element("61a7", element("4660", kind), element("465c", b"content")) for kind in ("image/png", "text/plain")
    ]
    assert tags_of(element("1941a469", *files)).picture_count == 1


@pytest.mark.parametrize("size", [0, 5, 1 << 40])
def test_wrong_sizes_end_the_reading_and_cost_nothing(tags_of, size):
    broken = element("1254c367", tag(30, TITLE="Song"), size=size)
    assert tags_of(broken).title in {None, "Song"}
    assert tags_of() == Tags()
