"""A service in the thread of a program: it comes and goes without a trace."""

import logging
import os
import signal
import socket
import threading

import pytest

from passagework import Importer, InlineExecutor, load_settings
from passagework.domain.errors import NoRootsError
from passagework.service import Service
from passagework.service.errors import (
    RefusedRequestError,
    ServeAddressError,
    ServeExtraMissingError,
    ServeTokenFileError,
    ServeTokenMissingError,
    ServiceStateError,
)
from passagework.service.tokens import make_token, read_token
from tests.service.conftest import tcp, unix
from tests.support.folders import PROJECT


@pytest.fixture
def settings(tmp_path):
    def make(**given):
        usual = {
            "library.path": str(tmp_path / "music.passages"),
            "serve.port": "0",
            "serve.socket": str(tmp_path / "s"),
            "serve.token_file": str(tmp_path / "token"),
        }
        return load_settings(overrides=usual | given)

    return make


@pytest.fixture
def importer(settings):
    with Importer(settings(), make_executor=InlineExecutor) as opened:
        yield opened


def handles():
    return sorted(
        os.readlink(f"/proc/self/fd/{one}")
        for one in os.listdir("/proc/self/fd")
        if os.path.exists(f"/proc/self/fd/{one}")
    )


def threads():
    return sorted(thread.name for thread in threading.enumerate())


@pytest.mark.slow
def test_fifty_starts_and_stops_leave_nothing_even_with_open_streams(importer, settings, tmp_path):
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    loggers = set(logging.root.manager.loggerDict)
    with Service(importer, settings()) as first:
        tcp(first).get("/health")
    before = threads(), len(handles())
    for _ in range(50):
        service = Service(importer, settings())
        service.start()
        stream = tcp(service).stream()
        assert stream.next()[1] == "snapshot"
        assert unix(tmp_path / "s").get("/api/1/library").status == 200
        service.stop()
        assert stream.next() is None
        stream.close()
    for thread in threading.enumerate():
        # One that answered the last request may be about to end.
        if thread.name.startswith("passagework-serve"):
            thread.join(10)
    assert (threads(), len(handles())) == before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == handlers
    assert not (tmp_path / "s").exists()
    new = set(logging.root.manager.loggerDict) - loggers
    assert not [name for name in new if logging.getLogger(name).handlers]


def test_a_service_is_started_once(importer, settings):
    service = Service(importer, settings())
    service.start()
    with pytest.raises(ServiceStateError):
        service.start()
    service.stop()
    service.stop()
    with pytest.raises(ServiceStateError):
        service.start()


def test_the_importer_goes_on_without_its_service(importer, settings):
    with Service(importer, settings()):
        pass
    with pytest.raises(NoRootsError):
        importer.start()
    assert importer.library.status().passages == 0


def test_an_address_that_is_taken_says_so_and_leaves_nothing(importer, settings, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        before = threads(), len(handles())
        with pytest.raises(ServeAddressError, match=r"set serve\.host or serve\.port"):
            Service(importer, settings(**{"serve.port": str(taken.getsockname()[1])})).start()
        assert (threads(), len(handles())) == before


def test_no_file_of_others_is_replaced_by_the_socket(importer, settings, tmp_path):
    (tmp_path / "s").write_text("mine")
    with pytest.raises(ServeAddressError, match="is no socket"):
        Service(importer, settings()).start()
    assert (tmp_path / "s").read_text() == "mine"


def test_a_socket_that_a_dead_process_left_is_replaced_and_a_living_one_is_not(importer, settings, tmp_path):
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "s"))
    left.listen()
    with pytest.raises(ServeAddressError, match="another process listens"):
        Service(importer, settings()).start()
    left.close()
    with Service(importer, settings(**{"serve.socket_mode": "660"})):
        assert (tmp_path / "s").stat().st_mode & 0o777 == 0o660
        assert [name for name in os.listdir(tmp_path) if name.startswith(".pw")] == []


def test_without_an_address_only_the_socket_is_there(importer, settings, tmp_path):
    with Service(importer, settings(**{"serve.host": ""})) as service:
        assert service.port is None
        assert unix(tmp_path / "s").get("/health").status == 200


def test_others_than_this_machine_need_a_token(importer, settings, tmp_path):
    with pytest.raises(ServeTokenMissingError):
        Service(importer, settings(**{"serve.host": "0.0.0.0"})).start()
    token = make_token(tmp_path / "token")
    with Service(importer, settings(**{"serve.host": "0.0.0.0"})) as service:
        assert tcp(service).get("/api/1/now").code == "token-wrong"
        assert tcp(service).get("/api/1/now", Authorization=f"Bearer {token}").status == 200


def test_only_the_hash_of_a_token_is_kept_and_only_for_its_owner(tmp_path):
    path = tmp_path / "below" / "token"
    first, second = make_token(path), make_token(path)
    assert second not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    kept = read_token(path)
    assert [kept.matches(b"Bearer " + one.encode()) for one in (first, second)] == [False, True]
    assert not kept.matches(None)
    assert not kept.matches(b"Bearer " + b"x" * 10_000)


@pytest.mark.parametrize("content", [b"", b"secret", b"sha256:00\n", b"\xff" * 2_000])
def test_a_file_that_is_no_hash_of_a_token_keeps_everybody_out(tmp_path, content):
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(ServeTokenFileError):
        read_token(path)
    os.unlink(path)
    os.mkfifo(path)
    with pytest.raises(ServeTokenFileError):
        read_token(path)


def test_without_its_packages_it_says_what_to_install(monkeypatch, importer, settings):
    monkeypatch.setattr("passagework.service.extra._PACKAGES", ("starlette", "no_such_package"))
    with pytest.raises(ServeExtraMissingError, match=r"no_such_package; install passagework\[serve\]"):
        Service(importer, settings())


def test_the_document_lists_each_refusal_with_its_status():
    text = (PROJECT / "docs" / "service.md").read_text("utf-8").partition("| code | status |")[2].partition("\n\n")[0]
    listed = []
    for line in text.splitlines()[2:]:
        codes, statuses = (cell.split(", ") for cell in line.strip("|").split("|")[:2])
        statuses = [int(one) for one in statuses] * (len(codes) if len(statuses) == 1 else 1)
        listed += zip((code.strip(" `") for code in codes), statuses, strict=True)
    assert sorted(listed) == sorted((kind.code, kind.status) for kind in RefusedRequestError.__subclasses__())
