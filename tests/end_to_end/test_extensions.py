"""Extensions through the command line, on the package of the examples and on broken ones."""

import json
import os

import pytest
from click.testing import CliRunner

from passagework.cli.group import cli
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from tests.support.extension_packages import install_evidence, install_examples, install_measures

RATE = 22_050

pytestmark = pytest.mark.slow

STRANGE = """
import os, socket, sys, threading
import numpy

class Base:
    def __init__(self, audio): pass
    def add(self, block): pass
    def values(self, start, end): return {"ok": 1.0}

class Fine(Base):
    def values(self, start, end): return {"half": float(numpy.mean(numpy.array([0.25, 0.75])))}

class Exits(Base):
    def add(self, block): os._exit(3)

class Aborts(Base):
    def values(self, start, end): os.abort()

class Quits(Base):
    def __init__(self, audio): sys.exit(1)

class Eats(Base):
    def add(self, block): self.kept = [bytearray(1 << 26) for _ in range(1000)]

class Closes(Base):
    def add(self, block): os.closerange(0, 100)

class Patches(Base):
    def __init__(self, audio): numpy.mean = numpy.frombuffer = numpy.square = None

class Opens(Base):
    def values(self, start, end):
        done = []
        for what in (lambda: open("/etc/passwd"), lambda: socket.socket(), os.fork, threading.Thread(target=id).start):
            try:
                what()
                done.append("could")
            except BaseException:
                done.append("could not")
        return {"done": ", ".join(done)}
"""

MBID = "0000000a-0000-4000-8000-00000000000b"

KNOWS = f"""
from passagework.extensions import Stated

class Knows:
    def __call__(self, file):
        return [Stated("recording", "{MBID}", file.passages[0].number)]
"""

NAMES = ("fine", "exits", "aborts", "quits", "eats", "closes", "patches", "opens")


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    write_audio(folder / "One.flac", compose(6 * RATE, RATE, 1), RATE, AudioForm.FLAC)
    return folder


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path / "site")
    (tmp_path / "site").mkdir()

    def run(*words, **extensions):
        config = tmp_path / "config.toml"
        listed = "".join(f"{name} = {json.dumps(names)}\n" for name, names in extensions.items())
        config.write_text(
            f'[library]\npath = "{tmp_path / "own.passages"}"\n[analysis]\nworkers = 1\n'
            f'[flavor]\nlevel = "off"\n[extensions]\n{listed}'
        )
        return CliRunner().invoke(cli, [words[0], "--config", str(config), *map(str, words[1:])])

    return run


def said(run, file):
    (passage,) = json.loads(run("show", file, "--json").stdout)["passages"]
    return passage


def test_the_examples_measure_state_and_listen(tmp_path, music, run, monkeypatch):
    install_examples(tmp_path / "site")
    monkeypatch.setenv("FINISHED_LOG", str(tmp_path / "finished.txt"))
    (music / "titles.txt").write_text("One.flac\tThe First\n")
    chosen = {"measures": ["crest"], "evidence": ["titles-file"], "listeners": ["finished-log"]}
    assert run("import", music, **chosen).exit_code == 0
    passage = said(run, music / "One.flac")
    assert [(one["extension"], one["measure"], one["failure"]) for one in passage["extension_values"]] == [
        ("crest", "crest_db", None),
        ("crest", "dynamics", None),
    ]
    stated = [(one["source"], one["kind"], one["value"]) for one in passage["evidence_items"]]
    assert ("extension-text:titles-file", "title", "The First") in stated
    assert (tmp_path / "finished.txt").read_text() == f"{os.fspath(music / 'One.flac')}\n"


def test_a_recording_that_a_source_states_links_the_passage(tmp_path, music, run):
    install_evidence(tmp_path / "site", KNOWS, "knows")
    assert run("import", music, evidence=["knows"]).exit_code == 0
    passage = said(run, music / "One.flac")
    first, *_ = passage["evidence_items"]
    assert (first["source"], first["kind"], first["value"]) == ("extension-mbid:knows", "recording", MBID)
    assert passage["state"] == "linked"


def test_files_without_the_value_are_measured_when_an_extension_is_first_used_and_then_settled(tmp_path, music, run):
    install_examples(tmp_path / "site")
    assert run("import", music).exit_code == 0
    assert said(run, music / "One.flac")["extension_values"] is None
    assert run("import", music, measures=["crest"]).exit_code == 0
    assert len(said(run, music / "One.flac")["extension_values"]) == 2
    assert "0 files analysed" in run("import", music, measures=["crest"]).output


def test_a_broken_extension_costs_its_own_value_and_can_do_nothing(tmp_path, music, run):
    install_measures(tmp_path / "site", STRANGE, *NAMES)
    assert run("import", music, measures=NAMES).exit_code == 0
    values = {one["extension"]: one for one in said(run, music / "One.flac")["extension_values"]}
    assert values["fine"]["value"] == 0.5
    assert values["opens"]["value"] == "could not, could not, could not, could not"
    for name in ("exits", "aborts", "closes", "patches"):
        assert values[name]["failure"].startswith("its process ended"), name
    assert values["quits"]["failure"] == "SystemExit: 1"
    assert values["eats"]["failure"] == "it ran out of memory"
