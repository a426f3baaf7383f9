"""Answers that were once recorded: given again to the same question, before anything else is looked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from passagework.lookup.faults import LookupFault
from passagework.lookup.musicbrainz.document import children, mbid, open_answer
from passagework.standin.catalogue import CatalogueError

_ENTITIES: Final = ("release", "recording")

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What AcoustID said of fingerprints, by these; what MusicBrainz said of entities, by ``release/MBID``."""

    heard: Mapping[str, list[Json]] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        """Count the answers."""
        return len(self.heard) + len(self.documents)


def read_recorded(folder: Path) -> Recorded:
    """Read what was recorded below a folder.

    ``*.jsonl``: a lookup of AcoustID in each line, with its ``fingerprint`` and its ``response``. ``*.xml``: answers of
    MusicBrainz to lookups of releases and recordings; of several about one the longest counts.

    Raises CatalogueError where there is none, or a line is no JSON.
    """
    heard: dict[str, list[Json]] = {}
    documents: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise CatalogueError(f"{path}: line {number} is no JSON: {error}") from error
            heard.update(_heard(row))
    for path in sorted(folder.rglob("*.xml")):
        body = path.read_bytes()
        for name in _told(body):
            documents[name] = max(documents.get(name, b""), body, key=len)
    if not heard and not documents:
        raise CatalogueError(f"{folder}: holds no recorded answers (*.jsonl of AcoustID, *.xml of MusicBrainz)")
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
