"""Queries of what is stale: made by an older version of a part, or with other settings.

What made a file is one of a few rows, so these are compared with what this program makes, and never the files. How
many files each of them has is counted when a run is closed (file/counts.py). Files are looked for only where some are
stale.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from passagework.domain.json_text import write_json
from passagework.domain.parts import FROM_LIBRARY, PARTS, Provenance, RedoneFrom, Region, StalePart, dearest_of
from passagework.domain.redone import StaleFile, StoredPassage
from passagework.domain.units import Ticks
from passagework.domain.views import Stale, StaleItem, StaleWork
from passagework.persistence.file.counts import Maker, counts_of, makers_of
from passagework.persistence.read.queries import StaleFiles, StaleParts
from passagework.persistence.rows.analysis import STAMP, given_cuts_from, given_of, stamp_from
from passagework.persistence.rows.columns import listed, named_rows
from passagework.persistence.rows.json_texts import decode_gaps

MakerKey = tuple[int | None, int | None]
"""A provenance, or a run whose files have none."""

_Found = Mapping[MakerKey, tuple[Provenance, tuple[StalePart, ...]]]
"""What has made files otherwise than is wanted, and which of their parts are stale."""

_PROVENANCES: Final = "SELECT id, parts FROM provenance"

# Runs with the same configuration made the same.
_FIRST_RUNS: Final = """
SELECT r.id, r.config_hash, s.text FROM run AS r JOIN run_settings AS s ON s.id = r.settings_id
WHERE r.provenance_id IS NULL
"""

_PRESENT: Final = "f.state = 'analysed' AND f.missing_run IS NULL AND f.excluded_run IS NULL"

_MADE: Final = """
f.provenance_id IN (SELECT value FROM json_each(:provenances{0}))
OR (f.provenance_id IS NULL AND f.analysis_run IN (SELECT value FROM json_each(:runs{0})))
"""

# ``0`` is the byte after the slash, so ``behind`` follows all that is below a root.
_BELOW: Final = "(f.path >= :first{0} AND f.path < :behind{0})"

_COUNT: Final = f"""
SELECT f.provenance_id, f.analysis_run, count(*), coalesce(sum(f.duration_ticks), 0)
FROM file AS f WHERE {_PRESENT} AND {{stale}} GROUP BY f.provenance_id, f.analysis_run
"""

# By row number, so that each page begins where the one before has ended.
_FILES: Final = f"""
SELECT f.id AS id, f.path AS path, {listed(STAMP, "f")}, f.provenance_id AS provenance_id, f.analysis_run AS run,
    f.samples AS samples, f.sample_rate AS sample_rate, f.given_cuts AS given_cuts, f.user_cuts AS user_cuts,
    f.track_list AS track_list, f.audio_hash AS audio_hash
FROM file AS f NOT INDEXED WHERE f.id > :after AND {_PRESENT} AND ({{stale}}) ORDER BY f.id LIMIT :limit
"""

_CURVES: Final = """
SELECT file_id, envelope_hop, weighted, packing, doubtful_gaps FROM file_curves
WHERE file_id IN (SELECT value FROM json_each(:ids))
"""

_NO_CURVES: Final = (None, None, None, None)

_PASSAGES: Final = """
SELECT file_id, start_ticks, end_ticks FROM passage
WHERE file_id IN (SELECT value FROM json_each(:ids)) AND retired_ns IS NULL
ORDER BY file_id, start_ticks
"""

# The run that analysed most of the last ones: short runs say little about the speed.
_SPEED: Final = """
SELECT sum(f.duration_ticks), r.ended_ns - r.started_ns
FROM (SELECT * FROM run WHERE ended_ns > started_ns ORDER BY id DESC LIMIT 20) AS r
CROSS JOIN run_file AS f ON f.run_id = r.id
GROUP BY r.id HAVING sum(f.duration_ticks) > 0 ORDER BY 1 DESC LIMIT 1
"""


def stale_parts(connection: sqlite3.Connection, query: StaleParts) -> Stale:
    """Count what is stale, in the whole library or below some roots."""
    counted: list[tuple[tuple[StalePart, ...], Maker]] = []
    for region in query.wanted.regions(query.roots):
        found = _stale_makers(connection, region.now, query.redone_from)
        if not found:
            continue
        if region.roots is None:
            there: Iterable[Maker] = (one for one in counts_of(connection).makers if one[:2] in found)
        else:
            condition, values = _condition(0, found, region)
            there = makers_of(connection, connection.execute(_COUNT.format(stale=condition), values).fetchall())
        counted += ((found[one[:2]][1], one) for one in there)
    return _summed(connection, counted)


def stale_files(connection: sqlite3.Connection, query: StaleFiles) -> tuple[StaleFile, ...]:
    """Return files below some roots with something stale, by row number, with what it may be redone from."""
    conditions: list[str] = []
    values: dict[str, object] = {"after": query.after, "limit": query.limit}
    stale_of: dict[Provenance, _Found] = {}
    for number, region in enumerate(query.wanted.regions(query.roots)):
        if found := _stale_makers(connection, region.now, query.redone_from):
            stale_of[region.now] = found
            condition, of_region = _condition(number, found, region)
            conditions.append(condition)
            values |= of_region
    if not conditions:
        return ()
    rows = named_rows(connection, _FILES.format(stale=" OR ".join(conditions)), values)
    made_by = {
        row["id"]: stale_of[query.wanted.at(row["path"])][maker_key(row["provenance_id"], row["run"])] for row in rows
    }
    ids = write_json([number for number, (_, stale) in made_by.items() if dearest_of(stale) in FROM_LIBRARY])
    curves = {row[0]: row[1:] for row in connection.execute(_CURVES, {"ids": ids})}
    passages: defaultdict[int, list[StoredPassage]] = defaultdict(list)
    for number, start, end in connection.execute(_PASSAGES, {"ids": ids}):
        passages[number].append(StoredPassage(start, end))
    return tuple(
        _stale_file(row, made_by[row["id"]], curves.get(row["id"], _NO_CURVES), passages[row["id"]]) for row in rows
    )


def _stale_file(
    row: Mapping[str, Any],
    maker: tuple[Provenance, tuple[StalePart, ...]],
    curves: tuple[int | None, bytes | None, int | None, str | None],
    passages: Iterable[StoredPassage],
) -> StaleFile:
    made, stale = maker
    hop, weighted, packing, gaps = curves
    return StaleFile(
        id=row["id"],
        path=row["path"],
        stamp=stamp_from(row),
        made=made,
        stale=stale,
        samples=row["samples"],
        sample_rate=row["sample_rate"],
        hop=hop,
        weighted=weighted,
        packing=packing,
        doubtful_gaps=decode_gaps(gaps),
        passages=tuple(passages),
        said=given_cuts_from(row["given_cuts"]),
        given=given_of(row["user_cuts"], row["track_list"], row["audio_hash"]),
    )


def maker_key(provenance: int | None, run: int | None) -> MakerKey:
    """Return what made a file, given its provenance and the run that analysed it."""
    return (provenance, None if provenance is not None else run)


def _stale_makers(
    connection: sqlite3.Connection, now: Provenance, redone_from: Collection[RedoneFrom]
) -> dict[MakerKey, tuple[Provenance, tuple[StalePart, ...]]]:
    """Return what made files otherwise than this program would, with the parts of which that is true."""
    found = makers(connection)
    # Many runs made the same.
    stale_of = {made: made.stale(now) for made in set(found.values())}
    asked = {made: stale for made, stale in stale_of.items() if stale and dearest_of(stale) in redone_from}
    return {key: (made, asked[made]) for key, made in found.items() if made in asked}


def makers(connection: sqlite3.Connection) -> dict[MakerKey, Provenance]:
    """Return all that made files of the library, as far as that is known."""
    found: dict[MakerKey, Provenance] = {
        (number, None): Provenance(parts) for number, parts in connection.execute(_PROVENANCES)
    }
    alike: dict[str, Provenance | None] = {}
    for run, config_hash, config_text in connection.execute(_FIRST_RUNS):
        if config_hash not in alike:
            alike[config_hash] = Provenance.of_first(config_text)
        if (by_run := alike[config_hash]) is not None:
            found[None, run] = by_run
    return found


def _condition(number: int, found: _Found, region: Region) -> tuple[str, dict[str, object]]:
    """Return the condition that a file of a region has something stale, and its values, named with a number."""
    values: dict[str, object] = {
        f"provenances{number}": write_json([provenance for provenance, _ in found if provenance is not None]),
        f"runs{number}": write_json([run for _, run in found if run is not None]),
    }

    def below(which: str, folders: Sequence[bytes]) -> str:
        names = [f"_{which}_{number}_{place}" for place in range(len(folders))]
        for name, folder in zip(names, folders, strict=True):
            values[f"first{name}"] = folder.rstrip(b"/") + b"/"
            values[f"behind{name}"] = folder.rstrip(b"/") + b"0"
        return " OR ".join(map(_BELOW.format, names)) or "false"

    inside, outside = below("in", region.roots or ()), below("out", region.without)
    return f"(({_MADE.format(number)}) AND ({inside}) AND NOT ({outside}))", values


def _summed(connection: sqlite3.Connection, counted: Iterable[tuple[tuple[StalePart, ...], Maker]]) -> Stale:
    items: Counter[StalePart] = Counter()
    audio: Counter[StalePart] = Counter()
    work: Counter[RedoneFrom] = Counter()
    work_audio: Counter[RedoneFrom] = Counter()
    for stale, (_, _, files, ticks) in counted:
        for one in stale:
            items[one] += files
            audio[one] += ticks
        dearest = dearest_of(stale)
        work[dearest] += files
        work_audio[dearest] += ticks
    if not items:
        return Stale()
    order = [part.name for part in PARTS]
    return Stale(
        items=tuple(
            StaleItem(one.part, one.reason, one.settings, items[one], Ticks(audio[one]))
            for one in sorted(items, key=lambda one: (order.index(one.part), one.reason, one.settings))
        ),
        work=tuple(StaleWork(one, work[one], Ticks(work_audio[one])) for one in RedoneFrom if work[one]),
        seconds=_seconds(connection, sum(work_audio[one] for one in (RedoneFrom.CURVES, RedoneFrom.DECODE))),
    )


def _seconds(connection: sqlite3.Connection, ticks: int) -> float | None:
    """Estimate how long it takes to decode so much."""
    if not ticks:
        return None
    before = connection.execute(_SPEED).fetchone()
    if before is None:
        return None
    audio, took_ns = before
    return float(ticks / audio * took_ns / 1e9)
