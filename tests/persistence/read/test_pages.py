"""Pages of a list, in each order: each passage once, whatever is written between two of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.edits import Edit
from passagework.domain.list_place import ListPlace, PassageList, read_place, write_place
from passagework.domain.measured import Loudness
from passagework.domain.passage_filter import FilterError, PassageFilter, PassageOrder
from passagework.domain.search_words import folded_name
from passagework.domain.tags import Tags
from passagework.persistence.read.queries import ListPassages, PagePassages
from passagework.persistence.user.edits import apply_edits
from tests.support.effort import examples

ALL = PassageFilter(playable=None)


def listed(library, of, limit=100, between=lambda: None):
    """Go through all pages; ``between`` is called before each but the first."""
    after = None
    while True:
        page = library.ask(PagePassages(of, limit, after))
        assert len(page.passages) <= limit
        yield from page.passages
        if (after := page.next) is None:
            return
        between()


@pytest.fixture(scope="module")
def some(copies, empty_library, make):
    library = copies(empty_library)
    library.new_run()
    rows = [
        ("Übermut", "Zoe", "B", 2, 30, -9.0),
        ("apfel", "Ändra", "a", 1, 20, None),
        (None, None, None, None, 50, -20.0),
        ("Zebra", "zoe", "A", 2, 20, -14.0),
        ("Apfel", "Bo", "B", 1, 40, -14.0),
    ]
    for number, (title, artist, album, track, seconds, lufs) in enumerate(rows):
        spans = (make.passage(0, seconds, loudness=Loudness(lufs, 5.5, -0.5, -0.75)), make.passage(90, 91))
        tags = Tags(title=title, artist_credit=artist, album=album, track_number=track)
        path = b"/m/%d/\xff %d.flac" % (number % 2, number)
        library.write(make.store(library.run, path, passages=spans, tags=tags, audio=b"%d" % number))
    yield library
    library.close()


def known_last(value, turned):
    return (value is None, value if value is not None else turned)


SORTED = {
    PassageOrder.TITLE: lambda view: view.title.name and folded_name(view.title.name),
    PassageOrder.ARTIST: lambda view: (
        view.artists[0].name and folded_name(view.artists[0].name) if view.artists else None
    ),
    PassageOrder.ALBUM: lambda view: view.album.name and folded_name(view.album.name),
    PassageOrder.LENGTH: lambda view: view.end - view.start,
    PassageOrder.LOUDNESS: lambda view: view.loudness.integrated,
}


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("order", list(PassageOrder))
def test_each_order_has_each_passage_once_whatever_the_size_of_a_page(some, order, reverse):
    of = PassageList(ALL, order, reverse)
    whole = list(listed(some, of))
    assert {view.guid for view in whole} == {view.guid for view in some.ask(ListPassages(100))}
    for limit in (1, 2, 3, 9, 10):
        assert [view.guid for view in listed(some, of, limit)] == [view.guid for view in whole]
    if (value := SORTED.get(order)) is not None:
        values = [value(view) for view in whole]
        known = [one for one in values if one is not None]
        assert known == sorted(known, reverse=reverse)
        assert values[len(known) :] == [None] * (len(values) - len(known))


def test_by_path_is_the_order_of_the_list_and_ties_stand_in_it(some):
    by_path = [view.guid for view in some.ask(ListPassages(100))]
    assert [view.guid for view in listed(some, PassageList(ALL))] == by_path
    assert [view.guid for view in listed(some, PassageList(ALL, PassageOrder.PATH, reverse=True))] == by_path[::-1]
    for reverse in (False, True):
        places: dict[int, list[int]] = {}
        for view in listed(some, PassageList(ALL, PassageOrder.LENGTH, reverse)):
            places.setdefault(view.end - view.start, []).append(by_path.index(view.guid))
        assert all(same == sorted(same) for same in places.values())


def test_an_album_stands_in_the_order_of_its_tracks_in_both_directions(some):
    for reverse in (False, True):
        tracks = [
            view.track for view in listed(some, PassageList(ALL, PassageOrder.ALBUM, reverse)) if view.album.name == "B"
        ]
        assert tracks == sorted(tracks)


def test_what_was_found_or_changed_last_comes_first(some):
    newest = [view.path for view in listed(some, PassageList(ALL, PassageOrder.NEWEST))]
    assert newest[0].endswith(b"4.flac")
    assert newest[-1].endswith(b"0.flac")
    guid = some.ask(ListPassages(100))[5].guid
    apply_edits(some.connection, [Edit(guid, "probability", 2.0)], 2_000_000_000_000_000_000)
    assert next(listed(some, PassageList(ALL, PassageOrder.CHANGED))).guid == guid
    *_, last = listed(some, PassageList(ALL, PassageOrder.CHANGED, reverse=True))
    assert last.guid == guid


@pytest.mark.parametrize("order", list(PassageOrder))
def test_a_filter_that_is_checked_beside_sql_has_the_same_pages(some, order):
    wanted = PassageFilter(text="apf", playable=None)
    found = [view.guid for view in listed(some, PassageList(wanted, order))]
    assert len(found) == 4
    assert [view.guid for view in listed(some, PassageList(wanted, order), 1)] == found


@examples(6)
@given(st.sampled_from(list(PassageOrder)), st.booleans(), st.integers(1, 4), st.randoms(use_true_random=False))
def test_what_does_not_change_comes_once_whatever_changes(copies, empty_library, make, order, reverse, limit, chance):
    library = copies(empty_library)
    library.new_run()
    for number in range(8):
        tags = Tags(title=chance.choice(["a", "b", None]), artist_credit="c", album="d")
        library.write(make.store(library.run, b"/m/%d.flac" % number, tags=tags, audio=b"%d" % number))
    there = {view.guid for view in library.ask(ListPassages(100))}
    changed: set[str] = set()
    numbers = iter(range(100, 200))

    def change():
        if len(changed) == 4:
            return
        guid = chance.choice(sorted(there - changed))
        changed.add(guid)
        apply_edits(library.connection, [Edit(guid, "title", f"{chance.choice('xyz')} {next(numbers)}")], next(numbers))
        path = b"/m/%d new.flac" % next(numbers)
        library.write(make.store(library.run, path, audio=path[-20:]))

    seen = [view.guid for view in listed(library, PassageList(ALL, order, reverse), limit, change)]
    assert all(seen.count(guid) == 1 for guid in there - changed)
    library.close()


PLACES = st.builds(
    ListPlace,
    keys=st.lists(
        st.none()
        | st.text(max_size=5)
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False),
        max_size=4,
    ).map(tuple),
    path=st.binary(max_size=20),
    start=st.integers(0, 2**63 - 1),
    row=st.integers(0, 2**63 - 1),
)
OF = PassageList(ALL, PassageOrder.LENGTH)


@examples(20)
@given(PLACES)
def test_a_place_is_read_as_it_was_written(place):
    assert read_place(write_place(place, OF), OF) == place


@examples(20)
@given(st.text() | st.binary() | st.none() | st.text("abcABC019-_=", max_size=200))
def test_whatever_a_host_passes_on_is_refused_with_a_code(text):
    with pytest.raises(FilterError):
        read_place(text, OF)


def test_a_place_of_another_list_or_a_damaged_one_is_refused(some):
    page = some.ask(PagePassages(OF, 2))
    for other in (
        PassageList(ALL, PassageOrder.LOUDNESS),
        PassageList(ALL, PassageOrder.LENGTH, reverse=True),
        PassageList(PassageFilter(text="a"), PassageOrder.LENGTH),
    ):
        with pytest.raises(FilterError):
            some.ask(PagePassages(other, 2, page.next))
    for place in range(len(page.next)):
        with pytest.raises(FilterError):
            read_place(page.next[:place] + page.next[place + 1 :], OF)
    with pytest.raises(FilterError):
        some.ask(PagePassages(OF, 2, write_place(ListPlace(keys=(1, 2), path=b"", start=0, row=0), OF)))
