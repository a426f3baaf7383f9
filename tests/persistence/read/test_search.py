"""Searches find what a plain comparison of all texts finds, with the search index and without."""

import re
import sqlite3
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.edits import Edit
from passagework.domain.tags import Tags
from passagework.persistence.file import search_index
from passagework.persistence.file.full_check import check_library
from passagework.persistence.read import search
from passagework.persistence.read.queries import ListPassages
from passagework.persistence.read.reader import LibraryReader
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from tests.support.effort import examples

PATHS = (b"/m/Alpha/one.flac", b"/m/Alpha/two.flac", b"/m/Beta.flac")
SPANS = (((0, 60),), ((0, 29), (30, 60)))
NAMES = ("Alpha", "beta Gamma", "Ünder", "one", "STRASSE", "Straße zwei")
QUERIES = ("alpha", "u", "strasse", "gamma b", "one alpha", "mine", "flac m", "zwei", "yours be", "nothing")

ALL_TEXTS = """
SELECT p.guid, f.path_text, t.fields, p.user_title,
    (SELECT json_group_array(coalesce(title, '') || ' ' || coalesce(user_title, ''))
        FROM passage_song AS ps JOIN song AS s ON s.id = ps.song_id WHERE ps.passage_id = p.id),
    (SELECT json_group_array(coalesce(name, '') || ' ' || coalesce(user_name, ''))
        FROM passage_song AS ps JOIN song_artist AS sa ON sa.song_id = ps.song_id
        JOIN artist AS a ON a.id = sa.artist_id WHERE ps.passage_id = p.id),
    (SELECT json_group_array(coalesce(title, '') || ' ' || coalesce(user_title, ''))
        FROM passage_album AS pa JOIN album AS a ON a.id = pa.album_id WHERE pa.passage_id = p.id)
FROM passage AS p JOIN file AS f ON f.id = p.file_id LEFT JOIN file_tags AS t ON t.file_id = f.id
WHERE p.retired_ns IS NULL ORDER BY f.path, p.start_ticks, p.id
"""


def found(library, text, limit=100):
    after, guids = None, []
    while page := library.ask(ListPassages(limit, after, text)):
        guids += [passage.guid for passage in page]
        after = page[-1].guid
    return guids


def words_of(text):
    """Fold as far as these tests need it."""
    plain = "".join(one for one in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(one))
    return re.findall("[a-z0-9]+", plain)


def found_plainly(library, text):
    """Look through all texts. The names of fields in the JSON of the tags are no words of these tests."""
    return [
        guid
        for guid, *texts in library.connection.execute(ALL_TEXTS).fetchall()
        if all(any(has.startswith(word) for has in words_of(" ".join(map(str, texts)))) for word in words_of(text))
    ]


@pytest.fixture(scope="module", autouse=True)
def looked_up_at_once():
    """Compare one file before words are looked up: these libraries are small."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(search, "AT_FIRST", 1)
        patched.setattr(search, "PATIENCE", 0)
        yield


@pytest.fixture(scope="module")
def base(open_at, make, tmp_path_factory):
    """A closed library of three files, two of them linked."""
    opened = open_at(tmp_path_factory.mktemp("base") / "base.passages", "normal")
    opened.new_run()
    opened.write(*(make.store(1, path, tags=Tags(title="Beta", album="Ünder")) for path in PATHS))
    opened.new_run()
    opened.close()
    return opened.path


NAMED = st.sampled_from(NAMES)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("store"), st.integers(0, 2), st.sampled_from(SPANS), NAMED, NAMED | st.none()),
        st.tuples(st.just("link"), st.integers(0, 2), st.integers(1, 2), NAMED, NAMED),
        st.tuples(st.just("set"), st.integers(1, 4), st.integers(0, 2), st.sampled_from(("Mine", "Yours", None))),
        st.sampled_from((("run",), ("undo",), ("reopen",))),
    ),
    max_size=7,
)


def do(library, make, step):
    match step:
        case ("store", number, spans, title, artist):
            library.write(make.store(library.run, PATHS[number], spans, tags=Tags(title=title, artist_credit=artist)))
        case ("link", number, song, title, name):
            of = make.song(song, (song, 2), title=title, names={song: name})
            links = [make.links(p.guid, [of], make.album(song, title=name)) for p in library.passages(PATHS[number])]
            library.write(make.store_links(library.run, PATHS[number], *links))
        case ("set", kind, number, value):
            passages = library.passages(PATHS[number])
            key = passages[0].guid if kind == 3 and passages else make.mbid(kind, 1 + number // 2)
            if (
                key in {p.guid for p in passages}
                or library.connection.execute(
                    f"SELECT 1 FROM {('song', 'artist', 'work', 'album')[kind - 1]} WHERE mbid = ?", (key,)
                ).fetchone()
            ):
                apply_edits(library.connection, (Edit(key, "name" if kind == 2 else "title", value),), 1)
        case ("run",):
            library.new_run()
        case ("undo",):
            library.close_run("completed")
            if library.connection.execute("SELECT 1 FROM before_image WHERE run_id = ?", (library.run,)).fetchone():
                undo_run(library.connection, library.run, 5)
            library.new_run()
        case ("reopen",):
            library.reopen()


@pytest.mark.slow
@given(steps=STEPS)
@examples(10)
def test_the_index_finds_what_a_comparison_of_all_texts_finds(base, copies, make, steps):
    library = copies(base)
    library.new_run()
    for step in steps:
        do(library, make, step)
    plainly = {text: found_plainly(library, text) for text in QUERIES}
    assert {text: found(library, text, 2) for text in QUERIES} == plainly
    for name, value in (("is_valid", lambda _: False), ("FEW_FILES", 0), ("PATIENCE", 10_000)):
        with pytest.MonkeyPatch.context() as without:
            without.setattr(search, name, value)
            assert {text: found(library, text, 2) for text in QUERIES} == plainly, name
    library.close()
    assert check_library(library.path).wrong == ()


# Texts as they may be typed


def test_each_kind_of_name_is_found_whoever_gave_it(library, make):
    tags = Tags(title="Tagged", artist_credit="Credited", artists=("Single",), album="Collected")
    library.write(
        make.store(library.run, b"/m/path.flac", tags=tags), make.store(library.run, b"/m/b.flac", tags=Tags())
    )
    (passage,) = library.passages(b"/m/path.flac")
    song = make.song(1, (2,), title="Recorded", names={2: "Played"})
    links = make.links(passage.guid, [song], make.album(1, title="Released"))
    library.write(make.store_links(library.run, b"/m/path.flac", links))
    own = {passage.guid: "title", make.mbid(1, 1): "title", make.mbid(2, 2): "name", make.mbid(4, 1): "title"}
    apply_edits(library.connection, [Edit(key, field, f"own{n}") for n, (key, field) in enumerate(own.items())], 1)
    imported = ("tagged", "credited", "single", "collected", "path", "recorded", "played", "released")
    for word in (*imported, "own0", "own1", "own2", "own3", " ".join(imported)):
        assert found(library, word) == [passage.guid], word


@pytest.mark.parametrize(
    "text",
    [
        *('"', "'", '"Tagged', "Tagged*", "-Tagged", "^Tagged", "Tagged:", "(Tagged", "NEAR(Tagged, 2)", "Tagged OR x"),
        *("words : Tagged", "{words} : Tagged", "Tagged AND NOT", "\0", "Tagged\0", "\ud800", "x" * 10_000, "%", "_"),
        " ".join(f"w{number}" for number in range(3_000)),
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_every_text_is_plain_words(library, make, text):
    library.write(make.store(library.run, tags=Tags(title="Tagged")))
    guid = library.passages()[0].guid
    words = re.findall("[a-z0-9]+", text.lower())
    assert found(library, text) == ([guid] if words == ["tagged"] else [])


# Indexes that are wrong, or not there


def test_names_that_come_later_than_their_entities_leave_the_index_when_they_go_with_them(library, make):
    library.write(make.store(library.run))
    for title in (None, "Named"):
        links = make.links(
            library.guids()[0], (make.song(1, title=title, names={1: title}),), make.album(1, title=title)
        )
        library.write(make.store_links(library.run, b"/music/a.flac", links))
    undo_run(library.connection, library.run, now_ns=1)
    assert found(library, "named") == []
    assert search_index.is_valid(library.connection)
    assert check_library(library.path).wrong == ()


@pytest.mark.parametrize("letter", ["x", "Ж"])
def test_the_longest_words_are_found_and_no_check_takes_them_for_wrong(library, make, letter):
    library.write(make.store(library.run, tags=Tags(title=40_000 * letter)))
    assert found(library, 40_000 * letter) == library.guids()
    assert found(library, 7_999 * letter + "y") == []
    assert check_library(library.path).wrong == ()


@pytest.fixture
def searched(tmp_path, open_at, make):
    """A closed library of one file."""
    library = open_at(tmp_path / "test.passages", "normal")
    library.new_run()
    library.write(make.store(library.run, tags=Tags(title="Tagged")))
    library.close()
    return library.path


def ask_file(path, text):
    reader = LibraryReader(path)
    try:
        return [passage.path for passage in reader.query(ListPassages(9, None, text))]
    finally:
        reader.close()


def test_a_library_without_an_index_gets_one_when_it_is_next_written(searched, open_at, monkeypatch):
    monkeypatch.setattr(search_index, "AT_ONCE", 1)
    with sqlite3.connect(searched) as plain:
        plain.execute("DROP TABLE search_index")
        plain.execute("UPDATE library SET search_index = NULL")
        plain.execute("UPDATE file_tags SET search_text = 'TÄGGED' || char(10) || '/music/a.flac'")
    plain.close()
    assert ask_file(searched, "tagg") == [b"/music/a.flac"]
    open_at(searched, "normal").close()
    assert ask_file(searched, "tagg a") == [b"/music/a.flac"]
    assert check_library(searched).wrong == ()


def test_a_check_notices_a_wrong_index_and_the_next_writer_makes_it_again(searched, open_at):
    with sqlite3.connect(searched) as plain:
        plain.execute("INSERT INTO search_index (rowid, words) VALUES (16, 'wrong')")
    plain.close()
    assert check_library(searched).wrong == ("search index",)
    open_at(searched, "normal").close()
    assert check_library(searched).wrong == ()


def test_tables_of_the_index_that_do_not_fit_together_cost_no_search_and_no_write(searched, open_at, make):
    with sqlite3.connect(searched) as plain:
        plain.execute("UPDATE search_index_data SET block = x'ffffffffffffffff'")
    plain.close()
    assert ask_file(searched, "tagged") == [b"/music/a.flac"]
    opened = open_at(searched, "normal")
    opened.new_run()
    opened.write(make.store(opened.run, b"/music/b.flac", tags=Tags(title="Tagged")))
    assert len(found(opened, "tagged")) == 2
    opened.close()
    open_at(searched, "normal").close()
    assert ask_file(searched, "tagged") == [b"/music/a.flac", b"/music/b.flac"]
    assert check_library(searched).wrong == ()


def test_an_sqlite_without_fts5_writes_and_searches_and_the_next_one_with_it_makes_the_index_again(
    searched, open_at, make, monkeypatch
):
    monkeypatch.setattr(search_index, "has_fts5", lambda _: False)
    opened = open_at(searched, "normal")
    opened.new_run()
    opened.write(make.store(opened.run, b"/music/b.flac", tags=Tags(title="Other")))
    assert len(found(opened, "other")) == 1
    opened.close()
    monkeypatch.undo()
    assert ask_file(searched, "other") == [b"/music/b.flac"]
    open_at(searched, "normal").close()
    assert check_library(searched).wrong == ()
    assert ask_file(searched, "other") == [b"/music/b.flac"]
