import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import mysql.connector
import pytest

from passagework import Importer, InlineExecutor, load_settings
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.ids import Mbid
from passagework.domain.tags import Tags
from passagework.export.mysql.address import Address
from passagework.export.mysql.server import Server
from passagework.export.snapshot import snapshot

PATIENCE = 60
RATE = 22_050


class PrivateServer:
    """A MariaDB of the tests' own: a folder, a socket, no network."""

    def __init__(self, folder, programs):
        self.folder = folder
        self.socket = folder / "its.sock"
        user = ["--user=root"] if os.getuid() == 0 else []
        common = ["--no-defaults", f"--datadir={folder / 'data'}", *user]
        subprocess.run(
            [programs["mariadb-install-db"], *common, "--skip-test-db", "--auth-root-authentication-method=normal"],
            check=True,
            capture_output=True,
        )
        self.log = (folder / "log").open("wb")
        quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=64M", "--innodb-buffer-pool-size=128M"]
        # The tables of an export are made and renamed all the time, and each waits for the disk.
        quick += ["--innodb-flush-method=nosync", "--innodb-doublewrite=0"]
        self.process = subprocess.Popen(
            [programs["mariadbd"], *common, f"--socket={self.socket}", "--skip-networking", *quick],
            stdout=self.log,
            stderr=self.log,
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None, (folder / "log").read_text(errors="replace")
            assert time.monotonic() < deadline, "the server does not answer"

    def _answers(self):
        try:
            self.admin().close()
        except mysql.connector.Error:
            os.sched_yield()
            return False
        return True

    def admin(self, **options):
        return mysql.connector.connect(user="root", unix_socket=str(self.socket), use_pure=True, **options)

    def run(self, *statements):
        connection = self.admin(autocommit=True)
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
                if cursor.with_rows:
                    cursor.fetchall()
        finally:
            connection.close()

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.log.close()


@pytest.fixture(scope="session")
def private_server():
    places = os.environ["PATH"] + os.pathsep + "/usr/sbin"
    programs = {name: shutil.which(name, path=places) for name in ("mariadbd", "mariadb-install-db")}
    if missing := [name for name, place in programs.items() if place is None]:
        pytest.skip(f"{' and '.join(missing)} not installed: Debian's mariadb-server has them")
    # A socket's path is short; the folders of pytest are not.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 2**30 else None
    with tempfile.TemporaryDirectory(prefix="mariadb-", dir=memory) as folder:
        server = PrivateServer(Path(folder), programs)
        yield server
        server.stop()


@pytest.fixture
def database(private_server):
    """Give an empty database with a user of its own who has a password."""
    private_server.run(
        "DROP DATABASE IF EXISTS music",
        "CREATE DATABASE music",
        "CREATE OR REPLACE USER player@localhost IDENTIFIED BY 'sesame open'",
        "GRANT ALL ON music.* TO player@localhost",
    )
    return Address("player", "music", socket=str(private_server.socket), password="sesame open")


@pytest.fixture
def on_server(database):
    """Give a function that asks the database."""

    def ask(statement):
        with Server(database) as server:
            return [tuple(row) for row in server.rows(statement)]

    return ask


HOSTILE_TITLES = (
    "AC/DC",
    "ac/dc",
    "Beyonc\u00e9",
    "Beyonce\u0301",
    "song",
    "song ",
    'it\'s \\ "quoted"; -- \U0001f3b9\U0001f469\u200d\U0001f3a4',
    "\u4f60" * 30_000,
)


def mbid(number):
    return f"00000000-0000-4000-8000-{number:012x}"


def import_into(library, *folders):
    settings = load_settings(overrides={"library.path": str(library)})
    with Importer(settings, make_executor=InlineExecutor) as importer:
        importer.start([os.fsencode(folder) for folder in folders]).wait(60)


@pytest.fixture(scope="session")
def hostile_library(tmp_path_factory):
    """Give a real library of music with tags that databases confuse; read it, do not change it."""
    folder = tmp_path_factory.mktemp("export")
    deep = folder / "music" / "/".join(["long " * 40] * 5)
    deep.mkdir(parents=True)
    for number, title in enumerate(HOSTILE_TITLES):
        path = (deep if number % 2 else folder / "music") / f"{number} \u00e9.flac"
        write_audio(path, compose(2 * RATE, RATE, number), RATE, AudioForm.FLAC)
        ids = {}
        if number < 6:
            ids = {
                "recording_ids": (Mbid(mbid(number)),),
                "artist_ids": (Mbid(mbid(100 + number)), Mbid(mbid(90 - number))),
                "artists": (f"{title} Band", f"the {title}"),
                "release_id": Mbid(mbid(200 + number // 2)),
                "work_ids": (Mbid(mbid(300)),),
            }
        write_tags(
            path, Tags(title=title, artist_credit=f"{title[:9]} Band", album="Live", track_number=number + 1, **ids)
        )
    (folder / "music" / "list.mp3").write_text("a shopping list")
    import_into(folder / "music.passages", folder / "music")
    return folder / "music.passages"


@pytest.fixture
def library_copy(hostile_library, tmp_path):
    """Give a copy of it that may be changed."""
    with snapshot(hostile_library) as copy:
        return Path(shutil.copy(copy, tmp_path / "copy.sqlite"))
