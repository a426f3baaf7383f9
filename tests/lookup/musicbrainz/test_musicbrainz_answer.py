import re
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import fromstring, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.ids import Mbid
from passagework.domain.musicbrainz import CreditedArtist, MbWork, TrackKind
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.musicbrainz.answer import (
    read_found_recordings,
    read_recording,
    read_release,
    read_release_page,
)
from passagework.lookup.musicbrainz.document import each_recording
from tests.support.folders import FIXTURES, folder_of, why_not

ANSWERS = Path(__file__).with_name("musicbrainz_answers")
RELEASE = Mbid("aaaaaaaa-0000-4000-8000-000000000001")
RECORDING = Mbid("ffffffff-0000-4000-8000-000000000001")
OTHER = Mbid("12345678-0000-4000-8000-000000000001")
ADA = Mbid("bbbbbbbb-0000-4000-8000-000000000001")

READERS: dict[str, Callable[[bytes], object]] = {
    "release.xml": lambda raw: read_release(raw, RELEASE),
    "recording.xml": lambda raw: read_recording(raw, RECORDING),
    "releases.xml": read_release_page,
    "found.xml": read_found_recordings,
}


def answer(name):
    return (ANSWERS / name).read_bytes()


@pytest.fixture(scope="module")
def release():
    return read_release(answer("release.xml"), RELEASE)


def test_a_release_is_read_with_what_names_and_dates_it(release):
    assert (release.mbid, release.title, release.status) == (RELEASE, "Tides and Other Pieces", "Official")
    assert (release.date, release.country) == ("2001-05-02", "SE")
    assert (release.group.title, release.group.kind) == ("Tides", "Album")
    assert release.group.secondary_kinds == ("Compilation", "Live")
    assert release.group.first_release_date == "1998-03"


def test_a_label_with_two_catalogue_numbers_is_named_once(release):
    assert release.labels == ("Harbour",)


def test_a_credit_keeps_the_printed_name_the_own_name_and_the_join_phrase(release):
    assert release.artists == (
        CreditedArtist(ADA, "Ada Lind", "Ada L.", " feat. "),
        CreditedArtist(Mbid("bbbbbbbb-0000-4000-8000-000000000002"), "The Quay Quartet", "The Quay Quartet", ""),
    )


def test_tracks_are_collected_from_pregap_list_and_data_tracks(release):
    tracks = release.media[0].tracks
    assert [(track.kind, track.position, track.number) for track in tracks] == [
        (TrackKind.PREGAP, 0, "0"),
        (TrackKind.TRACK, 1, "1"),
        (TrackKind.TRACK, 2, "A2"),
        (TrackKind.DATA, 3, "3"),
    ]


def test_a_medium_counts_the_tracks_of_its_list_even_where_they_are_left_out(release):
    assert [(medium.track_count, len(medium.tracks)) for medium in release.media] == [(2, 4), (14, 0)]
    assert [(medium.position, medium.format, medium.title) for medium in release.media] == [
        (1, "Enhanced CD", "By Day"),
        (2, None, None),
    ]


def test_what_a_track_prints_differently_is_kept_beside_its_recording(release):
    ebb = release.media[0].tracks[1]
    assert (ebb.title, ebb.milliseconds, ebb.artists[0].credited_as) == ("Ebb (as printed)", 181000, "A. Lind")
    assert (ebb.recording.title, ebb.recording.milliseconds) == ("Ebb", 180500)
    assert ebb.recording.artists[0].credited_as == "Ada Lind"


def test_a_track_has_from_its_recording_what_it_leaves_out(release):
    flood = release.media[0].tracks[2]
    assert (flood.title, flood.milliseconds, flood.artists[0].name) == ("Flood", 200000, "The Quay Quartet")


def test_only_a_recording_that_says_so_is_a_video(release):
    assert [track.recording.video for track in release.media[0].tracks] == [False, False, True, False]


def test_a_recording_has_all_works_it_performs_with_their_composers_only(release):
    ebb = release.media[0].tracks[1].recording
    assert ebb.works == (
        MbWork(
            Mbid("99999999-0000-4000-8000-000000000001"),
            "Ebbe",
            (CreditedArtist(Mbid("bbbbbbbb-0000-4000-8000-000000000003"), "Jon Berg", "J. Berg", ""),),
        ),
        MbWork(Mbid("99999999-0000-4000-8000-000000000002"), "Flod", ()),
    )


def test_isrcs_and_the_first_release_of_a_recording_are_read(release):
    ebb = release.media[0].tracks[1].recording
    assert (ebb.isrcs, ebb.first_release_date) == (("SEXXX9700001", "SEXXX9700002"), "1997")


@pytest.mark.parametrize(
    ("archive", "expected"),
    [
        (b"<cover-art-archive><artwork>true</artwork><front>true</front></cover-art-archive>", True),
        (b"<cover-art-archive><artwork>true</artwork><front>false</front></cover-art-archive>", False),
        (b"<cover-art-archive/>", None),
        (b"", None),
    ],
)
def test_the_flag_of_cover_art_tells_of_the_front(archive, expected):
    raw = re.sub(rb"<cover-art-archive>.*</cover-art-archive>", archive, answer("release.xml"), flags=re.DOTALL)
    assert read_release(raw, RELEASE).cover_art is expected


def test_a_merged_release_keeps_the_id_it_was_asked_for():
    assert read_release(answer("release.xml"), RELEASE).asked_as is None
    merged = read_release(answer("release.xml"), OTHER)
    assert (merged.mbid, merged.asked_as) == (RELEASE, OTHER)


def test_a_merged_recording_keeps_the_id_it_was_asked_for():
    assert read_recording(answer("recording.xml"), RECORDING).asked_as is None
    merged = read_recording(answer("recording.xml"), OTHER)
    assert (merged.mbid, merged.asked_as) == (RECORDING, OTHER)


def test_a_page_tells_where_it_stands_in_the_whole_list():
    page = read_release_page(answer("releases.xml"))
    assert (len(page.releases), page.total, page.offset) == (2, 130, 100)
    assert [medium.track_count for medium in page.releases[0].media] == [11, 9]


def test_a_group_named_by_its_id_alone_has_the_title_of_the_release():
    page = read_release_page(answer("releases.xml"))
    assert [release.group.title for release in page.releases] == ["Tides", "The Tides"]


def test_a_found_recording_comes_with_its_places():
    found, homeless = read_found_recordings(answer("found.xml"))
    (release,) = found.releases
    (medium,) = release.media
    (track,) = medium.tracks
    assert (medium.position, medium.track_count, track.position, track.number) == (2, 9, 5, "5")
    assert track.recording == found.recording
    assert (homeless.recording.title, homeless.releases) == ("Flood", ())


LAUGHS = (
    answer("release.xml")
    .replace(b"<metadata", b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><metadata', 1)
    .replace(b"<title>Tides<", b"<title>&b;&b;<")
)

BROKEN = {
    "empty": b"",
    "html": b"<!DOCTYPE html><html><head><title>Down</title><br></head></html>",
    "xhtml": b"<html><body>Log in</body></html>",
    "truncated": answer("release.xml")[:-200],
    "entities that expand": LAUGHS,
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?><metadata/>',
    "many bytes a sign": b'<?xml version="1.0" encoding="utf-7"?><metadata/>',
    "deep": b"<a>" * 100_000,
    "an error": b"<error><text>Not Found</text></error>",
    "nothing in it": b"<metadata/>",
    "a length in words": answer("release.xml").replace(b"<length>181000</length>", b"<length>three</length>"),
    "a length without end": answer("release.xml").replace(b"181000", b"9" * 5000),
    "a broken id": answer("release.xml").replace(b"ffffffff-0000", b"../etc"),
    "no group": answer("release.xml").replace(b"release-group", b"other-group"),
    "no recording": answer("release.xml").replace(b"recording", b"other"),
}


@pytest.mark.slow
@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_what_is_in_no_documented_form_is_unreadable(read, raw):
    with pytest.raises(LookupFault) as caught:
        read(raw)
    assert caught.value.kind is FaultKind.UNREADABLE


def gives_a_value_or_is_unreadable(read, raw):
    try:
        assert read(raw) is not None
    except LookupFault as fault:
        assert fault.kind is FaultKind.UNREADABLE  # noqa: PT017 - either is right


@given(st.sampled_from(list(READERS.values())), st.binary())
def test_any_bytes_give_a_value_or_are_unreadable(read, raw):
    gives_a_value_or_is_unreadable(read, raw)


@given(st.sampled_from(sorted(READERS)), st.data())
def test_an_answer_damaged_anywhere_gives_a_value_or_is_unreadable(name, data):
    raw = answer(name)
    begin = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(begin, min(len(raw), begin + 400)))
    patch = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from([b"<", b"</track>", b"&lt;", b" id=''", b"-1"])))
    gives_a_value_or_is_unreadable(READERS[name], raw[:begin] + patch + raw[end:])


@pytest.mark.parametrize("number", ["2147483648", "99999999999", "-1", "1e3", "inf", "nan", "0x10"])
def test_a_number_that_no_server_keeps_is_unreadable(number):
    raw = re.sub(rb"<length>\d+</length>", f"<length>{number}</length>".encode(), answer("recording.xml"))
    assert number.encode() in raw
    with pytest.raises(LookupFault) as caught:
        read_recording(raw, RECORDING)
    assert caught.value.kind is FaultKind.UNREADABLE


@pytest.mark.parametrize("many", [b"<a/>", b"<a></a>", b'<a b="c"/>'])
def test_an_answer_with_very_many_elements_is_too_large_before_anything_is_made_of_it(many):
    raw = answer("releases.xml").replace(b"</metadata>", many * 500_000 + b"</metadata>")
    with pytest.raises(LookupFault) as caught:
        read_release_page(raw)
    assert caught.value.kind is FaultKind.TOO_LARGE


@pytest.mark.slow
@pytest.mark.parametrize("element", [b"<a/>", b'<a p:b="c"/>'])
def test_a_long_address_of_a_namespace_is_not_copied_into_each_name(element):
    """A parser that takes part in namespaces needs minutes for it."""
    began = time.process_time()
    head = b'<metadata xmlns="%s" xmlns:p="%s"><release-list>' % ((b"x" * 500_000,) * 2)
    page = read_release_page(head + element * 50_000 + b"</release-list></metadata>")
    assert page.releases == ()
    assert time.process_time() - began < 10


@pytest.mark.parametrize("name", sorted(READERS))
def test_prefixes_say_nothing_so_that_a_part_stored_by_an_earlier_version_is_read(name):
    raw = answer(name)
    stored = tostring(fromstring(raw), "utf-8")
    assert stored.startswith(b"<ns0:metadata")
    assert READERS[name](stored) == READERS[name](raw)


def test_nesting_that_no_answer_has_is_unreadable():
    raw = answer("releases.xml").replace(b"</metadata>", b"<a>" * 5_000 + b"</a>" * 5_000 + b"</metadata>")
    with pytest.raises(LookupFault, match="nested") as caught:
        read_release_page(raw)
    assert caught.value.kind is FaultKind.UNREADABLE


def test_of_a_longer_page_than_the_server_gives_the_beginning_is_used():
    page = read_release_page(answer("releases.xml"))
    (one,) = re.findall(rb"(?s)<release .*?</release>(?=\s*<release |\s*</release-list>)", answer("releases.xml"))[:1]
    longer = answer("releases.xml").replace(b"</release-list>", one * 300 + b"</release-list>")
    assert read_release_page(longer).releases[: len(page.releases)] == page.releases
    assert len(read_release_page(longer).releases) == 100
    found = answer("found.xml")
    (one,) = re.findall(rb"(?s)<recording .*?</recording>(?=\s*<recording |\s*</recording-list>)", found)[:1]
    longer = found.replace(b"</recording-list>", one * 300 + b"</recording-list>")
    assert len(read_found_recordings(longer)) == 100
    assert len(list(each_recording(longer))) == 100


def test_a_very_long_text_is_cut():
    raw = re.sub(rb"<title>[^<]*</title>", b"<title>" + b"x" * 2**20 + b"</title>", answer("recording.xml"), count=1)
    assert read_recording(raw, RECORDING).title == "x" * 4_096


def test_half_a_surrogate_pair_is_no_xml():
    for half in (b"&#xD800;", b"\xed\xa0\x80"):
        raw = re.sub(rb"<title>[^<]*</title>", b"<title>" + half + b"</title>", answer("recording.xml"), count=1)
        with pytest.raises(LookupFault):
            read_recording(raw, RECORDING)


def recorded():
    folder = folder_of(FIXTURES)
    if folder is None:
        return [pytest.param(None, marks=pytest.mark.skip(reason=why_not(FIXTURES)))]
    root = folder / "mb-xml"
    return [pytest.param(path, id=str(path.relative_to(root))) for path in sorted(root.rglob("*.xml"))]


def completed(raw):
    """Add the ids that were not asked for, or that the service had not yet when the answer was recorded."""
    some = b"01234567-0123-4123-8123-012345678901"
    raw = re.sub(rb"<track>", b'<track id="%s">' % some, raw)
    raw = re.sub(rb"<release-group(?![^>]* id=)(?=[ >])", b'<release-group id="%s"' % some, raw)
    if b"<release-group" not in raw:
        raw = re.sub(rb"(<release [^>]*>)", rb'\1<release-group id="%s"/>' % some, raw)
    return raw


def tracks_of(releases):
    return [track for release in releases for medium in release.media for track in medium.tracks]


@pytest.mark.parametrize("path", recorded())
def test_recorded_answers_are_read_in_full(path):
    raw = completed(path.read_bytes())
    kind = re.search(rb"<metadata[^>]*>\s*<([a-z-]+)", raw)[1]
    tracks = len(re.findall(rb"<track[ >]|<pregap[ >]", raw))
    if kind == b"release":
        release = read_release(raw, RELEASE)
        assert len(tracks_of([release])) == tracks
        assert release.title
    elif kind == b"release-list":
        page = read_release_page(raw)
        assert len(page.releases) == len(re.findall(rb"<release ", raw)) > 0
        assert all(release.title and release.media[0].track_count for release in page.releases)
    elif kind == b"recording":
        assert read_recording(raw, RECORDING).title
    elif kind == b"recording-list":
        found = read_found_recordings(raw)
        assert len(found) == len(re.findall(rb"<recording ", raw)) > 0
        assert sum(len(tracks_of(one.releases)) for one in found) == tracks
        assert all(one.recording.title and one.recording.artists for one in found)
    else:
        for read in READERS.values():
            with pytest.raises(LookupFault):
                read(raw)
