"""What a host reads in bulk is read by a process beside the one that writes."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from passagework import Importer, InlineExecutor, Library, load_settings
from passagework.domain.errors import PassageworkError
from passagework.domain.tags import Tags
from passagework.persistence.write.opening import open_writer
from passagework.workers.reading.reader_process import NoReaderError
from tests.support.library import Maker, OpenedLibrary

ENDLESS = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    found = tmp_path_factory.mktemp("read") / "r.passages"
    open_writer(found).close()
    library = OpenedLibrary(found, "normal")
    library.new_run()
    for name in (b"a", b"b", b"c"):
        library.write(Maker.store(library.run, b"/m/%s.flac" % name, tags=Tags(title=name.decode()), audio=name))
    library.close()
    return found


@pytest.fixture(scope="module")
def importer(path):
    with Importer(load_settings(overrides={"library.path": str(path)}), make_executor=InlineExecutor) as opened:
        yield opened


@pytest.fixture
def library(importer):
    return importer.library


def handles(path):
    """Name the files of a library that this process has open."""
    names = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            names.append(os.readlink(descriptor))
        except OSError:
            continue
    return sorted(name.removeprefix(str(path)) for name in names if name.startswith(str(path)))


def children():
    found = []
    for task in Path("/proc/self/task").iterdir():
        # A thread may end meanwhile.
        with suppress(FileNotFoundError):
            found += [int(pid) for pid in (task / "children").read_text().split() if reads(pid)]
    return sorted(found)


def reads(pid):
    """Tell whether a process is a reader: other tests of this process may have left children of their own."""
    return b"workers.reading.child" in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_the_process_that_writes_has_one_handle_of_the_library_whatever_is_read(library, path):
    before = handles(path)
    assert before.count("") == 1
    assert [view.title.name for view in library.passages()] == ["a", "b", "c"]
    assert len(library.passages_page(limit=2).passages) == 2
    assert library.count() == 3
    assert library.sql("SELECT count(*) FROM passage").rows == ((3,),)
    with pytest.raises(PassageworkError):
        library.similar(next(library.passages()).guid)
    assert handles(path) == before


def test_what_was_set_is_read_at_once(library):
    guid = next(library.passages()).guid
    for title in ("one", "two", "three"):
        library.set(guid, title=title)
        assert next(library.passages()).title.name == title
        assert library.count(song=title) == 1
        assert library.sql("SELECT user_title FROM passage WHERE guid = ?", [guid]).rows == ((title,),)
    library.set(guid, title=None)


def test_a_reader_that_dies_is_started_again_and_asked_once_more(library):
    assert library.count() == 3
    (child,) = children()
    os.kill(child, signal.SIGKILL)
    assert library.count() == 3
    assert children() != [child]


def test_a_query_that_takes_too_long_is_ended_and_the_next_one_answered(library):
    with pytest.raises(PassageworkError) as ended:
        library.sql(ENDLESS, timeout=0.05)
    assert ended.value.code == "query-too-long"
    assert library.count() == 3


def test_many_threads_may_ask_at_once(library):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(library.count())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [3] * 8


def test_where_no_process_can_be_started_the_writer_answers_all_but_sql(path, monkeypatch, tmp_path):
    copy = tmp_path / "copy.passages"
    copy.write_bytes(path.read_bytes())
    monkeypatch.setattr("sys.frozen", True, raising=False)
    with Importer(load_settings(overrides={"library.path": str(copy)}), make_executor=InlineExecutor) as opened:
        assert opened.library.count() == 3
        assert len(list(opened.library.passages())) == 3
        with pytest.raises(NoReaderError):
            opened.library.sql("SELECT 1")


def test_nothing_is_left_after_the_end(path, tmp_path):
    copy = tmp_path / "copy.passages"
    copy.write_bytes(path.read_bytes())
    before, threads = children(), threading.active_count()
    with Importer(load_settings(overrides={"library.path": str(copy)}), make_executor=InlineExecutor) as opened:
        library = opened.library
        assert library.count() == 3
        assert len(children()) == len(before) + 1
    assert (children(), threading.active_count(), handles(copy)) == (before, threads, [])
    with pytest.raises(PassageworkError) as closed:
        library.count()
    assert closed.value.code == "importer-closed"


REFUSED = [
    "DELETE FROM passage",
    "DELETE FROM passage RETURNING id",
    "WITH x AS (SELECT 1) UPDATE passage SET probability = 2 RETURNING id",
    "INSERT INTO edit DEFAULT VALUES",
    "SELECT 1; DELETE FROM passage",
    "ATTACH '/tmp/x' AS y",
    "DETACH main",
    "PRAGMA writable_schema = 1",
    "PRAGMA query_only = 0",
    "PRAGMA journal_mode = delete",
    "CREATE TEMP TABLE t (a)",
    "CREATE TABLE t (a)",
    "DROP TABLE passage",
    "VACUUM INTO '/tmp/x'",
    "BEGIN IMMEDIATE",
    "SELECT load_extension('x')",
    "SELECT * FROM nowhere",
    "SELECT",
    "",
    " ",
    "-- nothing",
    "SELECT '\ud800'",
    "SELECT 1 \0",
    "SELECT 1" + " " * 200_000,
    None,
    b"SELECT 1",
]


@pytest.mark.parametrize("query", REFUSED, ids=range(len(REFUSED)))
def test_whatever_does_not_read_is_refused(library, query):
    with pytest.raises(PassageworkError) as refused:
        library.sql(query)
    assert refused.value.code == "query-refused"
    assert library.count() == 3


@pytest.mark.parametrize(
    "parameters",
    [
        [float("nan")],
        [float("inf")],
        [2**70],
        ["\ud800"],
        ["zero \0"],
        [object()],
        "ab",
        7,
        [1] * 1_001,
        {1: 2},
        [1, 2],
        [],
    ],
    ids=range(12),
)
def test_parameters_that_sqlite_cannot_have_are_refused(library, parameters):
    with pytest.raises(PassageworkError) as refused:
        library.sql("SELECT ?", parameters)
    assert refused.value.code == "query-refused"


@pytest.mark.parametrize("query", ["SELECT zeroblob(1000000000)", "SELECT hex(zeroblob(16000000)) FROM passage"])
def test_what_takes_too_much_memory_is_refused(library, query):
    with pytest.raises(PassageworkError) as refused:
        library.sql(query)
    assert refused.value.code == "query-too-large"


def test_values_come_as_they_are_stored_and_a_limit_tells_of_more(library):
    result = library.sql("SELECT ? AS a, ? AS b, 1.5 AS c, NULL AS d, ? AS e", ["ü", 2**62, b"\0\xff"])
    assert result.columns == ("a", "b", "c", "d", "e")
    assert result.rows == (("ü", 2**62, 1.5, None, b"\0\xff"),)
    assert library.sql("SELECT guid FROM passage", limit=2).more
    assert not library.sql("SELECT guid FROM passage", limit=3).more
    assert library.sql("SELECT :x", {"x": -1}).rows == ((-1,),)


def test_a_library_without_an_importer_answers_sql_too(path):
    before = children()
    with Library.open(path) as library:
        assert library.sql("SELECT count(*) FROM playable_passage").rows == ((3,),)
    assert children() == before
