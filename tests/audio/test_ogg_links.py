"""Where the links of a chained Ogg file begin and end, by the headers of pages alone."""

import pytest

from passagework.audio.decoding.ogg_links import MOST_LINKS, links_of

MB = 1 << 20
VORBIS, OPUS, FLAC, VIDEO, UNKNOWN = b"\1vorbis", b"OpusHead", b"\x7fFLAC", b"\x80theora", b"nothing!"


def page(magic):
    payload = magic.ljust(20, b".")
    return b"OggS\0\2" + bytes(20) + bytes((1, len(payload))) + payload


def links(data, start=0):
    return links_of(lambda at, count: data[at : at + count], start, len(data))


def test_streams_side_by_side_are_one_link_and_only_those_with_audio_count():
    one = page(VIDEO) + page(VORBIS) + b"x" * 100
    two, three = page(VIDEO) + b"y" * 100, page(OPUS) + page(UNKNOWN) + b"z" * 100
    found = links(b"tag" + one + two + three, start=3)
    places = [3, 3 + len(one), 3 + len(one) + len(two), 3 + len(one) + len(two) + len(three)]
    assert found == ((places[0], places[1]), (places[2], places[3]))
    assert links(one) == ()


@pytest.mark.parametrize("at", [MB - 26, MB - 1, MB, MB + 1, MB + 2])
def test_a_page_at_the_edge_of_what_is_read_at_once_is_found_once(at):
    data = page(VORBIS).ljust(at, b"x") + page(FLAC)
    assert links(data) == ((0, at), (at, len(data)))


def test_what_follows_very_many_links_belongs_to_the_last_one():
    data = page(VORBIS) * 2
    apart = (page(VORBIS) + b"x") * (MOST_LINKS + 2)
    assert links(data) == ()
    found = links(apart)
    assert (len(found), found[-1][1]) == (MOST_LINKS, len(apart))
