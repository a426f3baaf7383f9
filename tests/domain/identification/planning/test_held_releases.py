"""Releases that files hold: when they are searched for, when a file is cut by one, and when it stays as it is."""

import itertools
from dataclasses import replace

import pytest

from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.analysis import Fingerprint
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import CutSource
from passagework.domain.identification.planning.answers import Answers, NothingFound
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.plan import plan
from passagework.domain.identification.planning.requests import (
    AskAcoustid,
    BrowseGroup,
    LookUpRelease,
    SearchReleases,
    questions_of,
)
from passagework.domain.ids import Guid, Mbid
from passagework.domain.musicbrainz import MbReleasePage
from passagework.domain.tags import Tags
from passagework.domain.track_lists.track_list import NamedBy, read_track_list, write_track_list
from passagework.domain.units import TICKS_PER_SECOND, Ticks
from passagework.domain.waiting import FileAsCut, WaitingFile, WaitingPassage

PATH = b"/music/The Band - Compass.flac"
ALL = Capabilities()


@pytest.fixture(autouse=True)
def every_fingerprint_is_telling(monkeypatch):
    monkeypatch.setattr("passagework.domain.identification.planning.plan._is_telling", bool)


def whole(*ends, seconds=1200, tags=None, path=PATH, **cut):
    edges = [0, *ends, seconds]
    passages = tuple(
        WaitingPassage(
            Guid(f"p{number}"),
            Ticks(start * TICKS_PER_SECOND),
            Ticks(end * TICKS_PER_SECOND),
            fingerprint=Fingerprint(f"print {number} of {len(ends)}", Ticks((end - start) * TICKS_PER_SECOND)),
        )
        for number, (start, end) in enumerate(itertools.pairwise(edges))
    )
    length = Ticks(seconds * TICKS_PER_SECOND)
    as_cut = FileAsCut(run=None, stamp=FileStamp(1, 1), audio_hash=b"a", duration=length, **cut)
    return WaitingFile(path, tags or Tags(), len(passages), passages, as_cut=as_cut)


@pytest.fixture
def album(build):
    return build.release("Compass", [build.track(n, f"Song {n}", 300.0) for n in range(1, 5)])


class Services:
    """Answer what a plan asks, and keep what was asked. ``heard`` has answers by fingerprint."""

    def __init__(self, *releases, heard=None):
        self.releases = releases
        self.heard = heard or {}
        self.asked = []

    def plan(self, *files, capabilities=ALL):
        answers = {}
        for _ in range(20):
            made = plan(files, Answers(answers), capabilities)
            questions = [question for request in made.requests for question in questions_of(request)]
            if not questions:
                return made
            self.asked += questions
            answers |= {question.key: self.answer(question) for question in questions}
        raise AssertionError(self.asked)

    def answer(self, question):
        match question:
            case AskAcoustid(encoded):
                return self.heard.get(encoded, AcoustidAnswer(()))
            case LookUpRelease(mbid):
                return next((one for one in self.releases if one.mbid == mbid), NothingFound())
            case SearchReleases(_, title):
                page = [bare(one) for one in self.releases if one.title == title]
            case BrowseGroup(mbid):
                page = [bare(one) for one in self.releases if one.group.mbid == mbid]
            case _:
                return NothingFound()
        return MbReleasePage(tuple(page), len(page), 0)

    def kinds(self):
        return [type(one) for one in self.asked]


def bare(release):
    media = (replace(one, tracks=(), track_count=len(one.tracks)) for one in release.media)
    return replace(release, media=tuple(media))


def list_of(made, path=PATH):
    text = made.cuts[path]
    return None if text is None else read_track_list(text)


def test_a_release_that_the_tags_name_cuts_before_any_sound_is_asked_about(album):
    services = Services(album)
    made = services.plan(whole(tags=Tags(release_id=album.mbid)))
    assert (list_of(made).release, made.requests) == (album.mbid, ())
    assert services.asked == [LookUpRelease(album.mbid)]


def test_a_long_file_without_tags_is_searched_for_by_its_name_when_its_sound_is_not_known(album):
    services = Services(album)
    made = services.plan(whole())
    assert (list_of(made).release, list_of(made).named_by) == (album.mbid, NamedBy.FILE_NAME)
    assert services.kinds()[-2:] == [SearchReleases, LookUpRelease]
    assert SearchReleases("The Band", "Compass", None) in services.asked
    assert made.evidence.releases == (), "the name of a file is no evidence for what its pieces are"


def test_one_that_is_known_as_one_recording_is_not_searched_for(album, build):
    heard = {"print 0 of 0": build.answer(build.heard("Compass", 1200.0))}
    services = Services(album, heard=heard)
    assert services.plan(whole()).cuts == {}
    assert SearchReleases not in services.kinds()


def test_a_short_one_and_one_whose_name_is_that_of_another_release_are_not_cut(album):
    services = Services(album)
    assert services.plan(whole(seconds=500)).cuts == {}
    assert SearchReleases not in services.kinds()
    assert services.plan(whole(seconds=2000)).cuts == {}
    assert services.plan(whole(path=b"/music/Others - Compass.flac")).cuts == {}


def test_an_album_that_the_tags_only_call_by_its_title_is_found_however_short_it_is(build):
    short = build.release("Compass", [build.track(n, f"Song {n}", 60.0) for n in range(1, 5)])
    made = Services(short).plan(whole(seconds=240, tags=Tags(album="Compass", artist_credit="The Band")))
    assert (list_of(made).release, list_of(made).named_by) == (short.mbid, NamedBy.TAGS)


def pieces_of(album, build, *numbers):
    """Give what AcoustID says of a file that is cut in three, of which these are known."""
    return {
        f"print {at} of 2": build.answer(
            build.heard(f"Song {number}", 300.0, albums=("Compass",), mbid=f"rec-Song {number}")
        )
        for at, number in enumerate(numbers)
    }


UNNAMED = b"/music/x.flac"


def test_the_sound_of_two_pieces_names_a_release_by_which_the_whole_file_is_cut(album, build):
    services = Services(album, heard=pieces_of(album, build, 1, 2))
    made = services.plan(whole(300, 600, path=UNNAMED))
    assert (list_of(made, UNNAMED).release, list_of(made, UNNAMED).named_by) == (album.mbid, NamedBy.FINGERPRINTS)


def test_pieces_that_another_list_has_cut_name_none(album, build):
    services = Services(album, heard=pieces_of(album, build, 1, 2))
    for by, cuts in ((NamedBy.TAGS, {UNNAMED: None}), (NamedBy.FINGERPRINTS, {})):
        assert services.plan(whole(300, 600, path=UNNAMED, **stored(album, by))).cuts == cuts


def test_a_file_that_is_cut_by_its_list_stays_so_whatever_its_pieces_are(album):
    services = Services(album)
    text = services.plan(whole()).cuts[PATH]
    cut = {"track_list": text, "made_list": text}
    assert services.plan(whole(300, 600, 900, cut_by=CutSource.TRACK_LIST, **cut)).cuts == {}
    assert services.plan(whole(**cut)).cuts == {}, "the list did not fit"


def test_where_the_sound_has_cut_it_as_the_list_would_none_is_kept(album):
    services = Services(album)
    assert services.plan(whole(300, 600, 900)).cuts == {}
    text = services.plan(whole()).cuts[PATH]
    assert services.plan(whole(300, 600, 900, track_list=text, made_list=text)).cuts == {PATH: None}


def test_a_decision_that_is_stored_and_not_carried_out_is_made_again(album):
    services = Services(album)
    text = services.plan(whole()).cuts[PATH]
    assert services.plan(whole(track_list=text)).cuts == {PATH: text}
    assert services.plan(whole(track_list="[]", made_list=text)).cuts == {PATH: text}


def stored(album, by):
    text = write_track_list(replace(list_of(Services(album).plan(whole())), named_by=by))
    return {"track_list": text, "made_list": text, "cut_by": CutSource.TRACK_LIST}


@pytest.mark.parametrize("by", NamedBy)
def test_a_file_of_which_nothing_names_a_release_any_more_is_cut_by_its_sound(album, by):
    made = Services().plan(whole(300, 600, path=UNNAMED, **stored(album, by)))
    assert made.cuts == {UNNAMED: None}


@pytest.mark.parametrize(
    ("by", "without", "stays"),
    [
        (NamedBy.FILE_NAME, {"search": False}, True),
        (NamedBy.TAGS, {"search": False}, True),
        (NamedBy.FINGERPRINTS, {"search": False}, False),
        (NamedBy.FINGERPRINTS, {"acoustid": False}, True),
        (NamedBy.FILE_NAME, {"acoustid": False}, False),
        (NamedBy.FILE_NAME, {"musicbrainz": False}, True),
    ],
)
def test_it_stays_where_less_is_known_now_than_then(album, by, without, stays):
    file = whole(300, 600, path=UNNAMED, **stored(album, by))
    made = Services().plan(file, capabilities=replace(ALL, **without))
    assert made.cuts == ({} if stays else {UNNAMED: None})


def test_it_stays_while_answers_about_its_pieces_are_gone(album):
    file = whole(300, 600, path=UNNAMED, **stored(album, NamedBy.FINGERPRINTS))
    before = replace(file.passages[1], due=False, heard=True)
    file = replace(file, passages=(file.passages[0], before, file.passages[2]))
    assert Services().plan(file).cuts == {}


def test_what_was_answered_before_is_recalled_before_a_file_is_cut(album):
    file = whole()
    file = replace(file, passages=(replace(file.passages[0], due=False),))
    made = Services(album).plan(file)
    assert ([one.encoded for one in made.recalls][:1], set(made.cuts)) == (["print 0 of 0"], {PATH})


def test_a_file_that_a_person_has_cut_or_named_stays(album):
    tags = Tags(release_id=album.mbid)
    assert Services(album).plan(whole(tags=tags, by_person=True)).cuts == {}
    file = whole(tags=tags)
    named = replace(file, passages=(replace(file.passages[0], decided=Mbid("set")),))
    assert Services(album).plan(named).cuts == {}


def test_of_a_group_only_the_files_that_hold_a_release_are_cut(album):
    tags = Tags(release_id=album.mbid)
    one = whole(tags=tags, path=b"/music/one.flac")
    song = replace(whole(tags=tags, path=b"/music/song.flac", seconds=300), statements=())
    renamed = tuple(replace(passage, guid=Guid("song")) for passage in song.passages)
    made = Services(album).plan(one, replace(song, passages=renamed))
    assert set(made.cuts) == {one.path}
