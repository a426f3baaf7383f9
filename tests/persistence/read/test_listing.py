import pytest

from passagework.domain.errors import NotFoundError
from passagework.domain.tags import Tags
from passagework.persistence.read.queries import FailedFiles, ListPassages, ShowPassage
from passagework.persistence.write.writes import MarkMissing


@pytest.fixture
def paths(library, make):
    """Files whose order by folder and name is another one than that of their paths."""
    found = [b"/m/a/x.flac", b"/m/a b/x.flac", b"/m/a.flac", b"/m/\xff.flac"]
    library.write(*(make.store(library.run, path, spans=((0, 20), (30, 60)), tags=Tags()) for path in found))
    return sorted(found)


def pages(library, limit, text=None):
    after = None
    while page := library.ask(ListPassages(limit, after, text)):
        assert len(page) <= limit
        yield from page
        after = page[-1].guid


@pytest.mark.parametrize("limit", [1, 3, 8, 100])
def test_pages_go_by_path_and_start_whatever_their_size(library, paths, limit):
    listed = [(passage.path, passage.start > 0) for passage in pages(library, limit)]
    assert listed == [(path, second) for path in paths for second in (False, True)]


def test_a_page_goes_on_after_a_passage_that_was_retired(library, make, paths):
    first = library.ask(ListPassages(1))[0]
    library.write(make.store(library.run, paths[0], spans=((30, 60),)))
    assert library.ask(ListPassages(1, first.guid))[0].start == 30 * make.second


def test_an_unknown_place_to_go_on_is_an_error(library):
    with pytest.raises(NotFoundError):
        library.ask(ListPassages(5, "no-such-guid"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("GRÖSSE", ["title"]),
        ("straße", ["title"]),
        ("quintet", ["artist"]),
        ("kind of", ["album"]),
        ("/MUSIC/SONG", ["song"]),
        ("linked title", ["song"]),
        ("artist 77", ["song"]),
        ("the record", ["song"]),
        ("100%", ["percent"]),
        ("blue kind", ["album"]),
        ("ind of", []),
        ("_", []),
    ],
)
def test_words_are_found_in_names_and_path_whatever_their_case_and_order(library, make, text, names):
    tags = {
        b"title": Tags(title="Größe Strasse"),
        b"artist": Tags(artist_credit="Quintet"),
        b"album": Tags(album="Kind of Blue"),
        b"song": Tags(title="Other"),
        b"percent": Tags(title="100% pure"),
    }
    library.write(*(make.store(library.run, b"/music/" + name, tags=tag) for name, tag in tags.items()))
    path = b"/music/song"
    song = make.song(1, (77,), title="Linked Title")
    links = make.links(library.passages(path)[0].guid, [song], make.album(1, title="The Record", artists=()))
    library.write(make.store_links(library.run, path, links))
    assert [passage.path.decode().rpartition("/")[2] for passage in pages(library, 2, text)] == names


def test_a_passage_is_found_by_an_unambiguous_beginning_of_its_guid(library, make):
    library.write(make.store(library.run, spans=tuple((n, n + 0.5) for n in range(50))))
    passage = library.passages()[7]
    for beginning in (passage.guid, passage.guid[:13], passage.guid.upper()):
        assert library.ask(ShowPassage(beginning)) == passage
    assert library.ask(ShowPassage(passage.guid[:5])) is None
    assert library.ask(ShowPassage("zzzzzzzz")) is None


def test_failed_files_are_listed_by_path_until_they_succeed_or_go_missing(library, make):
    failures = [make.fail(library.run, b"/m/%d.flac" % number) for number in range(4)]
    library.write(*failures, make.store(library.run, b"/m/good.flac"))
    library.write(make.store(library.run, b"/m/1.flac"), MarkMissing(library.run, (b"/m/2.flac",)))
    first = library.ask(FailedFiles(1))
    rest = library.ask(FailedFiles(5, first[-1].path))
    assert [(failed.path, failed.new) for failed in first + rest] == [(b"/m/0.flac", False), (b"/m/3.flac", False)]
    assert first[0].failure == failures[0].failure
