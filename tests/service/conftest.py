"""A service on real music: over loopback and a Unix socket, asked with Python's own client."""

import http.client
import json
import socket
from dataclasses import dataclass, field

import pytest

from passagework import Importer, InlineExecutor, load_settings
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags
from passagework.service import Service

PATIENCE = 30


@dataclass
class Answered:
    status: int
    headers: dict = field(repr=False)
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        assert self.headers["content-type"] == "application/problem+json"
        return self.json["code"]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(str(self._path))


class Client:
    def __init__(self, connect):
        self.connect = connect

    def ask(self, method, path, body=None, **headers):
        """Send one request; names of headers have underscores for hyphens, and a body is sent as JSON."""
        connection = self.connect()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if method not in {"GET", "HEAD"}:
            given = {"Content-Type": "application/json"} | given
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            connection.request(method, path, body=content, headers=given)
            answer = connection.getresponse()
            return Answered(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, {} if body is None else body, **headers)

    def stream(self, path="/api/1/events", **headers):
        """Open a stream of events."""
        connection = self.connect()
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return EventStream(connection, connection.getresponse())


class EventStream:
    def __init__(self, connection, answer):
        self.connection, self.answer = connection, answer
        self.status = answer.status

    def next(self):
        """Return the next event as (id, name, data); None at the end."""
        number = name = data = None
        while line := self.answer.readline():
            key, _, value = line.decode().rstrip("\n").partition(": ")
            match key:
                case "id":
                    number = value
                case "event":
                    name = value
                case "data":
                    data = json.loads(value)
                case "" if name is not None:
                    return number, name, data
        return None

    def until(self, wanted):
        """Return the events up to one with this name."""
        found = []
        while (event := self.next()) is not None:
            found.append(event)
            if event[1] == wanted:
                break
        return found

    def close(self):
        self.answer.close()
        self.connection.close()


def tcp(service):
    return Client(lambda: http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE))


def unix(path):
    return Client(lambda: UnixConnection(path))


@dataclass
class Served:
    importer: Importer
    service: Service
    client: Client
    root: object
    socket: object
    settings: object

    @property
    def stage(self):
        return self.service._stage


@pytest.fixture(scope="module")
def serve_folder(tmp_path_factory):
    """Give a function that imports a folder and serves it, with other settings if they are given."""
    opened = []

    def make(root, *, import_it=True, **overrides):
        place = tmp_path_factory.mktemp("served")
        given = {
            "library.path": str(place / "music.passages"),
            "scan.roots": json.dumps([str(root)]),
            "flavor.level": "off",
            "serve.port": "0",
            "serve.socket": str(place / "s"),
            "serve.token_file": str(place / "token"),
        } | overrides
        settings = load_settings(overrides=given)
        importer = Importer(settings, make_executor=InlineExecutor)
        opened.append(importer)
        if import_it:
            importer.start().wait(PATIENCE)
        service = Service(importer, settings)
        opened.append(service)
        service.start()
        return Served(importer, service, tcp(service), root, place / "s", settings)

    yield make
    for one in reversed(opened):
        (one.stop if isinstance(one, Service) else one.close)()


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Give a folder with two short pieces, one with tags, and a file that is none."""
    folder = tmp_path_factory.mktemp("music")
    for seed, (name, form) in enumerate((("one.flac", AudioForm.FLAC), ("two \u00e4.wav", AudioForm.WAV)), 1):
        write_audio(folder / name, compose(66_150, 44_100, seed), 44_100, form)
    write_tags(folder / "one.flac", Tags(title="First", artist_credit="Somebody"))
    (folder / "broken.mp3").write_bytes(b"no music at all" * 50)
    return folder


@pytest.fixture(scope="module")
def served(serve_folder, music):
    return serve_folder(music)


@pytest.fixture
def client(served):
    return served.client


@pytest.fixture(scope="module")
def guid(served):
    return next(iter(served.importer.library.passages())).guid
