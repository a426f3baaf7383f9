"""What the process of the service is made of: words to systemd, reading the configuration again, the check."""

import json
import socket

import pytest
from click.testing import CliRunner

from passagework import load_settings
from passagework.cli.group import cli
from passagework.service.notify import SystemdNotifier
from passagework.service.reload import Reloaded, compare, without_restart


@pytest.fixture
def systemd(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        yield str(tmp_path / "notify"), lambda: listening.recv(4_096).decode()


def test_systemd_is_told_each_state(systemd):
    address, heard = systemd
    notify = SystemdNotifier({"NOTIFY_SOCKET": address})
    notify.ready()
    notify.status("a\nb " + "x" * 2_000)
    notify.alive()
    notify.stopping()
    notify.longer(1.5)
    notify.reloading()
    said = [heard() for _ in range(6)]
    assert said[0] == "READY=1"
    assert said[1].startswith("STATUS=a b xxx")
    assert len(said[1]) < 600
    assert said[2:5] == ["WATCHDOG=1", "STOPPING=1", "EXTEND_TIMEOUT_USEC=1500000"]
    assert said[5].startswith("RELOADING=1\nMONOTONIC_USEC=")


@pytest.mark.parametrize("address", ["", "/no/such/socket", "@no-such-name"])
def test_nothing_happens_where_nobody_listens(address):
    SystemdNotifier({"NOTIFY_SOCKET": address}).ready()


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "6000000"}, 3.0),
        ({"WATCHDOG_USEC": "x"}, None),
        ({"WATCHDOG_USEC": "6000000", "WATCHDOG_PID": "1"}, None),
    ],
)
def test_the_watchdog_is_fed_twice_in_its_time(given, seconds):
    assert SystemdNotifier(given).watchdog_seconds == seconds


def test_what_has_changed_is_sorted_by_what_it_takes():
    before = load_settings(overrides={"library.path": "/a"})
    after = load_settings(
        overrides={
            "library.path": "/b",
            "log.level": "debug",
            "serve.port": "1",
            "serve.streams": "2",
            "watch.follow": "poll",
        }
    )
    assert compare(before, after) == Reloaded(
        ("log.level", "serve.streams"), ("watch.follow",), ("library.path", "serve.port")
    )
    kept = without_restart(before, after)
    assert compare(before, kept) == Reloaded(("log.level", "serve.streams"), ("watch.follow",), ())


def run(*arguments):
    return CliRunner().invoke(cli, ["serve", *arguments], standalone_mode=False)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(
        f'[library]\npath = "{tmp_path}/l"\n[scan]\nroots = ["{tmp_path}"]\n'
        f'[serve]\nport = 0\nsocket = "{tmp_path}/s"\ntoken_file = "{tmp_path}/token"\n'
    )
    return path


def test_the_check_says_that_all_is_well(config, tmp_path):
    result = run("--config", str(config), "--check")
    assert result.exit_code == 0
    assert [line.partition(":")[0] for line in result.output.splitlines()] == [
        "packages",
        "token",
        "address",
        "socket",
        "library",
        "roots",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml"]


def test_the_check_says_what_is_wrong(config):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--config", str(config), "--set", f"serve.port={port}", "--check")
    assert result.exception.code == 2
    assert "address: serve-address: " in result.output
    result = run("--config", str(config), "--set", "serve.host=0.0.0.0", "--check")
    assert result.exception.code == 2
    assert "token: serve-token-missing: " in result.output


def test_a_token_is_shown_once(config, tmp_path):
    result = run("--config", str(config), "--make-token")
    token, said = result.output.splitlines()
    assert token not in (tmp_path / "token").read_text()
    assert "not shown again" in said


def test_without_its_packages_serve_says_what_to_install(config, monkeypatch):
    monkeypatch.setattr("passagework.service.extra._PACKAGES", ("no_such_package",))
    result = run("--config", str(config))
    assert result.exception.code == "serve-extra-missing"
    assert json.dumps(str(result.exception)).count("passagework[serve]") == 1
