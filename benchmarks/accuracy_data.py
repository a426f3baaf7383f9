"""Recorded lookups as the accuracy test takes them: evidence without names on one side, the truth on the other."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from accuracy_truth import read_name
from seams.identification import AcoustidAnswer, GroupEvidence, PassageEvidence, read_results, untagged_passage


@dataclass(frozen=True, slots=True)
class Lookup:
    """One lookup. ``folder`` is opaque; ``fold`` holds all folders that share a fingerprint, directly or not."""

    digest: str
    folder: int
    fold: int
    seconds: float
    answer: AcoustidAnswer
    title: str | None
    album: str | None

    @property
    def titles(self) -> tuple[str, ...]:
        """Give every title in the answer."""
        return tuple(one.title for result in self.answer.results for one in result.recordings if one.title)

    @property
    def scorable(self) -> bool:
        """Say whether the file has a title and the answer has one."""
        return self.title is not None and bool(self.titles)


def read_lookups(path: Path) -> tuple[Lookup, ...]:
    """Read lookups, one JSON object per line: source, duration, fingerprint, response. Refused ones are left out."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    rows = [row for row in rows if row["response"].get("status") == "ok"]
    names = [read_name(row["source"]) for row in rows]
    digests = [hashlib.sha256(row["fingerprint"].encode()).hexdigest()[:12] for row in rows]
    folders = list(dict.fromkeys(name.folder for name in names))
    keys = [folders.index(name.folder) for name in names]
    folds = _join(keys, digests, len(folders))
    return tuple(
        Lookup(digest, key, folds[key], float(row["duration"]), _answer(row), name.title, name.album)
        for row, name, digest, key in zip(rows, names, digests, keys, strict=True)
    )


def _answer(row: dict[str, dict[str, object]]) -> AcoustidAnswer:
    return read_results(row["response"]["results"])


def _join(keys: list[int], digests: list[str], count: int) -> list[int]:
    """Give each folder the number of its fold: the first of the folders that it hangs together with."""
    fold = list(range(count))
    first: dict[str, int] = {}
    for key, digest in zip(keys, digests, strict=True):
        one, other = sorted((fold[key], fold[first.setdefault(digest, key)]))
        fold = [one if value == other else value for value in fold]
    return fold


def groups(lookups: Iterable[Lookup]) -> dict[int, GroupEvidence]:
    """Give the decision what it may see: by opaque folder, durations and answers, nothing else."""
    passages: dict[int, list[PassageEvidence]] = {}
    for number, lookup in enumerate(lookups):
        evidence = untagged_passage(number, lookup.seconds, lookup.answer)
        passages.setdefault(lookup.folder, []).append(evidence)
    return {folder: GroupEvidence(tuple(found)) for folder, found in passages.items()}


def scorable_list(lookups: Iterable[Lookup], normalisation: str) -> str:
    """Write down what is scored: digest of the fingerprint, fold, and the title read from the file's name."""
    lines = [f"{one.digest}\t{one.fold}\t{one.title}" for one in lookups if one.scorable]
    return "\n".join((f"# normalisation {normalisation}, {len(lines)} lookups", *lines)) + "\n"
