"""Whatever happens to files, entities are called what a plain function of the standing statements says.

A fresh library that is told only how the files are now, in any order, has the same names.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.failures import FailureCode
from passagework.domain.identification.evidence.likeness import titles_contradict
from passagework.domain.music import Album, AlbumPlace, Artist, ArtistCredit, Song, SongSpan, Work
from passagework.domain.tags import Tags
from passagework.domain.undo import UndoRefusedError
from passagework.domain.views import RunState
from passagework.persistence.rows.encoded import encode_analysis
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import MarkExcluded, MarkMissing, MarkPresent, StoreAnalysis
from tests.support.effort import examples

PATHS = tuple(b"/music/%d.flac" % number for number in range(4))
TITLES = st.sampled_from(("Alpha", "Alpha (live)", "Beta", "Betta", None))
NAMES = st.sampled_from(("Band", "The Band", "Brand", None))


@dataclass(frozen=True)
class Told:
    """What a file says: the songs and albums of its passages; whether it is there and not left out."""

    passages: tuple[tuple[Song | None, Album | None], ...]
    is_there: bool = True


@pytest.fixture(scope="module")
def base(open_at, tmp_path_factory):
    opened = open_at(tmp_path_factory.mktemp("base") / "base.passages", "normal")
    opened.new_run()
    opened.close()
    return opened.path


@pytest.fixture(scope="module")
def passages(make):
    """A strategy for what a decision states: by tags, or by MusicBrainz at some time."""

    def decision(stated_ns):
        artists = st.lists(
            st.builds(lambda n, name: Artist(make.mbid(2, n), name, stated_ns), st.integers(1, 3), NAMES),
            max_size=2,
            unique_by=lambda artist: artist.mbid,
        ).map(tuple)
        works = st.lists(
            st.builds(
                lambda n, title, composers: Work(make.mbid(3, n), title, composers, stated_ns),
                st.integers(1, 2),
                NAMES,
                artists,
            ),
            max_size=2,
            unique_by=lambda work: work.mbid,
        ).map(tuple)
        song = st.builds(
            lambda n, title, by, works: Song(
                make.mbid(1, n), title, tuple(ArtistCredit(one, 1 / len(by)) for one in by), works, (), stated_ns
            ),
            st.integers(1, 2),
            TITLES,
            artists,
            works,
        )
        album = st.builds(
            lambda n, title, date, group, by: Album(
                make.mbid(4, n), title, group, date, by, country=date and "DE", stated_ns=stated_ns
            ),
            st.integers(1, 2),
            NAMES,
            st.sampled_from((None, "1970", "1975")),
            st.sampled_from((None, make.mbid(5, 1))),
            artists,
        )
        return st.tuples(song | song | st.none(), album | album | st.none())

    one = st.sampled_from((None, None, None, 10, 20)).flatmap(decision)
    return st.lists(one, min_size=1, max_size=2).map(tuple)


@pytest.fixture(scope="module")
def steps(passages):
    """A strategy for what happens: each file is told, then some change, go, come back, or a run is undone."""
    file = st.integers(0, len(PATHS) - 1)
    tell = st.tuples(st.just("tell"), file, passages | st.just(()), st.booleans())
    find = st.tuples(st.sampled_from(("missing", "excluded", "back", "spoil", "deny")), file)
    first = st.tuples(*(st.tuples(st.just("tell"), st.just(n), passages, st.booleans()) for n in range(len(PATHS))))
    later = st.lists(st.one_of(tell, find, find, st.tuples(st.sampled_from(("run", "undo")))), min_size=2, max_size=9)
    return st.builds(lambda first, later: [*first, *later], first, later)


class Story:
    """A library, and beside it what its files say now."""

    def __init__(self, library, make):
        self.library, self.make = library, make
        self.files = {}
        self.files_before_run = {}
        self._tags = 0

    def do(self, step):
        kind, *values = step
        match kind:
            case "tell":
                self.tell(*values)
            case "run":
                self.library.close_run(RunState.COMPLETED)
                self.library.new_run()
                self.files_before_run = dict(self.files)
            case "undo":
                self._undo()
            case _:
                self._find(kind, *values)

    def tell(self, file, passages, at_once):
        """Store a file that has other tags than ever before, with its decisions or before them."""
        self._tags += 1
        spans = tuple((10 * number, 10 * number + 9) for number in range(len(passages)))
        analysis = self.make.analysis(PATHS[file], spans, tags=Tags(title=f"{self._tags}"))
        if at_once:
            links = tuple(self._links("", *one) for one in passages)
            self.library.write(StoreAnalysis(self.library.run, encode_analysis(analysis, links)))
        else:
            self.library.write(StoreAnalysis(self.library.run, analysis))
            guids = [one.guid for one in self.library.passages(PATHS[file])]
            links = [self._links(guid, *one) for guid, one in zip(guids, passages, strict=True)]
            self.library.write(self.make.store_links(self.library.run, PATHS[file], *links))
        self.files[file] = Told(passages)

    def _links(self, guid, song, album):
        spans = () if song is None else (SongSpan(song, 0, self.make.second),)
        return replace(self.make.links(guid), songs=spans, album=album and AlbumPlace(album, 1, 2))

    def _find(self, kind, file):
        run = self.library.run
        self.library.write(
            {
                "missing": MarkMissing(run, (PATHS[file],)),
                "excluded": MarkExcluded(run, (PATHS[file],)),
                "back": MarkPresent(run, (PATHS[file],)),
                "spoil": self.make.fail(run, PATHS[file]),
                "deny": self.make.fail(run, PATHS[file], FailureCode.PERMISSION_DENIED),
            }[kind]
        )
        if kind == "spoil":
            self.files[file] = Told(())
        elif file in self.files:
            self.files[file] = replace(self.files[file], is_there=kind not in {"missing", "excluded"})

    def _undo(self):
        self.library.close_run(RunState.COMPLETED)
        try:
            undo_run(self.library.connection, self.library.run, 1)
        except UndoRefusedError:
            assert self.files == self.files_before_run
        else:
            self.files = dict(self.files_before_run)
        self.library.new_run()


def expected(files):
    """Say what each entity of which something stands is called: the oracle."""
    votes = defaultdict(lambda: defaultdict(list))
    for file, told in files.items():
        for song, album in told.passages if told.is_there else ():
            for entity, values in (*stated_of_song(song), *stated_of_album(album)):
                for column, value in values.items():
                    of_column = votes[entity.mbid][column]
                    if value:
                        of_column.append((value, entity.stated_ns, file))
    return {mbid: winners(columns) for mbid, columns in votes.items()}


def stated_of_song(song):
    if song is None:
        return
    credited = tuple(credit.artist for credit in song.credits)
    yield song, {"title": song.title, "artists": listed(credited), "works": listed(song.works)}
    for work in song.works:
        yield work, {"title": work.title, "composers": listed(work.composers)}
    for artist in (*credited, *(one for work in song.works for one in work.composers)):
        yield artist, {"name": artist.name}


def stated_of_album(album):
    if album is None:
        return
    about = {"release_group": album.release_group, "date": album.date, "country": album.country}
    yield album, {"title": album.title, "artists": listed(album.artists), **about}
    for artist in album.artists:
        yield artist, {"name": artist.name}


def listed(entities):
    return json.dumps([one.mbid for one in entities], separators=(",", ":")) if entities else None


def winners(columns):
    found = {column: next(iter(ranked(votes)), None) for column, votes in columns.items()}
    if "works" in columns:
        by_tags = {value for value, stated_ns, _ in columns["title"] if stated_ns is None}
        others = (one for one in ranked(columns["title"])[1:] if one in by_tags)
        found["rival_title"] = next((one for one in others if titles_contradict(found["title"], one)), None)
    return found


def ranked(votes):
    """Order the values of a column, the one that is shown first."""
    files = defaultdict(set)
    for value, at, file in votes:
        files[value, at].add(file)

    def place(one):
        value, at = one
        counted = (len(files[one]), len(value)) if at is None else (0, 0)
        return (-1 if at is None else at, *counted), value

    ordered = sorted(files, key=lambda one: place(one)[1])
    ordered.sort(key=lambda one: place(one)[0], reverse=True)
    return [value for value, _ in ordered]


LIST = "(SELECT json_group_array(mbid) FROM (SELECT o.mbid {} ORDER BY k.position) HAVING count(*) > 0)"
CREDIT = LIST.format("FROM song_artist AS k JOIN artist AS o ON o.id = k.artist_id WHERE k.song_id = e.id")
WORKS = LIST.format("FROM song_work AS k JOIN work AS o ON o.id = k.work_id WHERE k.song_id = e.id")
OF_ALBUM = LIST.format("FROM album_artist AS k JOIN artist AS o ON o.id = k.artist_id WHERE k.album_id = e.id")
COMPOSERS = LIST.format("FROM work_artist AS k JOIN artist AS o ON o.id = k.artist_id WHERE k.work_id = e.id")
SHOWN = {
    "artist": ("name", "name"),
    "work": ("title, composers", f"title, {COMPOSERS}"),
    "song": ("title, artists, works, rival_title", f"title, {CREDIT}, {WORKS}, rival_title"),
    "album": ("title, release_group, date, country, artists", f"title, release_group, date, country, {OF_ALBUM}"),
}


def shown(library, mbids):
    found = {}
    for table, (names, columns) in SHOWN.items():
        for mbid, *values in library.connection.execute(f"SELECT mbid, {columns} FROM {table} AS e"):
            if mbid in mbids:
                found[mbid] = dict(zip(names.split(", "), values, strict=True))
    return found


def weights_are_equal(library):
    sums = "SELECT count(*), sum(weight), min(weight), max(weight) FROM song_artist GROUP BY song_id"
    return all(
        total == pytest.approx(1) and least == most == pytest.approx(1 / artists)
        for artists, total, least, most in library.connection.execute(sums)
    )


@pytest.mark.slow
@examples(15)
@given(data=st.data())
def test_names_are_a_function_of_the_files_as_they_are_now(copies, base, make, steps, data):
    story = Story(copies(base), make)
    story.library.run = 1
    wanted = {}
    for step in data.draw(steps):
        story.do(step)
        wanted = expected(story.files)
        assert shown(story.library, wanted) == wanted
        assert weights_are_equal(story.library)
    story.library.check()
    fresh = Story(copies(base), make)
    fresh.library.run = 1
    for file in data.draw(st.permutations(sorted(story.files))):
        if story.files[file].is_there:
            fresh.tell(file, story.files[file].passages, at_once=data.draw(st.booleans()))
    assert shown(fresh.library, wanted) == wanted
    for opened in (story.library, fresh.library):
        opened.close()
        opened.path.unlink()
