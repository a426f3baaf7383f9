"""Each filter keeps what it says: the same passages as a look at every view of the library."""

from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.edits import Edit
from passagework.domain.errors import NotFoundError
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.measured import Loudness
from passagework.domain.passage_filter import PassageFilter
from passagework.domain.playable import NotPlayable
from passagework.domain.search_words import folded_name
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from passagework.persistence.read.matching import where
from passagework.persistence.read.queries import CountPassages, ListPassages
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import MarkMissing
from tests.support.effort import examples

SELECT = "SELECT p.guid FROM passage AS p JOIN file AS f ON f.id = p.file_id WHERE {} ORDER BY f.path, p.start_ticks"


def matching(library, **fields):
    """Return the guids that match, by path and start, and compare them with their number."""
    wanted = PassageFilter(**fields)
    condition, values = where(library.connection, wanted)
    found = [guid for (guid,) in library.connection.execute(SELECT.format(condition), values)]
    assert library.ask(CountPassages(wanted)) == len(found)
    return found


def names(library, **fields):
    """Return the names of files that have passages that match."""
    guids = matching(library, **fields)
    paths = dict(
        library.connection.execute("SELECT p.guid, f.path_text FROM passage AS p JOIN file AS f ON f.id = p.file_id")
    )
    return [paths[guid].rpartition("/")[2].partition(".")[0] for guid in guids]


def tagged(title=None, artist=None, album=None, **more):
    return Tags(
        title=title, artist_credit=artist, artists=more.pop("artists", (artist,) if artist else ()), album=album, **more
    )


@pytest.fixture
def some(library, make):
    return filled(library, make)


@pytest.fixture(scope="module")
def unchanged(copies, empty_library, make):
    """The same for tests that change nothing, with and without a search index."""
    made = {index: copies(empty_library) for index in (True, False)}
    for library in made.values():
        library.new_run()
        filled(library, make)
    made[False].connection.execute("UPDATE library SET search_index = NULL")
    yield made
    for library in made.values():
        library.close()


def filled(library, make):
    """Store linked and unlinked files: each name below says by what it is named."""
    store = partial(make.store, library.run)
    library.write(
        store(b"/m/linked.flac", tags=tagged("Other Title", "Printed Credit", "Printed Album"), audio=b"1"),
        store(b"/m/tags.flac", tags=tagged("Größe", "Sigur Rós", "Ágætis byrjun"), audio=b"2"),
        store(b"/m/several.flac", tags=tagged("Duo", "One & Two", "Both", artists=("One", "Two")), audio=b"3"),
        store(b"/m/signs.flac", tags=tagged("!!!", "???", "..."), audio=b"4"),
        store(b"/m/Path Artist/Path Album/07 Path Title.flac", tags=tagged(), audio=b"5"),
        store(b"/m/two.flac", spans=((0, 20), (30, 95)), tags=tagged("Long", "Sigur Ros", "Alone"), audio=b"6"),
    )
    song = make.song(11, (7,), title="Linked Title", works=(5,), names={7: "Linked Artist"})
    guid = library.passages(b"/m/linked.flac")[0].guid
    evidence = (Statement(EvidenceSource.MUSICBRAINZ, "recording", song.mbid),)
    library.write(
        make.store_links(
            library.run,
            b"/m/linked.flac",
            make.links(guid, (song,), make.album(3, title="Linked Album"), evidence=evidence),
        )
    )
    return library


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ["07 Path Title", "linked", "several", "signs", "tags", "two", "two"]),
        ({"artist": "sigur ros"}, ["tags", "two", "two"]),
        ({"artist": "SIGUR RÓS"}, ["tags", "two", "two"]),
        ({"artist": "Sigur"}, []),
        ({"artist": "linked artist"}, ["linked"]),
        ({"artist": "printed credit"}, ["linked"]),
        ({"artist": "00000002-0000-4000-8000-000000000007"}, ["linked"]),
        ({"artist": "00000002-0000-4000-8000-000000000008"}, []),
        ({"artist": "Two"}, ["several"]),
        ({"artist": "One & Two"}, ["several"]),
        ({"artist": "???"}, ["signs"]),
        ({"artist": "path artist"}, ["07 Path Title"]),
        ({"album": "agaetis byrjun"}, ["tags"]),
        ({"album": "Linked Album"}, ["linked"]),
        ({"album": "00000004-0000-4000-8000-000000000003"}, ["linked"]),
        ({"album": "..."}, ["signs"]),
        ({"album": "Path Album"}, ["07 Path Title"]),
        ({"song": "linked title"}, ["linked"]),
        ({"song": "other title"}, ["linked"]),
        ({"song": "GRÖSSE"}, ["tags"]),
        ({"song": "00000001-0000-4000-8000-00000000000B"}, ["linked"]),
        ({"song": "path title"}, ["07 Path Title"]),
        ({"song": "!!!"}, ["signs"]),
        ({"work": "work"}, ["linked"]),
        ({"work": "00000003-0000-4000-8000-000000000005"}, ["linked"]),
        ({"work": "Duo"}, []),
        ({"artist": "Sigur Rós", "album": "Alone"}, ["two", "two"]),
        ({"artist": "Sigur Rós", "work": "work"}, []),
        ({"text": "byrjun sig"}, ["tags"]),
        ({"text": "sigur", "album": "alone"}, ["two", "two"]),
        ({"text": "-"}, ["07 Path Title", "linked", "several", "signs", "tags", "two", "two"][:0]),
        ({"seconds_from": 20, "seconds_to": 20}, ["two"]),
        ({"seconds_from": 60.5}, ["two"]),
        ({"seconds_to": 59.9, "artist": "sigur ros"}, ["two"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("index", [True, False], ids=["index", "no index"])
def test_names_words_and_lengths_keep_what_they_say(unchanged, fields, found, index):
    assert names(unchanged[index], **fields) == found


def test_names_that_people_set_are_found_and_former_ones_too(some, make):
    guid = some.passages(b"/m/tags.flac")[0].guid
    song, artist, album = make.mbid(1, 11), make.mbid(2, 7), make.mbid(4, 3)
    apply_edits(
        some.connection,
        [
            Edit(guid, "title", "My Title"),
            Edit(song, "title", "My Song"),
            Edit(artist, "name", "My Artist"),
            Edit(album, "title", "My Album"),
        ],
        1,
    )
    assert names(some, song="my title") == ["tags"]
    assert names(some, song="grosse") == ["tags"]
    assert names(some, song="my song") == names(some, artist="MY ARTIST") == names(some, album="my album") == ["linked"]
    assert names(some, artist="linked artist") == ["linked"]


def test_an_mbid_that_was_merged_still_names_what_it_did(some, make):
    some.connection.execute(
        "INSERT INTO merged_mbid VALUES (?, ?, 1), (?, ?, 1)",
        (make.mbid(1, 90), make.mbid(1, 91), make.mbid(1, 91), make.mbid(1, 11)),
    )
    assert names(some, song=make.mbid(1, 90)) == ["linked"]


def test_an_album_that_only_tags_name_is_found_by_its_group(some):
    group = some.passages(b"/m/tags.flac")[0].album_group
    assert names(some, album=group) == names(some, album=group.upper()) == ["tags"]


def test_loudness_is_in_a_range_with_both_ends_and_what_is_not_known_in_none(library, make):
    for number, lufs in enumerate([-23.0, -14.0, None]):
        loudness = Loudness(lufs, 5.5, -0.5, -0.75)
        spans = (make.passage(0, 60, loudness=loudness),)
        library.write(make.store(library.run, b"/m/%d.flac" % number, passages=spans, audio=b"%d" % number))
    assert names(library, loudness_from=-23) == ["0", "1"]
    assert names(library, loudness_to=-14.5) == ["0"]
    assert names(library, loudness_from=-14, loudness_to=-14) == ["1"]
    assert names(library, loudness_from=-200, loudness_to=100) == ["0", "1"]


def test_what_can_be_played_and_why_not(some, make):
    some.write(MarkMissing(some.run, (b"/m/tags.flac",)))
    rejected = some.passages(b"/m/signs.flac")[0].guid
    apply_edits(some.connection, [Edit(rejected, "approval", "rejected")], 1)
    some.write(make.store(some.run, b"/m/two.flac", spans=((30, 95),), tags=tagged("Long"), audio=b"6"))
    assert names(some) == ["07 Path Title", "linked", "several", "two"]
    assert names(some, playable=False) == ["signs", "tags"]
    assert names(some, playable=False, retired=True) == ["signs", "tags", "two"]
    assert names(some, playable=None) == ["07 Path Title", "linked", "several", "signs", "tags", "two"]
    assert names(some, not_playable_because="missing") == ["tags"]
    assert names(some, not_playable_because="rejected") == ["signs"]
    assert names(some, not_playable_because="retired") == ["two"]
    assert names(some, not_playable_because="excluded") == []


@pytest.fixture
def flavored(library, make):
    """Three passages with heard shares of one characteristic, one with a person's, and one of which nothing is said."""
    for number, share in enumerate([0.9, 0.6, 0.1]):
        made = make.passage(0, 60).flavor
        groups = (("mode", (("major", share), ("minor", 1 - share))),)
        flavor = type(made)(level=made.level, groups=groups, seconds=60)
        library.write(
            make.store(
                library.run,
                b"/m/%d.flac" % number,
                passages=(make.passage(0, 60, flavor=flavor),),
                audio=b"%d" % number,
            )
        )
    library.write(make.store(library.run, b"/m/own.flac", audio=b"own"))
    library.write(make.store(library.run, b"/m/silent.flac", passages=(make.passage(0, 60, flavor=None),), audio=b"no"))
    guid = library.passages(b"/m/own.flac")[0].guid
    apply_edits(library.connection, [Edit(guid, "flavor", "winter:0.7,summer:0.3", "season")], 1)
    return library


def test_near_is_the_distance_that_is_documented(flavored):
    one = flavored.passages(b"/m/0.flac")[0].guid
    # The complex characteristics, of which there is none, count 1; of the binary one its first member counts.
    assert names(flavored, near=one, within=0.5) == ["0"]
    assert names(flavored, near=one[:8].upper(), within=0.5 + 0.3**2 / 2 + 1e-9) == ["0", "1"]
    assert names(flavored, near=one, within=1) == ["0", "1", "2", "own", "silent"]
    shares = {"mode": {"minor": 0.8, "major": 0.2}}
    assert names(flavored, near=shares, within=0.5 + 0.1**2 / 2 + 1e-9) == ["2"]
    assert names(flavored, near={"season": {"winter": 0.7, "summer": 0.3}}, within=0.51) == ["own"]
    assert names(flavored, near={"weather": {"rain": 0.7, "sun": 0.3}}, within=0.99) == []
    assert names(flavored, near=one, within=1, song="tagged", text="m 1") == ["1"]


def test_a_passage_that_nobody_knows_is_near_to_nothing(flavored):
    with pytest.raises(NotFoundError):
        matching(flavored, near="123456", within=1)


def test_what_an_import_changed_is_found_by_the_run_before_it(library, make):
    store = partial(make.store, tags=tagged("T"))
    library.write(*(store(library.run, b"/m/%c.flac" % name, audio=b"%c" % name) for name in b"abcdef"))
    first = library.run
    library.close_run(RunState.COMPLETED)
    second = library.new_run()
    guid = library.passages(b"/m/b.flac")[0].guid
    library.write(
        store(second, b"/m/a.flac", spans=((0, 20),), audio=b"a"),
        make.store_links(second, b"/m/b.flac", make.links(guid, (make.song(1),))),
        MarkMissing(second, (b"/m/c.flac",)),
        make.begin(second, b"/m/d.flac"),
        make.fail(second, b"/m/d.flac"),
    )
    changed = {"playable": None, "retired": True, "changed_since": first}
    assert names(library, **changed) == ["a", "a", "b", "c", "d"]
    assert names(library, changed_since=first) == ["a", "b"]
    library.close_run(RunState.COMPLETED)
    assert names(library, **(changed | {"changed_since": second})) == []
    third = library.new_run()
    library.write(store(third, b"/m/c.flac", audio=b"c"))
    assert names(library, changed_since=second) == ["c"]
    undo_run(library.connection, third, next(library.clock))
    # An undo puts former numbers back, so all may have changed.
    assert names(library, playable=None, retired=True, changed_since=second) == list("aabcdef")


def test_what_people_set_has_changed_since_the_run_before_and_not_since_the_next(some, make):
    run, at = some.run, 1_900_000_000_000_000_000
    guid = some.passages(b"/m/tags.flac")[0].guid
    some.close_run(RunState.COMPLETED)
    some.connection.execute("UPDATE run SET started_ns = 5, ended_ns = 6")
    assert names(some, changed_since=run) == []
    apply_edits(some.connection, [Edit(guid, "probability", 2.0), Edit(make.mbid(2, 7), "probability", 3.0)], at)
    assert names(some, changed_since=run) == ["linked", "tags"]
    later = some.new_run()
    some.connection.execute("UPDATE run SET started_ns = ? WHERE id = ?", (at + 1, later))
    assert names(some, changed_since=run) == ["linked", "tags"]
    assert names(some, changed_since=later) == []


@pytest.mark.parametrize(
    ("seconds", "found"), [(-5, True), (0, True), (150, True), (250, True), (251, False), (10**9, False)]
)
def test_a_moment_stands_for_the_last_run_that_had_ended_before_it(some, seconds, found):
    some.close_run(RunState.COMPLETED)
    second = 10**9
    some.connection.execute("UPDATE run SET started_ns = ?, ended_ns = ?", (100 * second, 250 * second))
    moment = datetime.fromtimestamp(max(0, seconds), UTC) if seconds > 0 else datetime.min.replace(tzinfo=UTC)
    assert bool(matching(some, changed_since=moment)) is found
    assert matching(some, changed_since=datetime.max.replace(tzinfo=UTC)) == []


WORDS = st.sampled_from(["Blue", "blue", "Bluë", "Kind of Blue", "kind", "Of", "!!", "東京", "Blue & Red", "", "a b"])


@examples(8)
@given(st.lists(st.tuples(WORDS, WORDS, WORDS, st.booleans()), min_size=1, max_size=6), WORDS.filter(bool))
def test_whatever_is_shown_is_found_by_its_name(copies, empty_library, make, files, name):
    library = copies(empty_library)
    library.new_run()
    for number, (title, artist, album, linked) in enumerate(files):
        path = b"/m/%d.flac" % number
        tags = tagged(title or None, artist or None, album or None)
        library.write(make.store(library.run, path, tags=tags, audio=b"%d" % number))
        if linked and title and artist and album:
            guid = library.passages(path)[0].guid
            song = make.song(number + 1, (number + 1,), title=title, names={number + 1: artist})
            library.write(
                make.store_links(
                    library.run,
                    path,
                    make.links(guid, (song,), make.album(number + 1, title=album, artists=(100 + number,))),
                )
            )
    views = library.ask(ListPassages(100))
    wanted = folded_name(name)

    def shown(*names):
        return any(one is not None and folded_name(one) == wanted for one in names)

    assert set(matching(library, artist=name)) == {v.guid for v in views if shown(*(a.name for a in v.artists))}
    assert set(matching(library, album=name)) == {v.guid for v in views if shown(v.album.name)}
    assert set(matching(library, song=name)) == {v.guid for v in views if shown(v.title.name)}
    library.close()


def test_all_reasons_can_be_asked_for(some):
    for reason in NotPlayable:
        assert matching(some, not_playable_because=reason) == []
