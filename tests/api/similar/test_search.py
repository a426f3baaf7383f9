"""What is found to be alike, and what is not wanted beside it."""

import struct
import zlib

import pytest

from passagework.api.similar import search
from passagework.api.similar.search import SimilarSearch
from passagework.api.similar.vectors import VectorMaker
from passagework.domain.flavor.agreement import Agreement
from passagework.domain.flavor.similar import NotComparableError, Once, Wanted
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from passagework.persistence.read.reader import LibraryReader
from passagework.persistence.write.writes import MarkMissing
from tests.support.heard_flavors import heard
from tests.support.library import Maker, OpenedLibrary
from tests.support.made_flavors import several, two_way


class Shelf:
    """A library of made passages, by the names of their files."""

    def __init__(self, folder):
        self.library = OpenedLibrary(folder / "shelf.passages", "normal")
        self.library.new_run()
        self.cache = folder / "cache"
        self.reader = LibraryReader(self.library.path)
        self.search = SimilarSearch(self.reader, self.cache)
        self._audio = 0

    def add(self, name, flavor, *, title=None, artist="", album=None, audio=None):
        """Add a passage of a minute; each has other audio, title and artist unless they are given."""
        self._audio += 1
        tags = Tags(title=title or f"Title {name}", artist_credit=artist or f"Artist {name}", album=album)
        passage = Maker.passage(0, 60, flavor=flavor)
        audio = bytes([self._audio]) if audio is None else audio
        self.library.write(Maker.store(self.library.run, self.path(name), passages=(passage,), tags=tags, audio=audio))

    @staticmethod
    def path(name):
        return f"/music/{name}.flac".encode()

    def guid(self, name):
        return self.library.passages(self.path(name))[0].guid

    def link(self, name, song):
        links = Maker.links(self.guid(name), [Maker.song(song)])
        self.library.write(Maker.store_links(self.library.run, self.path(name), links))

    def similar(self, *names, played=(), **wanted):
        """Search, and give what was found."""
        seeds, been = ([self.guid(name) for name in some] for some in (names, played))
        return self.search.similar(seeds, Wanted(**{"count": 100, **wanted}), been)

    def like(self, *names, **wanted):
        """Search, and give the names of what was found."""
        return [found.passage.path.decode()[7:-5] for found in self.similar(*names, **wanted)]


@pytest.fixture
def shelf(tmp_path):
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.reader.close()
    shelf.library.close()


@pytest.fixture
def eight(shelf):
    """Passages named by where they are on a line, and two that are near to each other far away."""
    for at in (0, 1, 2.5, 4.5, 7, 10, 40, 41):
        shelf.add(f"{at:g}", heard(at))
    return shelf


def test_the_nearest_come_first_and_never_the_passage_itself(eight):
    found = eight.similar("0")

    assert eight.like("0", count=4) == ["1", "2.5", "4.5", "7"]
    assert len(found) == 7
    assert eight.like("40")[0] == "41"
    proximities = [one.proximity for one in found]
    assert proximities == sorted(proximities, reverse=True)
    assert 0 <= min(proximities) <= max(proximities) <= 1


def test_each_of_many_equally_near_ones_is_found_once_in_the_order_in_which_they_came(shelf):
    names = [f"{number}" for number in range(150)]
    for number, name in enumerate(names):
        shelf.add(name, heard((number % 3) * 20), audio=name.encode())

    found = shelf.like("0", count=1000)
    assert sorted(found) == sorted(names[1:])
    assert found[:49] == names[3::3]
    assert shelf.like("0", count=40) == found[:40]


def test_the_same_library_gives_the_same_answer_whatever_is_kept(eight, tmp_path):
    before = eight.similar("0")

    assert eight.similar("0") == before
    assert SimilarSearch(eight.reader, eight.cache).similar([eight.guid("0")], Wanted(count=100), ()) == before
    assert SimilarSearch(eight.reader, tmp_path / "new").similar([eight.guid("0")], Wanted(count=100), ()) == before


def test_several_passages_are_sought_together(eight):
    assert set(eight.like("0", "10", count=3)) > {"4.5", "7"}
    assert not {"0", "10"} & set(eight.like("0", "10"))


def test_no_copy_is_found_of_what_is_sought_and_each_piece_once(eight):
    eight.add("same sound", heard(0.2), audio=b"\1")
    eight.add("same name", heard(0.3), title="TITLE 0", artist="artist 0")
    eight.add("same recording", heard(0.4))
    eight.add("copy of 1", heard(1.2), title="Title 1", artist="Artist 1")
    for name in ("0", "same recording"):
        eight.link(name, 7)
    eight.link("same name", 9)

    assert eight.like("0", count=3) == ["1", "2.5", "4.5"]


def test_what_cannot_be_played_is_not_found(eight):
    eight.library.write(MarkMissing(eight.library.run, (eight.path("1"),)))
    eight.library.connection.execute("UPDATE passage SET approval = 'rejected' WHERE guid = ?", (eight.guid("2.5"),))

    assert eight.like("0", count=2) == ["4.5", "7"]


def test_some_artists_albums_and_what_was_played_are_left_out(shelf):
    for at, artist, album in ((0, "Äsop", "One"), (1, "Bea", "Two"), (2, "Cleo", "TWO"), (3, "Dora", "Three")):
        shelf.add(str(at), heard(at), artist=artist, album=album)
    shelf.add("4", heard(4), artist="Asop", album="Five")
    shelf.add("5", heard(5), artist="Eve", album="One")

    assert shelf.like("0") == ["1", "2", "3", "4", "5"]
    assert shelf.like("0", not_artists=["bea", "ÄSOP"]) == ["2", "3", "5"]
    assert shelf.like("0", not_albums=["two"]) == ["3", "4", "5"]
    assert shelf.like("0", played=["1", "3"]) == ["2", "4", "5"]
    assert shelf.like("0", once=Once.ALBUM) == ["1", "3", "4"]
    assert shelf.like("0", once=Once.ARTIST) == ["1", "2", "3", "5"]


def test_an_artist_is_named_by_its_mbid_too(eight):
    eight.link("1", 3)

    assert eight.like("0", not_artists=[Maker.mbid(2, 1)], count=1) == ["2.5"]
    assert eight.like("0", not_artists=["ARTIST 1"], count=1) == ["2.5"]


def test_the_nets_count_where_they_heard_both(shelf):
    for name, at, embedding in (("seed", 0, 0), ("a", 3, 80), ("b", 3.5, 5), ("c", 20, 90), ("d", 25, 120)):
        shelf.add(name, heard(at, embedding=embedding))
    shelf.add("not heard", heard(30))

    found = {one.passage.path.decode()[7:-5]: one.by_nets for one in shelf.similar("seed")}
    assert next(iter(found)) == "b"
    assert found == {"b": True, "a": True, "c": True, "d": True, "not heard": False}
    assert not any(one.by_nets for one in shelf.similar("not heard"))


def test_what_other_nets_heard_does_not_count(shelf):
    for name, embedding, weights in (("a", 0, "new"), ("b", 90, "new"), ("c", 0, "old")):
        shelf.add(name, heard(len(shelf.library.guids()), embedding=embedding, weights=weights))

    assert {one.passage.path: one.by_nets for one in shelf.similar("a")} == {
        shelf.path("b"): True,
        shelf.path("c"): False,
    }


def test_it_says_in_what_they_agree_and_differ(shelf):
    for number in range(6):
        groups = (two_way("mode", number % 2), several("key", *(float(place == number) for place in range(6))))
        shelf.add(str(number), heard(number, groups=groups))
    shelf.add("twin", heard(0.5, groups=(two_way("mode", 0.0), several("key", 1.0, 0, 0, 0, 0, 0))))

    (first, *_) = shelf.similar("0")
    assert first.passage.path == shelf.path("twin")
    assert "key" in first.agreement.alike
    assert first.agreement.unlike == ()
    assert Agreement((), ()) != first.agreement


def test_a_passage_of_which_too_little_was_heard_cannot_be_compared(eight):
    eight.add("short", heard(0, timbre=False))
    eight.add("old", heard(0, version=0))

    assert not {"short", "old"} & set(eight.like("0"))
    for name in ("short", "old"):
        with pytest.raises(NotComparableError, match=f"nothing was heard of the passage {eight.guid(name)}") as refused:
            eight.similar("0", name)
        assert refused.value.code == "flavor-missing"


def test_a_library_with_one_passage_or_none_has_nothing_alike(shelf):
    shelf.add("short", heard(0, timbre=False))
    with pytest.raises(NotComparableError):
        shelf.similar("short")
    shelf.add("only", heard(0))

    assert shelf.like("only") == []


def test_damaged_vectors_are_left_out(eight):
    eight.library.connection.execute("UPDATE passage_flavor SET timbre = x'00ff' WHERE passage_id = 2", ())
    eight.library.connection.execute("UPDATE passage_flavor SET rhythm = zeroblob(7) WHERE passage_id = 3", ())

    assert eight.like("0", count=2) == ["4.5", "7"]
    assert eight.like("1") == []


UNREADABLE = (
    "",
    "no JSON",
    "null",
    "[]",
    "[" * 10_000,
    '{"pitch":{"a":NaN}}',
    '{"pitch":"a"}',
    '{"pitch":["a"]}',
    '{"pitch":{"a":null,"b":1}}',
    '{"pitch":{"a":5,"b":0.1}}',
)


@pytest.mark.parametrize("shares", UNREADABLE)
def test_a_passage_whose_shares_cannot_be_read_is_left_out_and_all_others_are_found(eight, shares):
    eight.library.connection.execute("UPDATE passage_flavor SET shares = ? WHERE passage_id = 2", (shares,))

    assert set(eight.like("0")) == {"2.5", "4.5", "7", "10", "40", "41"}
    assert eight.like("1") == []


@pytest.fixture
def makes(monkeypatch):
    """Count how often vectors are computed."""
    made = []

    class Counted(VectorMaker):
        def made(self, characteristics):
            made.append(1)
            return super().made(characteristics)

    monkeypatch.setattr(search, "VectorMaker", Counted)
    return made


def test_vectors_are_computed_once_and_again_after_each_change(eight, makes):
    eight.library.close_run(RunState.COMPLETED)
    eight.like("0")
    eight.like("1")
    other = SimilarSearch(eight.reader, eight.cache)
    other.similar([eight.guid("0")], Wanted(count=1), ())
    assert makes == [1]

    eight.library.new_run()
    eight.add("0.5", heard(0.5))
    assert eight.like("0", count=1) == ["0.5"]
    assert other.similar([eight.guid("0")], Wanted(count=1), ())[0].passage.path == eight.path("0.5")
    assert makes == [1, 1]


def test_a_passage_that_is_gone_is_not_found(eight):
    assert eight.like("0", count=1) == ["1"]
    eight.library.connection.execute(
        "UPDATE passage SET retired_ns = 1, retired_run = 1 WHERE guid = ?", (eight.guid("1"),)
    )

    assert eight.like("0", count=1) == ["2.5"]


def test_without_a_place_for_the_file_it_is_computed_each_time(eight, makes, tmp_path):
    (tmp_path / "no folder").write_text("a file")
    elsewhere = SimilarSearch(eight.reader, tmp_path / "no folder" / "cache")

    assert elsewhere.similar([eight.guid("0")], Wanted(count=1), ())[0].passage.path == eight.path("1")
    assert makes == [1]


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: file.write_bytes(file.read_bytes()[:30]),
        lambda file: file.write_bytes(file.read_bytes()[:200]),
        lambda file: file.write_bytes(file.read_bytes() + b"\0"),
        lambda file: file.write_bytes(b"x" + file.read_bytes()[1:]),
        lambda file: file.write_bytes(file.read_bytes()[:22] + b"\xff" * 8 + file.read_bytes()[30:]),
        lambda file: file.write_bytes(file.read_bytes()[:-1000] + bytes(1000)),
        lambda file: file.write_bytes(b"\0" * len(file.read_bytes())),
        lambda file: (file.rename(file.with_suffix(".moved")), file.symlink_to(file.with_suffix(".moved"))),
        lambda file: (file.unlink(), file.mkdir()),
    ],
    ids=[
        *("empty", "a byte short", "no header", "half a header", "a byte more", "another form", "endless header"),
        *("other numbers", "zeros", "a link", "a folder"),
    ],
)
def test_a_damaged_file_is_made_again(eight, makes, harm):
    wanted = eight.like("0")
    (file,) = eight.cache.iterdir()
    harm(file)

    again = SimilarSearch(eight.reader, eight.cache).similar([eight.guid("0")], Wanted(count=100), ())
    assert [found.passage.path.decode()[7:-5] for found in again] == wanted
    assert makes == [1, 1]


def test_a_header_that_lies_is_noticed(eight, makes):
    eight.like("0")
    (file,) = eight.cache.iterdir()
    content = file.read_bytes()
    for old, new in (
        (b'"count":8', b'"count":9'),
        (b'"columns":', b'"columns":1'),
        (b'"usual":{}', b'"usual":[]'),
    ):
        assert content.count(old) == 1
        file.write_bytes(with_checksum(content.replace(old, new)))
        assert eight.search.similar([eight.guid("0")], Wanted(count=1), ())
        SimilarSearch(eight.reader, eight.cache).similar([eight.guid("0")], Wanted(count=1), ())
    assert len(makes) == 4


def with_checksum(content):
    """Make the checksum of the header right again."""
    behind = content.index(b"\n") + 1
    (length,) = struct.unpack("<I", content[behind : behind + 4])
    header = content[behind + 8 : behind + 8 + length]
    return content[: behind + 4] + struct.pack("<I", zlib.crc32(header)) + content[behind + 8 :]


def test_whoever_has_mapped_a_file_keeps_it_when_another_takes_its_place(eight):
    before = eight.similar("0")
    (file,) = eight.cache.iterdir()
    kept = eight.search._kept
    file.unlink()
    SimilarSearch(eight.reader, eight.cache).similar([eight.guid("10")], Wanted(count=1), ())

    assert eight.search._kept is kept
    assert eight.similar("0") == before
    assert [one.name.endswith(".vectors") for one in eight.cache.iterdir()] == [True]
