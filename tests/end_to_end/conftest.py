"""Everything here goes through the public doors: the command in a process of its own, and ``passagework.Importer``."""

import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import passagework
from passagework import Importer, InlineExecutor, Library, Settings, load_settings
from passagework.audio import analyze
from passagework.cli.group import cli
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.errors import NotFoundError
from passagework.domain.ids import Guid
from passagework.domain.tags import Tags
from passagework.domain.views import FileView
from passagework.persistence.file.full_check import check_library
from tests.support.executor_probe import Rendezvous
from tests.support.importing import FLAC, MP3, OGG, WAV, Importing, make_old

PATIENCE = 60
MARK = "END_TO_END_TEST"
SOURCE = Path(passagework.__file__).parents[1]
HOSTS = Path(__file__).parent / "hosts"
COMMAND = (sys.executable, "-c", "from passagework.cli.main import main; main()")


@dataclass
class CommandLine:
    """The ``passagework`` command with a library of its own; whatever it starts can be found by a mark.

    ``before`` is a program that starts it.
    """

    library: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    before: tuple[str, ...] = ()
    started: list[subprocess.Popen] = field(default_factory=list, compare=False)

    @property
    def environment(self):
        path = os.pathsep.join(filter(None, (str(SOURCE), str(HOSTS), os.environ.get("PYTHONPATH"))))
        return {**os.environ, "PYTHONPATH": path, MARK: self.mark}

    def run(self, *arguments, expect=0, env_more=None, **more):
        """Run a command to its end and give what it printed."""
        return self._run(self._words(arguments), expect, env_more, **more)

    def run_here(self, *arguments):
        """Run a command in this process and give what it printed: for one that neither starts processes nor is killed.

        The start of Python takes most of the time of those that only read a library or set a value. Where a program
        starts the command, for example in another name space of mounts, it has to be one.
        """
        if self.before:
            return self.run(*arguments)
        done = CliRunner().invoke(cli, self._words(arguments)[len(self.before) + len(COMMAND) :])
        assert done.exit_code == 0, (done.output, done.exception)
        return done

    def run_words(self, *arguments, expect=0):
        """Run exactly these words: a command below another one has its options behind it."""
        return self._run([*self.before, *COMMAND, *arguments], expect)

    def _run(self, words, expect, env_more=None, **more):
        done = subprocess.run(
            words,
            env={**self.environment, **(env_more or {})},
            capture_output=True,
            text=True,
            timeout=PATIENCE * 4,
            check=False,
            **more,
        )
        assert done.returncode == expect, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *arguments, **more):
        """Start a command and do not wait."""
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **more}
        return self._started(self._words(arguments), **{"env": self.environment, **more})

    def start_gated(self, gate, *arguments, behind="StoreAnalysis"):
        """Start a command whose writer waits at a ``Rendezvous`` behind its first COMMIT of such a message."""
        command, *others = self._words(arguments)[len(self.before) + len(COMMAND) :]
        return self.host("gated_command.py", command, *others, first=(gate.path, behind))

    def host(self, script, *arguments, first=None, **more):
        """Start a program of ``hosts`` that embeds the importer; its first argument is the library, or are others."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        words = [sys.executable, HOSTS / script, *map(str, (*(first or [self.library]), *arguments))]
        return self._started(words, **{**pipes, "env": self.environment, **more})

    def _started(self, words, **more):
        self.started.append(subprocess.Popen(words, **more))
        return self.started[-1]

    def say_where(self, process, seconds):
        """Give what a process says on stderr until it ends; one that does not end says where its threads are.

        For that it was started with PYTHONFAULTHANDLER.
        """
        try:
            return process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            _, said = process.communicate()
            pytest.fail(f"it did not end within {seconds} s; {self.analysed()} files are analysed; it said:\n{said}")

    def end(self):
        """Kill what still runs of what was started: a test that fails leaves nothing behind."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()
        self.wait_until_nobody_is_left()

    def import_here(self, *folders):
        """Import in this process, without a worker: for a library that a test only begins with."""
        settings = load_settings(overrides={"library.path": str(self.library)})
        with Importer(settings, make_executor=InlineExecutor) as importer:
            importer.start(folders).wait(PATIENCE)

    def report(self, *arguments, expect=0, **more):
        """Import, and give the report as JSON."""
        return json.loads(self.run("import", "--json", "--quiet", *arguments, expect=expect, **more).stdout)

    def status(self):
        return json.loads(self.run_here("status", "--json").stdout)

    def processes(self):
        """Give the ids of all living processes that stem from this command line."""
        wanted = f"{MARK}={self.mark}".encode()
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if wanted in _environment_of(pid)]

    def wait_until_nobody_is_left(self):
        for pid in self.processes():
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            try:
                assert select.select([descriptor], [], [], PATIENCE)[0], f"process {pid} lives on"
            finally:
                os.close(descriptor)

    def content(self, folder):
        """Give what the library says about every file below a folder, without what differs from import to import."""
        content = {}
        with Library.open(self.library) as opened:
            for path in _files_below(folder):
                try:
                    view = opened.file(os.fsencode(path))
                except NotFoundError:
                    continue
                content[path] = (_without_guids(view), _curves_of(opened, path))
        return content

    def analysed(self):
        """Count the analysed files, also while somebody imports; 0 as long as there is no library."""
        try:
            with Library.open(self.library) as opened:
                return dict(opened.status().file_states).get("analysed", 0)
        except passagework.PassageworkError:
            return 0

    def assert_sound(self):
        """Check the database file itself: whole, no dangling reference, no open attempt."""
        with closing(sqlite3.connect(f"file:{self.library}?mode=ro", uri=True)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            assert connection.execute("SELECT count(*) FROM attempt WHERE open").fetchone() == (0,)

    @staticmethod
    def wait_until(condition, process):
        """Look every 20 ms while ``process`` runs; it must not end before the condition holds."""
        while not condition():
            try:
                code = process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"ended too early with exit code {code}")

    def _words(self, arguments):
        command, *others = map(str, arguments)
        library = () if command == "config" else ("--library", str(self.library))
        return [*self.before, *COMMAND, command, *library, *others]


def _environment_of(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
        return b"" if state == "Z" else Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def _files_below(folder):
    return sorted(Path(base) / name for base, _, names in os.walk(folder) for name in names)


def _without_guids(view: FileView):
    passages = tuple(replace(passage, guid=Guid("")) for passage in view.passages)
    return replace(view, guid=Guid(""), attempts=0, passages=passages)


def _curves_of(opened, path):
    try:
        curves = opened.curves(os.fsencode(path))
    except NotFoundError:
        return None
    return curves.envelope, curves.waveform


@pytest.fixture
def command_line(tmp_path):
    """Give a command line; at the end nothing of it may be alive."""
    made = CommandLine(tmp_path / "library.passages")
    yield made
    made.end()


@pytest.fixture
def gate(tmp_path):
    """Give the gate of an import that is started with ``start_gated``."""
    return Rendezvous(tmp_path / "gate")


@pytest.fixture(scope="session")
def _imported(small_folder, tmp_path_factory):
    made = CommandLine(tmp_path_factory.mktemp("imported") / "library.passages")
    made.import_here(small_folder)
    return made.library


@pytest.fixture
def with_small_folder(command_line, _imported):
    """Give the command line a library with the files of the small folder."""
    shutil.copyfile(_imported, command_line.library)


@pytest.fixture(scope="session")
def make_command_line():
    """Give a function that makes a command line for a folder, to share what it did between tests."""
    return lambda folder: CommandLine(folder / "library.passages")


@pytest.fixture
def settings(tmp_path):
    """Give a function that makes settings for a library of the test's own."""

    def make(name="library.passages", **overrides) -> Settings:
        keys = {key.replace("__", "."): str(value) for key, value in overrides.items()}
        return load_settings(overrides={"library.path": str(tmp_path / name), "analysis.workers": "1", **keys})

    return make


@pytest.fixture
def open_importer(settings):
    """Give a function that opens an importer on a library of the test's own; use it as a context."""
    return lambda *arguments, **overrides: Importer(settings(*arguments, **overrides))


@pytest.fixture(scope="session")
def pieces(tmp_path_factory):
    """Give a few short pieces in several formats, made once: copy them, do not change them."""
    folder = tmp_path_factory.mktemp("pieces")
    for seed, form in enumerate((AudioForm.FLAC, AudioForm.WAV, AudioForm.VORBIS, AudioForm.MP3), 1):
        path = folder / f"{form}{form.suffix}"
        write_audio(path, compose(22_050, 22_050, seed), 22_050, form)
        write_tags(path, Tags(title=f"Piece {seed}", artist_credit="Somebody", album="Pieces"))
    return sorted(folder.iterdir())


@pytest.fixture(scope="session")
def make_folder(tmp_path_factory, pieces):
    """Give a function that makes a folder of so many short files, in subfolders of fifty."""

    def make(count, copy=shutil.copyfile):
        folder = tmp_path_factory.mktemp("many")
        for number in range(count):
            source = pieces[number % len(pieces)]
            place = folder / f"{number // 50:03}" / f"{number:05}{source.suffix}"
            place.parent.mkdir(exist_ok=True)
            copy(source, place)
        return folder

    return make


@pytest.fixture(scope="session")
def small_folder(make_folder):
    """Give a folder of eight short files: read it, do not change it."""
    return make_folder(8)


@pytest.fixture(scope="session")
def large_folder(make_folder):
    """Give a folder whose import takes some seconds: read it, do not change it."""
    return make_folder(240)


@pytest.fixture(scope="session")
def files_below():
    """Give a function that lists the files below a folder."""
    return _files_below


@pytest.fixture
def folder(tmp_path, pieces):
    """Give a folder of four short pieces in subfolders, with times that are no whole seconds."""
    for name in (FLAC, MP3, OGG, WAV):
        place = tmp_path / "music" / name
        place.parent.mkdir(parents=True)
        shutil.copyfile(next(piece for piece in pieces if piece.name == place.name), place)
        make_old(place)
    return tmp_path / "music"


@pytest.fixture
def importing_with(settings, monkeypatch):
    """Give a function that opens an importer which tells what it read; it takes settings that are not the defaults."""
    compare, decode = analyze.compare, analyze._analyze

    @contextmanager
    def opened(overrides=None):
        with Importer(settings(**(overrides or {})), make_executor=InlineExecutor) as importer:
            made = Importing(importer)
            note = lambda file, seen: seen.append(os.path.basename(file.path).decode())  # noqa: E731 - used twice below
            monkeypatch.setattr(
                analyze, "compare", lambda file, *known: note(file, made.compared) or compare(file, *known)
            )
            monkeypatch.setattr(analyze, "_analyze", lambda file, *how: note(file, made.decoded) or decode(file, *how))
            yield made
        checked = check_library(settings(**(overrides or {})).library.path)
        assert checked.is_whole, checked

    return opened


@pytest.fixture
def importing(importing_with):
    """Give an importer in this process; times that are as old as those of ``make_old`` are no longer read again."""
    with importing_with() as made:
        yield made
