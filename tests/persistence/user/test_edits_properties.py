"""However a person's edits and the batches of imports follow each other, neither gets in the other's way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.edits import Edit
from passagework.domain.errors import NotFoundError
from passagework.domain.tags import Tags
from passagework.domain.user_fields import FIELDS
from passagework.persistence.user.edits import apply_edits
from tests.support.effort import examples

PATHS = (b"/music/a.flac", b"/music/b.flac")
SPANS = (((0, 60),), ((2, 58),), ((0, 29), (30, 60)), ((100, 160),), ())
TEXTS = st.sampled_from(("A", "M", "Z"))
VALUES = {
    "title": TEXTS,
    "name": TEXTS,
    "date": st.sampled_from(("1888", "1999-12", "2020-02-29")),
    "probability": st.sampled_from((0.0, 0.5, 2.0)),
    "approval": st.sampled_from(("approved", "rejected")),
    "cooldown_seconds": st.integers(0, 3),
    "ramp_seconds": st.integers(0, 3),
    "lead_in": st.sampled_from((0.0, 1.5, 500.0)),
    "lead_out": st.sampled_from((0.25, 2.0)),
}
COLUMNS = {
    **{field: f"user_{field}" for field in ("title", "name", "date")},
    **{field: f"user_{field}_ticks / 28224000e0" for field in ("lead_in", "lead_out")},
}
ARTISTS = """
    SELECT a.mbid FROM song_artist AS sa JOIN artist AS a ON a.id = sa.artist_id JOIN song AS s ON s.id = sa.song_id
    WHERE s.mbid = ? ORDER BY a.mbid
"""


@pytest.fixture(scope="module")
def base(open_at, make, tmp_path_factory):
    """A closed library of two linked files, the guids of their passages, and what can be set on what."""
    opened = open_at(tmp_path_factory.mktemp("base") / "base.passages", "normal")
    for _ in range(2):
        opened.new_run()
    opened.write(*(make.store(1, path) for path in PATHS))
    guids = [opened.passages(path)[0].guid for path in PATHS]
    songs = [make.song(number, (number, 3), works=(1,)) for number in (1, 2)]
    for path, guid in zip(PATHS, guids, strict=True):
        opened.write(make.store_links(1, path, make.links(guid, songs, make.album(1))))
    opened.close()
    keys = {
        "passage": guids,
        "song": [make.mbid(1, number) for number in (1, 2)],
        "artist": [make.mbid(2, number) for number in (1, 2, 3)],
        "work": [make.mbid(3, 1)],
        "album": [make.mbid(4, 1)],
        "file": [],
    }
    return opened.path, guids, keys


@pytest.fixture(scope="module")
def batches(base, make):
    """A strategy for what an import writes: the same or other content, cuts, tags, songs, artists, names."""
    _, guids, _ = base
    song = st.builds(
        make.song,
        st.integers(1, 2),
        st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True).map(tuple),
        title=TEXTS | st.none(),
        names=st.dictionaries(st.integers(1, 4), TEXTS),
        works=st.sampled_from(((), (1,))),
    )
    album = st.none() | st.builds(make.album, st.just(1), title=TEXTS, date=st.sampled_from((None, "1777", "2001")))
    stored = st.builds(
        lambda run, path, spans, title, audio: make.store(run, path, spans, tags=Tags(title=title), audio=audio),
        st.sampled_from((1, 2)),
        st.sampled_from(PATHS),
        st.sampled_from(SPANS),
        TEXTS,
        st.sampled_from((b"a", b"b")),
    )
    linked = st.builds(
        lambda run, index, songs, of: make.store_links(run, PATHS[index], make.links(guids[index], songs, of)),
        st.sampled_from((1, 2)),
        st.integers(0, 1),
        st.lists(song, max_size=2, unique_by=lambda each: each.mbid),
        album,
    )
    return st.lists(stored | linked, min_size=1, max_size=3)


@pytest.fixture(scope="module")
def edits(base):
    """A strategy for what a person sets: one field of one subject, or shares for the weights of a song."""
    _, _, keys = base
    fields = [
        (kind, key, field) for kind, names in FIELDS.items() for key in keys[kind] for field in names if field in VALUES
    ]
    plain = st.sampled_from(fields).flatmap(
        lambda place: st.tuples(st.just(place[1]), st.just(place[2]), st.none() | VALUES[place[2]])
    )
    shares = st.tuples(
        st.sampled_from(keys["song"]),
        st.just("weight"),
        st.none() | st.lists(st.integers(1, 9), min_size=4, max_size=4),
    )
    return plain | shares


class Person:
    """Sets values, and remembers which of them count: the model."""

    def __init__(self, library):
        self.library = library
        self.values = {}
        self.weights = {}

    def set(self, key, field, value):
        if field == "weight" and value is not None:
            artists = [artist for (artist,) in self.library.connection.execute(ARTISTS, (key,))]
            total = sum(value[: len(artists)])
            shares = {artist: share / total for artist, share in zip(artists, value, strict=False)}
            self.apply([Edit(key, "weight", share, artist) for artist, share in shares.items()])
            self.weights[key] = shares
        elif field == "weight":
            self.apply([Edit(key, "weight", None)])
            self.weights.pop(key, None)
        elif self.apply([Edit(key, field, value)]):
            self.values[key, field] = value

    def apply(self, edits):
        """Set it; a passage that is retired at the moment takes nothing."""
        try:
            apply_edits(self.library.connection, edits, 1)
        except NotFoundError:
            assert edits[0].field in FIELDS["passage"]
            return False
        return True

    def take_all_back(self):
        """Take back all that can be reached; the rest is forgotten behind the person's back."""
        for key, field in list(self.values):
            self.set(key, field, None)
        for song in list(self.weights):
            self.set(song, "weight", None)
        self.library.connection.execute(
            "UPDATE passage SET user_title = NULL, probability = NULL, approval = NULL, user_lead_in_ticks = NULL,"
            " user_lead_out_ticks = NULL"
        )
        self.values.clear()

    def check(self):
        found = {}
        for table, key in (
            ("passage", "guid"),
            ("song", "mbid"),
            ("artist", "mbid"),
            ("work", "mbid"),
            ("album", "mbid"),
        ):
            for field in FIELDS[table]:
                if field in VALUES:
                    column = COLUMNS.get(field, field)
                    rows = self.library.connection.execute(f"SELECT {key}, {column} FROM {table}")
                    found |= {(name, field): value for name, value in rows if value is not None}
        assert found == {place: value for place, value in self.values.items() if value is not None}
        rows = self.library.connection.execute(
            "SELECT s.mbid, a.mbid, sa.weight FROM song_artist AS sa JOIN song AS s ON s.id = sa.song_id "
            "JOIN artist AS a ON a.id = sa.artist_id"
        ).fetchall()
        for song in {song for song, *_ in rows}:
            weights = {artist: weight for of, artist, weight in rows if of == song}
            assert sum(weights.values()) == pytest.approx(1)
            equal = dict.fromkeys(weights, 1 / len(weights))
            assert weights == (dict.fromkeys(weights, 0.0) | self.weights[song] if song in self.weights else equal)


@examples(15)
@given(data=st.data())
def test_edits_outlive_every_batch_and_taken_back_they_leave_no_trace(copies, base, batches, edits, data):
    library, untouched = copies(base[0]), copies(base[0])
    person = Person(library)
    for step in data.draw(st.lists(batches | edits, max_size=14)):
        if isinstance(step, list):
            assert library.write(*step).rejected == ()
            untouched.write(*step)
        else:
            person.set(*step)
        person.check()
    library.check()
    person.take_all_back()
    person.check()
    contents = [opened.content() for opened in (library, untouched)]
    for content in contents:
        content["rows"] = dict(content["rows"]) | {"edit": 0}
    assert contents[0] == contents[1]
    for opened in (library, untouched):
        opened.close()
        opened.path.unlink()


@pytest.mark.slow
@examples(15)
@given(data=st.data())
def test_an_edit_that_comes_twice_is_done_once(copies, base, edits, data):
    library = copies(base[0])
    person = Person(library)
    for step in data.draw(st.lists(edits, max_size=6)):
        person.set(*step)
        entries = library.rows()["edit"]
        person.set(*step)
        assert library.rows()["edit"] == entries
    library.close()
    library.path.unlink()
