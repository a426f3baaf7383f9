"""What a person sets: stored all or none, kept through every import, and taken back without a trace."""

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from passagework.domain.edits import Edit, Edited, EditError, Subject, UserValue
from passagework.domain.errors import LibraryUnavailableError, NotFoundError, UnavailableKind
from passagework.domain.ids import Guid
from passagework.domain.measured import Loudness
from passagework.domain.tags import Tags
from passagework.domain.views import Named, RunState
from passagework.persistence.read.queries import ListPassages, ShowPassage
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run

PATHS = (b"/music/a.flac", b"/music/b.flac")
NOW = 1_900_000_000_000_000_000


@pytest.fixture
def guids(library, make):
    """Two files: the first with two songs on an album, the second with one of these songs."""
    library.write(*(make.store(library.run, path) for path in PATHS))
    guids = [library.passages(path)[0].guid for path in PATHS]
    first, second = make.song(1, (1, 2), title="One", works=(1,)), make.song(2, (2,), title="Two")
    library.write(
        make.store_links(library.run, PATHS[0], make.links(guids[0], [first, second], make.album(1))),
        make.store_links(library.run, PATHS[1], make.links(guids[1], [first])),
    )
    return guids


@pytest.fixture
def set_(library):
    """Give a function that sets values of one subject; weights are ``("weight", MBID)``."""

    def set_(key, values, now_ns=NOW):
        edits = [
            Edit(key, field[0], value, field[1]) if isinstance(field, tuple) else Edit(key, field, value)
            for field, value in values.items()
        ]
        return apply_edits(library.connection, edits, now_ns)

    return set_


def journal(library):
    return library.connection.execute(
        "SELECT subject, subject_key, field, part, old_value, new_value FROM edit ORDER BY id"
    ).fetchall()


def weights(library, song):
    query = """
        SELECT a.mbid, sa.weight, sa.weight_source FROM song_artist AS sa JOIN song AS s ON s.id = sa.song_id
        JOIN artist AS a ON a.id = sa.artist_id WHERE s.mbid = ? ORDER BY a.mbid
    """
    return library.connection.execute(query, (song,)).fetchall()


def dump(library):
    """Give every row of the library."""
    tables = [
        row[0]
        for row in library.connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"
        )
    ]
    rows = {table: library.connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    # That something was written again is counted.
    columns = [name for _, name, *_ in library.connection.execute("PRAGMA table_info(library)") if name != "changes"]
    return rows | {"library": library.connection.execute(f"SELECT {', '.join(columns)} FROM library").fetchall()}


def own(passage):
    return {(value.subject, value.key, value.field, value.part): value.value for value in passage.own}


def search(library, text):
    return [passage.path for passage in library.ask(ListPassages(100, None, text))]


# Fields


def test_a_title_that_a_person_set_wins_over_all_others_and_keeps_the_id_of_the_song(library, make, guids, set_):
    (edited,) = set_(guids[0], {"title": "Mine"})
    assert edited == Edited(Subject.PASSAGE, guids[0], "title", None, "One / Two", "Mine")
    assert library.passages()[0].title == Named("Mine", make.mbid(1, 1), set_by_user=True)
    assert library.passages(PATHS[1])[0].title == Named("One", make.mbid(1, 1))
    (back,) = set_(guids[0], {"title": None})
    assert (back.before, back.after) == ("Mine", "One / Two")
    assert library.passages()[0].title == Named("One / Two", make.mbid(1, 1))
    assert journal(library) == [
        ("passage", guids[0], "title", None, None, "Mine"),
        ("passage", guids[0], "title", None, "Mine", None),
    ]


def test_a_passage_without_songs_gets_the_title_of_its_tags_back(library, make, set_):
    library.write(make.store(library.run, tags=Tags(title="Tagged")))
    guid = library.passages()[0].guid
    assert set_(guid, {"title": "Mine"})[0].before == "Tagged"
    assert library.passages()[0].title == Named("Mine", None, set_by_user=True)
    assert set_(guid, {"title": None})[0].after == "Tagged"
    assert library.passages()[0].title == Named("Tagged", None)


def test_every_field_of_every_subject_is_set_shown_and_taken_back(library, make, guids, set_):
    before = library.content()
    song, artist, work, album = make.mbid(1, 1), make.mbid(2, 1), make.mbid(3, 1), make.mbid(4, 1)
    cooling = {"probability": 2.5, "cooldown_seconds": 3600, "ramp_seconds": 60}
    wanted = {
        guids[0]: (Subject.PASSAGE, {"title": "Mine", "probability": 0.25, "approval": "approved"}),
        song: (Subject.SONG, {"title": "My song", **cooling}),
        artist: (Subject.ARTIST, {"name": "My artist", **cooling}),
        work: (Subject.WORK, {"title": "My work", **cooling}),
        album: (Subject.ALBUM, {"title": "My album", "date": "2001-02"}),
    }
    expected = {}
    for key, (subject, values) in wanted.items():
        edited = set_(key, values)
        assert [(e.subject, e.key, e.field, e.after) for e in edited] == [(subject, key, *i) for i in values.items()]
        expected |= {(subject, key, field, None): value for field, value in values.items()}
    passage = library.passages()[0]
    assert own(passage) == expected
    assert passage.artists[0] == Named("My artist", artist, set_by_user=True)
    assert passage.album == Named("My album", album, set_by_user=True)
    assert library.passages(PATHS[1])[0].title == Named("My song", song, set_by_user=True)
    for key, (_, values) in wanted.items():
        set_(key, dict.fromkeys(values))
    after = library.content()
    assert after["rows"] != before["rows"]
    assert {**after, "rows": None} == {**before, "rows": None}


def test_what_belongs_to_two_songs_of_a_passage_is_shown_once(library, make, guids, set_):
    set_(make.mbid(2, 2), {"probability": 3.0})
    assert library.passages()[0].own == (UserValue(Subject.ARTIST, make.mbid(2, 2), "probability", None, 3.0),)


def test_a_value_that_is_set_already_changes_no_row_and_begins_no_transaction(library, make, guids, set_):
    song, artists = make.mbid(1, 1), (make.mbid(2, 1), make.mbid(2, 2))
    values = {("weight", artists[0]): 0.75, ("weight", artists[1]): 0.25, "title": "T", "probability": 1.0}
    set_(song, values)
    changes, entries = library.connection.total_changes, journal(library)
    statements = []
    library.connection.set_trace_callback(statements.append)
    assert set_(song, values) == ()
    assert set_(song, {("weight", artists[0]): 0.75}) == ()
    assert set_(guids[0], {"approval": None}) == ()
    assert set_(make.mbid(1, 2), {"weight": None}) == ()
    library.connection.set_trace_callback(None)
    assert not [sql for sql in statements if "IMMEDIATE" in sql]
    assert (library.connection.total_changes, journal(library)) == (changes, entries)


def test_a_person_may_claim_the_value_that_an_import_has(library, make, guids, set_):
    (edited,) = set_(make.mbid(1, 2), {"title": "Two"})
    assert (edited.before, edited.after) == ("Two", "Two")
    library.write(
        make.store_links(library.run, PATHS[1], make.links(guids[1], [make.song(2, (2,), title="An earlier title")]))
    )
    assert library.passages(PATHS[1])[0].title.name == "Two"


def test_all_is_written_in_one_transaction(library, make, guids, set_):
    statements = []
    library.connection.set_trace_callback(statements.append)
    set_(guids[0], {"title": "T", "probability": 1.0, "approval": "rejected"})
    library.connection.set_trace_callback(None)
    assert [sql for sql in statements if sql.startswith(("BEGIN IMMEDIATE", "COMMIT"))] == ["BEGIN IMMEDIATE", "COMMIT"]
    begun = statements.index("BEGIN IMMEDIATE")
    assert not [sql for sql in statements[begun:] if sql.startswith("SELECT") and "search_due" not in sql]


def test_the_moment_is_kept(library, guids, set_):
    set_(guids[0], {"probability": 1.0}, 123)
    assert library.connection.execute("SELECT at_ns FROM edit").fetchall() == [(123,)]


# Keys


def give_mbid(library, old, new):
    """Give an artist another MBID, also where it is stated."""
    library.connection.execute("UPDATE artist SET mbid = ? WHERE mbid = ?", (new, old))
    for table in ("passage_song", "passage_album"):
        library.connection.execute(f"UPDATE {table} SET stated_artists = replace(stated_artists, ?, ?)", (old, new))


def test_a_passage_is_named_by_the_beginning_of_its_guid_and_case_does_not_count(library, make, guids, set_):
    assert set_(guids[0][:8].upper(), {"probability": 1.0})[0].key == guids[0]
    odd = f"AB{make.mbid(2, 1)[2:]}"
    give_mbid(library, make.mbid(2, 1), odd.lower())
    assert set_(odd, {"name": "N"})[0].key == odd.lower()


@pytest.mark.parametrize("key", ["", "abc", "zzzzzz", "\udc80" * 8, "0" * 5000, "%", "' OR 1=1 --", "mood:000000"])
def test_what_names_nothing_is_not_found(library, guids, set_, key):
    with pytest.raises(NotFoundError) as caught:
        set_(key, {"title": "T"})
    assert len(str(caught.value)) < 300


def test_a_retired_passage_is_not_found(library, make, guids, set_):
    library.write(make.store(library.run, spans=((100, 200),)))
    with pytest.raises(NotFoundError):
        set_(guids[0], {"title": "T"})


def test_a_beginning_that_several_passages_share_is_refused_with_all_of_them(library, guids, set_):
    shared = [f"aaaaaaaa-{n}" for n in range(2)]
    for guid, new in zip(guids, shared, strict=True):
        library.connection.execute("UPDATE passage SET guid = ? WHERE guid = ?", (new, guid))
    with pytest.raises(EditError, match=f"{shared[0]}, {shared[1]}"):
        set_("aaaaaaaa", {"title": "T"})
    assert set_(shared[1], {"title": "T"})[0].key == shared[1]


def test_one_mbid_of_two_kinds_is_refused_until_the_kind_is_named(library, make, guids, set_):
    mbid = make.mbid(1, 1)
    give_mbid(library, make.mbid(2, 1), mbid)
    with pytest.raises(EditError, match=f"song:{mbid} or artist:{mbid}"):
        set_(mbid, {"probability": 1.0})
    assert set_(f"artist:{mbid}", {"probability": 1.0})[0].subject is Subject.ARTIST
    assert set_(f"song:{mbid}", {"probability": 1.0})[0].subject is Subject.SONG


# All or none


@pytest.mark.parametrize(
    "wrong",
    [
        Edit("{song}", "titel", "x"),
        Edit("{song}", "title", "\udc80"),
        Edit("{song}", "probability", float("nan")),
        Edit("{song}", "cooldown_seconds", 2**70),
        Edit("{song}", "title", "again"),
        Edit("{song}", "approval", "approved"),
        Edit("{song}", "probability", 1.0, "an artist"),
        Edit("{song}", "weight", 0.5),
        Edit("{song}", "weight", 0.9, "{artist}"),
        Edit("{song}", "weight", None, "{artist}"),
        Edit("{song}", "weight", 1.0, "\udc80"),
        Edit("99999999-0000-4000-8000-000000000000", "title", "x"),
    ],
)
def test_one_thing_that_is_wrong_keeps_all_from_being_set(library, make, guids, wrong):
    names = {"song": make.mbid(1, 1), "artist": make.mbid(2, 1)}
    wrong = replace(wrong, key=wrong.key.format(**names), part=wrong.part and wrong.part.format(**names))
    changes = library.connection.total_changes
    good = [Edit(names["song"], "title", "T"), Edit(guids[0], "probability", 1.0)]
    with pytest.raises((EditError, NotFoundError)):
        apply_edits(library.connection, [*good, wrong], NOW)
    assert library.connection.total_changes == changes
    assert not library.connection.in_transaction


@contextmanager
def busy(library):
    with closing(sqlite3.connect(library.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield UnavailableKind.BUSY


@contextmanager
def full(library):
    pages = library.connection.execute("PRAGMA page_count").fetchone()[0]
    library.connection.execute(f"PRAGMA max_page_count = {pages}")
    yield UnavailableKind.FULL
    library.connection.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def read_only(library):
    library.connection.execute("PRAGMA query_only = 1")
    yield UnavailableKind.READ_ONLY
    library.connection.execute("PRAGMA query_only = 0")


@contextmanager
def gone(library):
    elsewhere = library.path.with_name("elsewhere")
    library.path.rename(elsewhere)
    yield UnavailableKind.MOVED
    elsewhere.rename(library.path)


@pytest.mark.parametrize("trouble", [busy, full, read_only, gone])
def test_a_library_that_takes_no_writes_says_so_and_takes_the_values_later(library, make, guids, trouble):
    long = "\U0001f3b5" * 1000
    subjects = (*guids, make.mbid(1, 1), make.mbid(3, 1), make.mbid(4, 1))
    edits = [Edit(subject, "title", long) for subject in subjects]
    before = dump(library)
    with trouble(library) as kind, pytest.raises(LibraryUnavailableError) as caught:
        apply_edits(library.connection, edits, NOW)
    assert caught.value.kind is kind
    assert not library.connection.in_transaction
    assert dump(library) == before
    assert len(apply_edits(library.connection, edits, NOW)) == 5
    assert apply_edits(library.connection, edits, NOW) == ()


# Weights


def test_the_weights_of_a_song_are_set_together_and_taken_back_to_equal_shares(library, make, guids, set_):
    song, (one, two) = make.mbid(1, 1), (make.mbid(2, 1), make.mbid(2, 2))
    edited = set_(song, {("weight", one): 0.7, ("weight", two.upper()): 0.3})
    assert [(e.field, e.part, e.before, e.after) for e in edited] == [
        ("weight", one, 0.5, 0.7),
        ("weight", two, 0.5, 0.3),
    ]
    assert weights(library, song) == [(one, 0.7, "user"), (two, 0.3, "user")]
    assert weights(library, make.mbid(1, 2)) == [(two, 1.0, "equal")]
    assert own(library.passages()[0]) == {
        (Subject.SONG, song, "weight", one): 0.7,
        (Subject.SONG, song, "weight", two): 0.3,
    }
    back = set_(song, {"weight": None})
    assert [(e.part, e.before, e.after) for e in back] == [(one, 0.7, 0.5), (two, 0.3, 0.5)]
    assert weights(library, song) == [(one, 0.5, "equal"), (two, 0.5, "equal")]
    assert [entry[3:] for entry in journal(library)] == [
        (one, None, 0.7),
        (two, None, 0.3),
        (one, 0.7, None),
        (two, 0.3, None),
    ]


def test_one_weight_alone_is_taken_where_the_sum_stays_and_makes_all_of_them_the_person_s(library, make, guids, set_):
    song, (one, two) = make.mbid(1, 1), (make.mbid(2, 1), make.mbid(2, 2))
    set_(song, {("weight", one): 0.5})
    assert weights(library, song) == [(one, 0.5, "user"), (two, 0.5, "user")]


def test_weights_that_do_not_sum_to_one_are_refused_with_what_they_would_be(library, make, guids, set_):
    song, (one, two) = make.mbid(1, 1), (make.mbid(2, 1), make.mbid(2, 2))
    with pytest.raises(EditError, match=rf"would sum to 1\.2: weight\.{one}=0\.7 weight\.{two}=0\.5"):
        set_(song, {("weight", one): 0.7})
    with pytest.raises(EditError, match="would sum to"):
        set_(song, {("weight", one): 0.7, ("weight", two): 0.298})
    assert set_(song, {("weight", one): 0.7, ("weight", two): 0.299})


def test_thirds_may_be_written_with_three_digits(library, make, guids, set_):
    library.write(make.store_links(library.run, PATHS[1], make.links(guids[1], [make.song(5, (1, 2, 3))])))
    assert len(set_(make.mbid(1, 5), {("weight", make.mbid(2, n)): 0.333 for n in (1, 2, 3)})) == 3


def test_a_weight_of_an_artist_that_is_not_the_song_s_is_refused_with_those_that_are(library, make, guids, set_):
    with pytest.raises(EditError, match=rf"it has {make.mbid(2, 2)} \(Artist 2\)"):
        set_(make.mbid(1, 2), {("weight", make.mbid(2, 1)): 1.0})


def test_an_artist_new_to_a_song_whose_weights_a_person_set_weighs_nothing_until_they_are_taken_back(
    library, make, guids, set_
):
    song, (one, two, three) = make.mbid(1, 1), (make.mbid(2, n) for n in (1, 2, 3))
    set_(song, {("weight", one): 0.7, ("weight", two): 0.3})
    grown = make.song(1, (1, 2, 3), title="One")
    for _ in range(2):
        library.write(make.store_links(library.run, PATHS[1], make.links(guids[1], [grown])))
        assert weights(library, song) == [(one, 0.7, "user"), (two, 0.3, "user"), (three, 0.0, "equal")]
    set_(song, {("weight", one): 0.6, ("weight", three): 0.1})
    assert weights(library, song) == [(one, 0.6, "user"), (two, 0.3, "user"), (three, 0.1, "user")]
    set_(song, {"weight": None})
    assert weights(library, song) == [(artist, 1 / 3, "equal") for artist in (one, two, three)]


def test_an_artist_that_tags_no_longer_name_stays_until_the_weights_are_taken_back(library, make, guids, set_):
    song, (one, two, three) = make.mbid(1, 1), (make.mbid(2, n) for n in (1, 2, 3))
    set_(song, {("weight", one): 0.7, ("weight", two): 0.3})
    corrected = [make.song(1, (1, 3), title="One")]
    for path, guid in zip(PATHS, guids, strict=True):
        library.write(make.store_links(library.run, path, make.links(guid, corrected)))
    assert weights(library, song) == [(one, 0.7, "user"), (two, 0.3, "user"), (three, 0.0, "equal")]
    set_(song, {"weight": None})
    assert weights(library, song) == [(one, 0.5, "equal"), (three, 0.5, "equal")]


# Search


def test_what_a_person_set_is_found_beside_what_the_import_says(library, make, guids, set_):
    set_(guids[0], {"title": "STRASSE nach Hause"})
    set_(make.mbid(1, 1), {"title": "Heimweg"})
    set_(make.mbid(2, 2), {"name": "Die Wanderer"})
    set_(make.mbid(4, 1), {"title": "Unterwegs"})
    assert search(library, "straße") == [PATHS[0]]
    assert search(library, "heimweg") == list(PATHS)
    assert search(library, "wanderer") == list(PATHS)
    assert search(library, "unterwegs") == [PATHS[0]]
    assert search(library, "Artist 2") == list(PATHS)
    assert search(library, "unter hause") == [PATHS[0]]
    assert search(library, "ause") == []


# Imports


def everything(guids, make):
    song, artist, work, album = make.mbid(1, 1), make.mbid(2, 1), make.mbid(3, 1), make.mbid(4, 1)
    return {
        guids[0]: {"title": "Mine", "probability": 0.25, "approval": "rejected"},
        song: {"title": "My song", "cooldown_seconds": 5, ("weight", artist): 0.9, ("weight", make.mbid(2, 2)): 0.1},
        artist: {"name": "My artist", "ramp_seconds": 6},
        work: {"title": "My work", "probability": 7.0},
        album: {"title": "My album", "date": "2001"},
    }


@pytest.fixture
def set_all(library, make, guids, set_):
    for key, values in everything(guids, make).items():
        set_(key, values)
    return own(library.passages()[0])


NAMES = ("One", "Artist 1", "Album", "1999")


def links_again(library, make, guids, names):
    title, artist, album, date = names
    song = make.song(1, (1, 2), title=title, works=(1,), names={1: artist})
    second = make.song(2, (2,), title="Two")
    of_album = replace(make.album(1, title=album, date=date), artists=(song.credits[0].artist,))
    linked = make.links(guids[0], [song, second], of_album)
    return make.store_links(library.run, PATHS[0], linked)


def test_the_same_content_again_changes_no_row(library, make, guids, set_all):
    before = dump(library)
    library.write(make.store(library.run), links_again(library, make, guids, names=NAMES))
    assert dump(library) == before


def test_new_tags_and_new_names_leave_it_and_are_there_when_it_is_taken_back(library, make, guids, set_all, set_):
    library.new_run()
    library.write(make.store(library.run, tags=Tags(title="Retagged"), audio=b"b"))
    assert own(library.passages()[0]) == set_all
    library.write(links_again(library, make, guids, ("A title", "An artist", "Aan album", "1888")))
    passage = library.passages()[0]
    assert own(passage) == set_all
    assert passage.title == Named("Mine", make.mbid(1, 1), set_by_user=True)
    assert passage.artists[0].name == "My artist"
    assert passage.album.name == "My album"
    for key, values in everything(guids, make).items():
        set_(key, {("weight" if isinstance(field, tuple) else field): None for field in values})
    passage = library.passages()[0]
    assert passage.own == ()
    assert passage.title.name == "A title / Two"
    assert (passage.artists[0].name, passage.album.name) == ("An artist", "Aan album")
    assert library.connection.execute("SELECT date FROM album").fetchall() == [("1888",)]


def test_a_passage_that_is_cut_anew_keeps_it_as_long_as_it_is_the_same_passage(library, make, guids, set_all):
    library.write(make.store(library.run, spans=((1, 58), (59, 70))))
    first, second = library.passages()
    assert first.guid == guids[0]
    mine = {key: value for key, value in set_all.items() if key[0] is Subject.PASSAGE}
    assert mine.items() <= own(first).items()
    assert second.own == ()


def test_a_passage_that_was_retired_comes_back_with_it(library, make, guids, set_all):
    library.write(make.store(library.run, spans=((100, 200),)))
    assert library.passages()[0].own == ()
    library.write(make.store(library.run))
    (passage,) = library.passages()
    assert passage.guid == guids[0]
    assert passage.title.name == "Mine"
    assert own(passage)[Subject.PASSAGE, guids[0], "approval", None] == "rejected"


def test_another_analysis_of_unchanged_content_leaves_it(library, make, guids, set_all):
    library.new_run()
    louder = make.passage(0, 60, loudness=Loudness(-9.0, 1.0, 0.0, 0.0), lead_in=0)
    library.write(make.store(library.run, passages=(louder,)))
    passage = library.passages()[0]
    assert passage.loudness.integrated == -9.0
    assert own(passage) == set_all


def test_it_is_found_by_guid_with_the_passage(library, guids, set_all):
    assert own(library.ask(ShowPassage(Guid(guids[0][:8])))) == set_all


def test_characteristics_of_your_own_are_set_one_by_one_and_kept_through_imports(library, make, guids, set_):
    assert set_(guids[0], {("flavor", "season"): "winter:0.7,summer:0.2,other:0.1"}) == (
        Edited(Subject.PASSAGE, guids[0], "flavor", "season", None, "winter:0.7,summer:0.2,other:0.1"),
    )
    set_(guids[0], {("flavor", "For Children"): "yes:0.25,no:0.75"})
    library.new_run()
    library.write(make.store(library.run, PATHS[0], audio=b"b"))

    assert library.ask(ShowPassage(guids[0])).own == (
        UserValue(Subject.PASSAGE, guids[0], "flavor", "For Children", "yes:0.25,no:0.75"),
        UserValue(Subject.PASSAGE, guids[0], "flavor", "season", "winter:0.7,summer:0.2,other:0.1"),
    )


def test_a_characteristic_is_changed_and_removed_and_the_history_has_each_value(library, guids, set_):
    set_(guids[0], {("flavor", "a"): "x:0.1,y:0.9", ("flavor", "b"): "x:0.2,y:0.8"})
    set_(guids[0], {("flavor", "a"): "x:0.3,y:0.7"})
    assert set_(guids[0], {("flavor", "a"): "x:0.3,y:0.7"}) == ()
    set_(guids[0], {("flavor", "a"): None})
    set_(guids[0], {"flavor": None})

    assert journal(library) == [
        ("passage", guids[0], "flavor", "a", None, "x:0.1,y:0.9"),
        ("passage", guids[0], "flavor", "b", None, "x:0.2,y:0.8"),
        ("passage", guids[0], "flavor", "a", "x:0.1,y:0.9", "x:0.3,y:0.7"),
        ("passage", guids[0], "flavor", "a", "x:0.3,y:0.7", None),
        ("passage", guids[0], "flavor", "b", "x:0.2,y:0.8", None),
    ]
    assert library.connection.execute("SELECT user_flavor FROM passage").fetchall() == [(None,), (None,)]


def test_characteristics_of_your_own_outlive_undo_and_come_back_with_their_passage(library, make, set_):
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    library.write(make.store(library.run, PATHS[0]))
    (guid,) = library.guids()
    set_(guid, {("flavor", "season"): "winter:0.7,summer:0.3"})
    library.close_run(RunState.COMPLETED)

    assert undo_run(library.connection, run, NOW).kept == 1
    library.new_run()
    library.write(make.store(library.run, PATHS[0]))
    (passage,) = library.passages(PATHS[0])
    assert passage.guid == guid
    assert [(own.part, own.value) for own in passage.own] == [("season", "winter:0.7,summer:0.3")]


@pytest.mark.parametrize("name", ["", " a", "a:b", "a,b", "a=b", "a\nb", "n" * 101])
def test_a_characteristic_needs_a_name_that_can_be_written(guids, set_, name):
    with pytest.raises(EditError, match="the name of a characteristic must be text of one line"):
        set_(guids[0], {("flavor", name): "x:0.1,y:0.9"})
    with pytest.raises(EditError, match="name the characteristic"):
        set_(guids[0], {"flavor": "x:0.1,y:0.9"})


def test_a_passage_has_a_limited_number_of_characteristics_of_your_own(guids, set_):
    set_(guids[0], {("flavor", f"n{number}"): "x:0.1,y:0.9" for number in range(100)})
    with pytest.raises(EditError, match="at most 100 characteristics"):
        set_(guids[0], {("flavor", "one more"): "x:0.1,y:0.9"})
