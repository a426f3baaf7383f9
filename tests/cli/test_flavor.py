"""``passagework flavor`` as a person meets it."""

import json
import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from passagework import Importer, InlineExecutor, Library, load_settings
from passagework.cli.group import cli
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.errors import NotFoundError
from passagework.domain.tags import Tags
from tests.support.acousticbrainz_documents import RECORDING, document

RATE = 22_050
OTHER = "0f00f00d-0000-4000-8000-000000000002"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A library of two recordings that are known, and one that is not: copy it, do not change it."""
    folder = tmp_path_factory.mktemp("flavor") / "music"
    folder.mkdir()
    for seed, (name, recordings) in enumerate([("One.flac", (RECORDING,)), ("Two.flac", (OTHER,)), ("Three.flac", ())]):
        write_audio(folder / name, compose(6 * RATE, RATE, seed), RATE, AudioForm.FLAC)
        write_tags(folder / name, Tags(title=name, artist_credit="Somebody", recording_ids=recordings))
    library = folder.parent / "original.passages"
    with Importer(load_settings(overrides={"library.path": str(library)}), make_executor=InlineExecutor) as importer:
        importer.start(folder).wait(60)
    # What was heard is looked at elsewhere.
    with closing(sqlite3.connect(library)) as connection, connection:
        connection.execute("DELETE FROM passage_flavor")
    return library, folder


@pytest.fixture
def library(original, tmp_path):
    return shutil.copyfile(original[0], tmp_path / "own.passages")


@pytest.fixture
def music(original):
    return original[1]


@pytest.fixture
def documents(tmp_path, library, music):
    """A folder of documents of the length of the passages, one below it."""
    with Library.open(library) as opened:
        (passage,) = opened.file(music / "One.flac").passages
    seconds = (passage.end - passage.start) / 28_224_000
    folder = tmp_path / "documents"
    (folder / "0f").mkdir(parents=True)
    (folder / "0f" / f"{RECORDING}-0.json").write_text(json.dumps(document(seconds)))
    (folder / f"{OTHER}-0.json").write_text(json.dumps(document(seconds, OTHER, danceable=0.93)))
    (folder / "notes.txt").write_text("no document")
    return folder


@pytest.fixture
def flavor(run, library):
    """Give a function that runs a command of ``passagework flavor``."""
    return lambda command, *arguments, **more: run("flavor", command, "--library", library, *arguments, **more)


def test_documents_are_imported_once_and_compared(flavor, documents, music):
    assert flavor("import", documents).output == "2 documents added\n"
    assert flavor("import", documents).output == "0 documents added\n2 documents known already\n"

    said = flavor("distance", music / "One.flac", music / "Two.flac").output.splitlines()
    assert said == [
        f"distance {(0.76**2 + 0) / 2:.6f}",
        f"  acousticbrainz: {0.76**2 / 2:.6f}",
        f"    binary {0.76**2:.6f}, complex 0.000000",
        f"    danceability: {0.76**2:.6f} (binary)",
        "    genre_electronic: 0.000000 (complex over 3 members)",
    ]


def test_passages_without_anything_in_common_are_1_apart(flavor, music):
    said = flavor("distance", music / "One.flac", music / "Three.flac").output
    assert said == "distance 1: no source says something of both\n"
    found = json.loads(flavor("distance", "--json", music / "One.flac", music / "Three.flac").output)
    assert (found["distance"], found["source"], found["source_items"]) == (1, None, [])


def test_your_own_characteristics_are_compared_by_themselves(flavor, run, library, documents, music):
    flavor("import", documents)
    for name, shares in (("One.flac", "winter:0.75,summer:0.25"), ("Two.flac", "winter:0.25,summer:0.75")):
        run("set", "--library", library, music / name, f"flavor.season={shares}")

    found = json.loads(flavor("distance", "--json", music / "One.flac", music / "Two.flac").output)
    assert [(each["source"], each["binary"]) for each in found["source_items"]] == [
        ("acousticbrainz", pytest.approx(0.76**2)),
        ("user", 0.25),
    ]


def test_one_bad_document_is_named_and_does_not_stop_the_others(flavor, documents, tmp_path):
    (documents / "bad.json").write_bytes(b"[" * 50_000)
    os.mkfifo(documents / "pipe.json")
    (documents / "link.json").symlink_to(documents / "bad.json")
    (documents / "huge.json").write_bytes(b" " * 1_500_000)
    missing = tmp_path / "none.json"

    done = flavor("import", documents, missing, expect=1)
    assert done.stdout == "2 documents added\n4 files refused\n"
    assert done.stderr.splitlines() == [
        f"flavor-document-invalid: {documents / 'bad.json'}: it is no JSON in UTF-8",
        f"flavor-document-invalid: {documents / 'huge.json'}: it has more than 1,000,000 bytes",
        f"flavor-document-invalid: {documents / 'pipe.json'}: it is no file",
        f"flavor-document-invalid: {missing}: it cannot be read: No such file or directory",
    ]
    found = json.loads(flavor("import", "--json", documents, missing, expect=1).stdout)
    assert (found["added_count"], found["known_count"], len(found["refused_items"])) == (0, 2, 4)


def test_documents_about_other_recordings_are_left_out_unless_asked_for(flavor, tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(document(recording=OTHER.replace("2", "7"))))

    assert flavor("import", path).output.splitlines() == [
        "0 documents added",
        "1 document left out: the library has not these recordings (--all adds them)",
    ]
    assert flavor("import", "--all", path).output == "1 document added\n"
    assert flavor("import", "--clear").output == "1 document deleted\n"
    flavor("import", expect=2)
    flavor("import", "--clear", path, expect=2)


def test_an_unknown_passage_is_not_found(library, music):
    result = CliRunner().invoke(
        cli, ["flavor", "distance", "--library", str(library), str(music / "One.flac"), "abcdefab"]
    )
    assert isinstance(result.exception, NotFoundError)
    assert "no single passage whose guid begins with abcdefab" in str(result.exception)
