"""Recorded answers: returned for the same request, before the catalogue is searched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from passagework.domain.json_text import read_json
from passagework.lookup.faults import LookupFault
from passagework.lookup.musicbrainz.document import children, mbid, open_answer
from passagework.standin.catalogue import CatalogueError

_ENTITIES: Final = ("release", "recording")

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Answers of AcoustID by fingerprint, and of MusicBrainz by entity, such as ``release/MBID``."""

    heard: Mapping[str, list[Json]] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        """Count the answers."""
        return len(self.heard) + len(self.documents)


def read_recorded(folder: Path) -> Recorded:
    """Read the recorded answers below a folder.

    ``*.jsonl``: one AcoustID lookup per line, with its ``fingerprint`` and its ``response``. ``*.xml``: answers of
    MusicBrainz to lookups of releases and recordings; of several for one entity the longest counts.

    Raises CatalogueError if there is none, or if a line is not JSON.
    """
    heard: dict[str, list[Json]] = {}
    documents: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            try:
                row = read_json(line)
            except ValueError as error:
                raise CatalogueError(f"{path}: line {number} is not JSON: {error}") from error
            heard.update(_heard(row))
    for path in sorted(folder.rglob("*.xml")):
        body = path.read_bytes()
        for name in _told(body):
            documents[name] = max(documents.get(name, b""), body, key=len)
    if not heard and not documents:
        raise CatalogueError(f"{folder}: contains no recorded answers (*.jsonl of AcoustID, *.xml of MusicBrainz)")
    return Recorded(heard, documents)


def _heard(row: object) -> dict[str, list[Json]]:
    match row:
        case {"fingerprint": str(fingerprint), "response": {"status": "ok", "results": list(results)}}:
            return {fingerprint: results}
        case _:
            return {}


def _told(body: bytes) -> list[str]:
    try:
        answer = open_answer(body)
        return [f"{entity}/{mbid(found)}" for entity in _ENTITIES for found in children(answer, entity)]
    except LookupFault:
        return []
