"""The bytes of a file: whole, in ranges, and only those of the file that the library knows."""

import os
import shutil

import pytest


@pytest.fixture
def content(served):
    return (served.root / "one.flac").read_bytes()


def sound(client, guid, method="GET", **headers):
    return client.ask(method, f"/api/1/passages/{guid}/audio", **headers)


def test_a_file_is_sent_as_it_is(client, guid, content):
    answer = sound(client, guid)
    assert (answer.status, answer.body) == (200, content)
    assert (answer.headers["content-type"], answer.headers["accept-ranges"]) == ("audio/flac", "bytes")


def test_head_has_the_headers_alone(client, guid, content):
    answer = sound(client, guid, "HEAD")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", str(len(content)))


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("0-0", slice(0, 1)),
        ("5-", slice(5, None)),
        ("-7", slice(-7, None)),
        ("10-99999999", slice(10, None)),
        ("-99999999", slice(None)),
    ],
)
def test_a_range_is_sent(client, guid, content, asked, part):
    answer = sound(client, guid, Range=f"bytes={asked}")
    assert (answer.status, answer.body) == (206, content[part])
    first = len(content[: part.start]) if part.start else 0
    assert (
        answer.headers["content-range"]
        == f"bytes {first}-{len(content) - 1 if part.stop is None else 0}/{len(content)}"
    )


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_bytes_that_are_not_there_are_refused(client, guid, content, asked):
    answer = sound(client, guid, Range=asked)
    assert (answer.status, answer.code, answer.headers["content-range"]) == (
        416,
        "range-refused",
        f"bytes */{len(content)}",
    )


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "lines=0-1",
        "bytes=0-1,3-4",
        "bytes=a-b",
        "bytes=0x1-2",
        "bytes=" + "9" * 30 + "-",
    ],
)
def test_an_odd_range_gives_the_whole(client, guid, content, asked):
    answer = sound(client, guid, Range=asked)
    assert (answer.status, len(answer.body)) == (200, len(content))


def test_a_range_of_another_version_gives_the_whole(client, guid):
    etag = sound(client, guid, "HEAD").headers["etag"]
    assert sound(client, guid, Range="bytes=0-1", If_Range=etag).status == 206
    assert sound(client, guid, Range="bytes=0-1", If_Range='"another"').status == 200


def test_what_a_client_has_is_not_sent_again(client, guid):
    headers = sound(client, guid, "HEAD").headers
    assert sound(client, guid, If_None_Match=headers["etag"]).status == 304
    assert sound(client, guid, If_Modified_Since=headers["last-modified"]).status == 304
    assert sound(client, guid, If_None_Match='"another"').status == 200


def test_a_file_that_is_another_by_now_is_not_sent(client, served, guid, tmp_path):
    path = served.root / "one.flac"
    kept = tmp_path / "kept"
    os.link(path, kept)
    secret = tmp_path / "secret"
    secret.write_bytes(b"of others")
    ways = {
        "gone": (lambda: None, 409),
        "a copy with other content": (lambda: path.write_bytes(b"x" * kept.stat().st_size), 409),
        "a link out of the roots": (lambda: path.symlink_to(secret), 403),
        "a link to a copy outside": (lambda: path.symlink_to(kept), 403),
        "a pipe": (lambda: os.mkfifo(path), 409),
        "a folder": (path.mkdir, 409),
    }
    for make, status in ways.values():
        path.unlink()
        make()
        try:
            answer = sound(client, guid)
            assert (answer.status, b"of others" in answer.body) == (status, False)
        finally:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
            os.link(kept, path)
    assert sound(client, guid).status == 200


def test_a_client_that_leaves_ends_the_reading(client, served, guid):
    connection = client.connect()
    connection.request("GET", f"/api/1/passages/{guid}/audio")
    connection.getresponse()
    connection.close()
    assert sound(client, guid).status == 200
