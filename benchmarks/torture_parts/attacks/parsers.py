"""Our own parsers under mutated input: no other error than theirs, no endless work, no number that is not finite."""

import json
import math
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar

from seams.parsers import PARSERS, Parser

from torture_parts import music
from torture_parts.attack import Attack, Case, Verdict
from torture_parts.contents import PROJECT
from torture_parts.mutants.changes import mutant

TRIES = 100
LARGEST = 200_000
SECONDS = 5.0
"""What parsing so little may take at most, on a busy machine."""

TOKENS = (
    *(b"1e999", b"-1e999", b"NaN", b"Infinity", b"-0", b"1e-400", b"9" * 400, b"0x10", b"null", b"true", b"[]", b"{}"),
    *(
        b'"\\ud800"',
        b'"\\u0000"',
        b"[" * 1000,
        b'{"a":' * 500,
        b"<a>" * 1000,
        b"&#0;",
        b"&lt;",
        b"<!DOCTYPE x [",
        b"]]>",
    ),
    *(b"\0", b"\n", b"\r", b"#{", b'"', b"\\", b"\xff", b"\xe2\x80\xa8", b"-1", b"0", b"1.5", b"99999999999999999999"),
)

ANSWER = {
    "status": "ok",
    "results": [
        {
            "id": music.mbid(9, 1),
            "score": 0.9,
            "recordings": [
                {
                    "id": music.mbid(1, 1),
                    "title": "Song",
                    "duration": 200.5,
                    "sources": 12,
                    "artists": [{"id": music.mbid(2, 1), "name": "Artist", "joinphrase": " & "}],
                    "releasegroups": [
                        {
                            "id": music.mbid(5, 1),
                            "title": "Album",
                            "type": "Album",
                            "secondarytypes": ["Live"],
                            "releases": [
                                {
                                    "id": music.mbid(4, 1),
                                    "country": "DE",
                                    "date": {"year": 1999, "month": 2, "day": 3},
                                    "track_count": 12,
                                    "mediums": [{"position": 1, "tracks": [{"position": 3, "title": "Song"}]}],
                                }
                            ],
                        }
                    ],
                }
            ],
        }
    ],
}


class Parsers(Attack):
    """A case gives one parser a hundred mutants of input that it understands."""

    name: ClassVar[str] = "parsers"
    aim: ClassVar[str] = "sniff, frame sync, chunks, tags, answers, configuration and playlists under mutated input"
    share: ClassVar[float] = 0.5
    deadline: ClassVar[float] = 120.0

    def prepare(self) -> None:
        self._inputs = inputs(music.seeds(self.bench.shared / "seeds"))

    def attempt(self, case: Case, _: Path) -> Verdict:
        rng = case.generator()
        parser = PARSERS[case.number % len(PARSERS)]
        good = self._inputs[parser.name]
        found: list[str] = []
        for _try in range(TRIES):
            data = changed(rng, good, good)
            if (complaint := complaint_about(parser, data)) is not None and complaint not in found:
                found.append(complaint)
        return Verdict(parser.name, tuple(found), TRIES)


def complaint_about(parser: Parser, data: bytes) -> str | None:
    """Parse, and say what is wrong with it; None if nothing is."""
    began = time.monotonic()
    try:
        result = parser.parse(data)
    except parser.errors:
        result = None
    except RecursionError as error:
        return f"RecursionError at {len(data)} bytes: {error}"
    except Exception as error:  # noqa: BLE001 - any other error is what is looked for
        return f"{type(error).__name__}: {error} for {data[:60]!r}"
    if (took := time.monotonic() - began) > SECONDS:
        return f"took {took:.0f} s for {len(data)} bytes"
    return next(strange(result), None)


def strange(value: Any) -> Iterator[str]:
    """Name numbers that are not finite, and text that cannot be stored, anywhere in a value."""
    if isinstance(value, float) and not math.isfinite(value):
        yield f"the result has {value}"
    elif isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            yield "the result has a lone surrogate"
    elif is_dataclass(value):
        for one in fields(value):
            yield from strange(getattr(value, one.name))
    elif isinstance(value, Mapping):
        for part in (*value.keys(), *value.values()):
            yield from strange(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strange(part)


def changed(rng: random.Random, good: list[bytes], others: list[bytes]) -> bytes:
    """Change an input by its structure, its bytes, or by putting something in that parsers stumble over."""
    data = rng.choice(good)
    for _ in range(rng.choice((0, 1, 1, 3))):
        at = rng.randrange(len(data) + 1)
        data = data[:at] + rng.choice(TOKENS) + data[at + rng.choice((0, 0, 1, 4, 20)) :]
    if rng.random() < 0.7 or not data:
        data = mutant(data or b"\0", others, rng)[1]
    return data[:LARGEST]


def inputs(seeds: tuple[Path, ...]) -> dict[str, list[bytes]]:
    """Give what each parser understands."""
    audio = [path.read_bytes()[:60_000] for path in seeds]
    answers = PROJECT / "tests" / "lookup" / "musicbrainz" / "musicbrainz_answers"
    xml = [path.read_bytes() for path in sorted(answers.glob("*.xml"))]
    default = (PROJECT / "passagework" / "config" / "default.toml").read_bytes()
    own = b'[analysis]\nworkers = 2\nexecutor = "inline"\n[library]\npath = "x"\n[scan]\nroots = ["a", "b"]\n'
    given: dict[str, list[bytes]] = {
        "acoustid answer": [json.dumps(ANSWER).encode(), json.dumps({"results": []}).encode()],
        "retry-after": [b"120", b"1.5", b"Wed, 21 Oct 2015 07:28:00 GMT", b""],
        "configuration": [default, own],
        "playlist text": ['Sóng #{x} "quoted" \\ \n\r\t'.encode(), b"plain"],
    }
    for parser in PARSERS:
        given.setdefault(parser.name, xml if parser.name.startswith("musicbrainz") else audio)
    return given
