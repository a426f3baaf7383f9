"""The process of ``passagework serve``: signals, in a process of its own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

MAIN = "from passagework.cli.main import main; main()"

pytestmark = pytest.mark.slow


class Process:
    def __init__(self, folder, more=""):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / "notify"))
        self.notify.settimeout(30)
        self.config = folder / "config.toml"
        self.folder = folder
        self.write(more)
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", MAIN, "serve", "--config", str(self.config)],
                env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "200000"},
                stderr=log,
            )

    def write(self, more=""):
        place = self.folder
        self.config.write_text(
            f'[library]\npath = "{place}/l"\n[scan]\nroots = ["{place}/music"]\n[flavor]\nlevel = "off"\n'
            f'[analysis]\nworkers = 1\n[serve]\nhost = ""\nsocket = "{place}/s"\ntoken_file = "{place}/token"\n{more}'
        )

    def heard(self, word):
        while not (said := self.notify.recv(4_096).decode()).startswith(word):
            pass
        return said

    def logged(self, event):
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if line["event"] == event]

    def connect(self):
        connection = http.client.HTTPConnection("localhost", timeout=20)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(20)
        connection.sock.connect(str(self.folder / "s"))
        return connection

    def ask(self, method, path, body=None):
        connection = self.connect()
        connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        try:
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


@pytest.fixture
def start(tmp_path, make_music):
    started = []

    def begin(more=""):
        (tmp_path / "music").mkdir(exist_ok=True)
        started.append(Process(tmp_path, more))
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.wait()
        one.notify.close()


def test_it_begins_reloads_and_ends_as_systemd_expects(start, make_music):
    make_music("music/one.wav", seconds=1.0)
    serving = start()
    serving.heard("READY=1")
    serving.heard("WATCHDOG=1")
    stream = serving.connect()
    stream.request("GET", "/api/1/events")
    answer = stream.getresponse()
    assert serving.ask("PUT", "/api/1/log-level", {"level": "debug"}) == (200, {"format": 2, "level": "debug"})

    serving.write('hosts = ["music.example.org"]\nsocket_mode = "660"\n[log]\nlevel = "warning"\n')
    serving.process.send_signal(signal.SIGHUP)
    serving.heard("RELOADING=1")
    serving.heard("READY=1")
    assert serving.ask("GET", "/api/1/log-level") == (200, {"format": 2, "level": "warning"})
    assert [line["keys"] for line in serving.logged("needs-restart")] == [["serve.socket_mode"]]

    serving.config.write_text("[serve]\nport = 'x'\n")
    serving.process.send_signal(signal.SIGHUP)
    serving.heard("RELOADING=1")
    serving.heard("READY=1")
    (refused,) = serving.logged("not-reloaded")
    assert refused["code"] == "config-invalid"

    serving.process.terminate()
    serving.heard("STOPPING=1")
    assert serving.process.wait(2) == 0
    assert answer.read().count(b"event: snapshot") == 1
    stream.close()
    assert not (serving.folder / "s").exists()


def test_other_roots_are_followed_after_a_reload(start, make_music, tmp_path):
    serving = start()
    serving.heard("READY=1")
    make_music("other/one.wav", seconds=1.0)
    text = serving.config.read_text().replace(f'"{tmp_path}/music"', f'"{tmp_path}/other"')
    serving.config.write_text(text)
    serving.process.send_signal(signal.SIGHUP)
    serving.heard("RELOADING=1")
    serving.heard("READY=1")
    status, now = serving.ask("GET", "/api/1/now")
    serving.process.terminate()
    assert (serving.process.wait(2), status) == (0, 200)
    assert {one["path"] for one in now["following"]} <= {f"{tmp_path}/other"}


def test_a_configuration_that_no_importer_takes_changes_nothing(start):
    serving = start()
    serving.heard("READY=1")
    serving.write('[analysis]\nexecutor = "no_such_module:factory"\n')
    text = serving.config.read_text().replace("[analysis]\nworkers = 1\n", "")
    serving.config.write_text(text)
    serving.process.send_signal(signal.SIGHUP)
    serving.heard("RELOADING=1")
    serving.heard("READY=1")
    (refused,) = serving.logged("not-reloaded")
    status, ready = serving.ask("GET", "/ready")
    serving.process.terminate()
    assert (serving.process.wait(2), refused["code"]) == (0, "executor-factory-invalid")
    assert (status, ready["ready"]) == (200, True)


def test_a_second_signal_leaves_at_once(start):
    serving = start()
    serving.heard("READY=1")
    serving.process.terminate()
    serving.process.send_signal(signal.SIGINT)
    assert serving.process.wait(2) in {0, 130}
