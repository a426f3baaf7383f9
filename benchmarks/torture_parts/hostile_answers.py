"""Hostile answers over HTTP: wrong, deep, huge, slow, endless, redirected, broken off. One way each, and a good one."""

import gzip
import json
import random
import re
import socket
import struct
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

from seams.standin import GoodServices

from torture_parts.attacks.parsers import changed

FLOOD = 24 << 20
RETRY_AFTER = (
    "0",
    "-1",
    "0.001",
    "1",
    "3600",
    "86400",
    "1e9",
    "99999999999",
    "soon",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "",
)

NUMBER = re.compile(rb"(?<=[:>\[, ])-?[0-9]+(\.[0-9]+)?(?=[,}\]<])")
"""Numbers of JSON, and of XML's texts."""

NUMBERS = (b"1e999", b"-1e999", b"NaN", b"Infinity", b"1e308", b"-5", b"9" * 30, b'"x"', b"null", b"-0", b"2147483648")
TRACK = re.compile(rb"<(track|release|recording)\b.*?</\1>", re.DOTALL)

Answer = tuple[int, dict[str, str], bytes]
Hostile = Callable[["Handler", Answer, random.Random], Answer | None]


def mutated(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """The answer, changed as the parsers' input is."""
    return 200, {}, changed(rng, [good[2]], [good[2]])


def numbers(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """Numbers out of this world."""

    def other(found: re.Match[bytes]) -> bytes:
        return rng.choice(NUMBERS) if rng.random() < part else found[0]

    part = rng.choice((0.1, 0.5, 1.0))
    return 200, {}, NUMBER.sub(other, good[2])


def surrogates(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """Text that cannot be encoded, and characters that steer terminals."""
    bad = rng.choice((b"\\ud800", b"\\udfff\\ud800", b"\\u0000", b"\\u001b[2J", b"\\u202e"))
    return 200, {}, good[2].replace(b"Song", bad).replace(b"Artist", bad)


def many(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """Very many results."""
    times = rng.choice((100, 2_000))
    if good[2][:1] == b"{":
        answer = json.loads(good[2])
        for one in (answer, *answer.get("fingerprints", ())):
            one["results"] = one.get("results", []) * times
        return 200, {}, json.dumps(answer).encode()
    return 200, {}, TRACK.sub(lambda found: found[0] * times, good[2], 1)


def deep(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """Deeply nested."""
    depth = rng.choice((500, 5_000, 500_000))
    if good[2][:1] == b"{":
        return 200, {}, b'{"status": "ok", "results": ' + b"[" * depth + b"]" * depth + b"}"
    return 200, {}, b"<metadata>" + b"<a>" * depth + b"</a>" * depth + b"</metadata>"


def huge(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """As large as it may be, of small elements."""
    if good[2][:1] == b"{":
        return 200, {}, b'{"status": "ok", "results": [' + b"{}," * (FLOOD // 3) + b"{}]}"
    return 200, {}, b"<metadata>" + b"<a/>" * (FLOOD // 4) + b"</metadata>"


def bomb(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """Small when packed."""
    return 200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * (rng.choice((64, 512)) << 20), 6)


def entities(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """XML entities that grow, or name files."""
    laughs = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    head = rng.choice(
        (f'<!DOCTYPE m [<!ENTITY a0 "x">{laughs}]>', '<!DOCTYPE m [<!ENTITY a9 SYSTEM "file:///etc/hostname">]>')
    )
    return 200, {}, f"{head}<metadata>&a9;</metadata>".encode()


def status(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """An error, with a pause to wait for."""
    code = rng.choice((100, 204, 301, 400, 401, 403, 404, 413, 429, 429, 500, 503, 503, 503, 599, 999))
    body = rng.choice(
        (b"", b"<html>no</html>", b'{"status": "error", "error": {"code": 14, "message": "slow down"}}', good[2])
    )
    return code, {"Retry-After": rng.choice(RETRY_AFTER)}, body


def redirect(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """Away from here."""
    where = (
        handler.path,
        "file:///etc/hostname",
        "ftp://127.0.0.1/x",
        "http://127.0.0.1:1/",
        "//[",
        "\x7f",
        "/" * 5_000,
    )
    return rng.choice((301, 302, 303, 307, 308)), {"Location": rng.choice(where)}, b""


def other(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """Something else."""
    values: tuple[Any, ...] = (
        None,
        [],
        {},
        1,
        "x",
        {"status": "ok"},
        {"status": "ok", "results": {}},
        {"results": [None, [], 7]},
    )
    bodies = (b"", b"\0" * 1000, b"<html></html>", b"\xff\xfe", *(json.dumps(value).encode() for value in values))
    return 200, {}, rng.choice(bodies)


def lying_length(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """Another length than it has."""
    return 200, {"Content-Length": rng.choice(("0", "1", "-1", "99999999", "1e3", "x"))}, good[2]


def slow(handler: "Handler", good: Answer, rng: random.Random) -> None:
    """Byte by byte."""
    handler.head(200, {"Content-Length": str(len(good[2]))})
    for byte in good[2]:
        handler.wfile.write(bytes((byte,)))
        time.sleep(rng.choice((0.05, 0.5)))


def endless(handler: "Handler", good: Answer, rng: random.Random) -> None:
    """Without an end: headers, or body."""
    if rng.random() < 0.5:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(10**6):
            handler.wfile.write(b"X-%d: %s\r\n" % (number, b"y" * 1000))
    handler.head(200, {})
    for _ in range(10**5):
        handler.wfile.write(b" " * 65_536)


def silent(handler: "Handler", good: Answer, rng: random.Random) -> None:
    """No answer."""
    time.sleep(60)


def broken(handler: "Handler", good: Answer, rng: random.Random) -> None:
    """The connection breaks, at once or in the middle."""
    if rng.random() < 0.5:
        handler.head(200, {"Content-Length": str(len(good[2]))})
        handler.wfile.write(good[2][: len(good[2]) // 2])
        handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def no_http(handler: "Handler", good: Answer, rng: random.Random) -> None:
    """Not HTTP at all."""
    handler.wfile.write(
        rng.choice((b"SSH-2.0-OpenSSH\r\n", b"\0" * 5000, b"HTTP/9.9 abc\r\n\r\n", b"HTTP/1.1 200\r\n" + b"a" * 70_000))
    )


def well(handler: "Handler", good: Answer, rng: random.Random) -> Answer:
    """The good answer."""
    return good


HOSTILE: tuple[Hostile, ...] = (
    *(mutated, mutated, numbers, surrogates, many, deep, huge, bomb, entities, status, redirect, other),
    *(lying_length, slow, endless, silent, broken, no_http),
)

FAULTS: tuple[Hostile, ...] = (bomb, entities, redirect, slow, endless, silent, broken, no_http)
"""Ways after which no answer is believed: a service that is well again gives the links that it always gives."""


class Handler(BaseHTTPRequestHandler):
    """Answers as the case wants; ``rng`` and ``ways`` belong to the server."""

    protocol_version = "HTTP/1.1"
    ways: ClassVar[tuple[Hostile, ...]]
    rng: ClassVar[random.Random]
    good: ClassVar[GoodServices]

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self._answer(body.decode())

    def log_message(self, *_: object) -> None:
        pass

    def head(self, code: int, headers: dict[str, str]) -> None:
        """Send status and headers."""
        self.close_connection = True
        lines = [f"HTTP/1.1 {code} X", *(f"{name}: {value}" for name, value in headers.items()), "Connection: close"]
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n")

    def _answer(self, form: str) -> None:
        code, body = self.good.answer(self.path, form, self.headers.get("User-Agent") or "")
        good: Answer = (code, {}, body)
        try:
            made = self.rng.choice(self.ways)(self, good, self.rng)
            if made is not None:
                code, headers, body = made
                self.head(code, {"Content-Length": str(len(body)), **headers})
                self.wfile.write(body)
        except OSError:
            self.close_connection = True
