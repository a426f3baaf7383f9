"""Passages and their flavor: pairing new with stored passages, so that a passage keeps its guid and its links.

An old and a new passage of a file are the same if they overlap by at least half of the longer, and each is the best
match of the other. Passages of one file do not overlap, so at most one can match that well, except for exact halves.
The others are retired, never deleted; an analysis with the same bounds revives them. Of a file without any passage in
use, which was perhaps no music for a while, the passages that were retired last count as old ones.

There are five cases for a passage of an analysis, told apart in this order:

- A person gave its bounds to an old passage of the file (_KEEP), however far these are: that one is updated.
- It pairs with an old passage of the file (_PAIR): that one is updated.
- Else a retired passage has exactly its bounds (_REVIVE): that one is updated, and is in use again.
- Else, where a person's cuts are taken back, it overlaps with an old passage (_PAIR_CLEARED): that one is updated.
- Else it is new (_NUMBER, after _UPDATE, which looks for rows that exist).

A passage of the library with which no passage of the analysis pairs is retired (_FIND_UNPAIRED, _RETIRE). That comes
before _UPDATE and _INSERT: a new passage may have the span of a retired one, but no two in use have the same span.
_COMPARE comes before _UPDATE, after which old and new are equal.
"""

from typing import Final

from passagework.domain.measured import PassageMeasures, measured_columns
from passagework.persistence.rows.analysis import PASSAGE, PIECE
from passagework.persistence.rows.columns import assigned, differs, kept, lacks_some_that_can_be_off, listed, upsert
from passagework.persistence.rows.flavor import FLAVOR
from passagework.persistence.rows.packed import FINGERPRINT
from passagework.persistence.rows.passage_values import MEASURED, VALUE_KEY
from passagework.persistence.write.waiting import UNDECIDED

_KEEP: Final = """
UPDATE temp.staged_passage SET passage_id = (
    SELECT o.id FROM temp.staged_file AS s CROSS JOIN passage AS o ON o.file_id = s.file_id
    WHERE s.seq = staged_passage.seq AND o.guid = staged_passage.keeps
)
WHERE keeps IS NOT NULL
"""

# CROSS JOIN fixes the order: from staged files to their passages, never from all passages of the library.
_PAIRING: Final = """
WITH candidate AS (
    SELECT n.id AS staged_id, o.id AS passage_id, n.start_ticks AS new_start, o.start_ticks AS old_start,
        min(n.end_ticks, o.end_ticks) - max(n.start_ticks, o.start_ticks) AS overlap,
        abs(n.start_ticks - o.start_ticks) + abs(n.end_ticks - o.end_ticks) AS distance
    FROM temp.staged_file AS s
    CROSS JOIN temp.staged_passage AS n ON n.seq = s.seq AND n.passage_id IS NULL
    CROSS JOIN passage AS o ON o.file_id = s.file_id AND o.id NOT IN (
        SELECT k.passage_id FROM temp.staged_passage AS k WHERE k.passage_id IS NOT NULL
    ) AND (
        o.retired_ns IS NULL
        OR NOT EXISTS (SELECT 1 FROM passage AS u WHERE u.file_id = s.file_id AND u.retired_ns IS NULL)
        AND o.retired_run = (SELECT max(u.retired_run) FROM passage AS u WHERE u.file_id = s.file_id)
    )
    WHERE {alike}
), ranked AS (
    SELECT staged_id, passage_id,
        row_number() OVER (
            PARTITION BY staged_id ORDER BY overlap DESC, distance, old_start, passage_id
        ) AS rank_of_old,
        row_number() OVER (
            PARTITION BY passage_id ORDER BY overlap DESC, distance, new_start, staged_id
        ) AS rank_of_new
    FROM candidate
)
UPDATE temp.staged_passage SET passage_id = ranked.passage_id
FROM ranked
WHERE ranked.staged_id = staged_passage.id AND ranked.rank_of_old = 1 AND ranked.rank_of_new = 1
"""

_PAIR: Final = _PAIRING.format(
    alike="""2 * (min(n.end_ticks, o.end_ticks) - max(n.start_ticks, o.start_ticks))
        >= max(n.end_ticks - n.start_ticks, o.end_ticks - o.start_ticks)"""
)

# What a person joined or cut in several may be less than half of what it was, and has the values that were set on it.
_PAIR_CLEARED: Final = _PAIRING.format(
    alike="s.cuts_cleared AND min(n.end_ticks, o.end_ticks) > max(n.start_ticks, o.start_ticks)"
)

_REVIVE: Final = """
UPDATE temp.staged_passage SET passage_id = retired.id
FROM (
    SELECT n.id AS staged_id, max(o.id) AS id
    FROM temp.staged_file AS s
    CROSS JOIN passage AS o ON o.file_id = s.file_id AND o.retired_ns IS NOT NULL
    CROSS JOIN temp.staged_passage AS n ON n.seq = s.seq
    WHERE (n.start_ticks, n.end_ticks) = (o.start_ticks, o.end_ticks)
    GROUP BY n.id
) AS retired
WHERE staged_passage.id = retired.staged_id AND staged_passage.passage_id IS NULL
"""

# A passage is linked again if its evidence changed: tags or number of passages (relink of the file), bounds, what is
# said about it, or fingerprint, however that is stored: versions of zlib pack differently, and earlier schemas kept
# the text.
_COMPARE: Final = f"""
UPDATE temp.staged_passage AS n SET (same_span, relink) = (
    SELECT s.same_audio AND (n.start_ticks, n.end_ticks) = (o.start_ticks, o.end_ticks),
        s.relink OR o.retired_ns IS NOT NULL OR (n.start_ticks, n.end_ticks) <> (o.start_ticks, o.end_ticks)
        OR {differs(PIECE, "n", "o")}
        OR EXISTS (
            SELECT 1 FROM temp.staged_fingerprint AS g WHERE g.staged_id = n.id AND NOT EXISTS (
                SELECT 1 FROM passage_fingerprint AS f
                WHERE f.passage_id = o.id AND f.shifted IS g.shifted AND (
                    (f.fingerprint, f.packed) IS (g.fingerprint, g.packed)
                    OR fingerprint_text(f.fingerprint, f.packed) = fingerprint_text(g.fingerprint, g.packed)
                )
            )
        )
    FROM passage AS o CROSS JOIN temp.staged_file AS s
    WHERE o.id = n.passage_id AND s.seq = n.seq
)
WHERE passage_id IS NOT NULL
"""

# The stored value of a measurement that is now switched off stays, for the same span of the same audio.
_KEEP_MEASURED: Final = f"""
UPDATE temp.staged_passage AS n SET {kept(measured_columns(PassageMeasures), "n", "o")}
FROM passage AS o
WHERE o.id = n.passage_id AND n.same_span AND {lacks_some_that_can_be_off(measured_columns(PassageMeasures), "n")}
"""

# Decisions of the linker for the old tags or passages are ignored from now on.
_REVISE: Final = """
UPDATE file SET link_revision = link_revision + 1
WHERE id IN (
    SELECT s.file_id FROM temp.staged_file AS s
    WHERE s.relink OR EXISTS (SELECT 1 FROM temp.staged_passage AS n WHERE n.seq = s.seq AND n.relink)
)
"""

_FIND_UNPAIRED: Final = """
INSERT INTO temp.staged_retirement (passage_id, run_id)
SELECT o.id, s.run_id FROM temp.staged_file AS s
CROSS JOIN passage AS o ON o.file_id = s.file_id AND o.retired_ns IS NULL
WHERE s.kind = 'analysis' AND NOT EXISTS (SELECT 1 FROM temp.staged_passage AS n WHERE n.passage_id = o.id)
"""

_RETIRE: Final = """
UPDATE passage SET retired_ns = :now,
    retired_run = (SELECT r.run_id FROM temp.staged_retirement AS r WHERE r.passage_id = passage.id)
WHERE id IN (SELECT passage_id FROM temp.staged_retirement)
"""

_UPDATE: Final = f"""
UPDATE passage SET
    {assigned(PASSAGE.names, "n")},
    {", ".join(f"{column} = iif(n.relink, {undecided}, passage.{column})" for column, undecided in UNDECIDED.items())},
    retired_ns = NULL, retired_run = NULL, analysis_run = s.run_id
FROM temp.staged_passage AS n JOIN temp.staged_file AS s ON s.seq = n.seq
WHERE passage.id = n.passage_id AND (
    (n.relink AND (passage.link_state <> 'waiting' OR passage.link_retry_ns IS NOT NULL))
    OR {differs(PASSAGE.names, "passage", "n")} OR passage.retired_ns IS NOT NULL
)
"""

# There is one writer, so the ids of new rows are assigned here, and later statements need not look them up.
_NUMBER: Final = """
UPDATE temp.staged_passage SET is_new = 1, passage_id = id + (SELECT coalesce(max(passage.id), 0) FROM passage)
WHERE passage_id IS NULL
"""

_INSERT: Final = f"""
INSERT INTO passage (id, guid, file_id, {listed(PASSAGE.names)}, link_state, analysis_run, first_run)
SELECT n.passage_id, n.guid, s.file_id, {listed(PASSAGE.names, "n")}, 'waiting', s.run_id, s.run_id
FROM temp.staged_passage AS n JOIN temp.staged_file AS s ON s.seq = n.seq
WHERE n.is_new
ORDER BY n.id
"""

# What was heard of another span or other audio is deleted, unless new values replace it. What is switched off stays.
_FORGET_HEARD: Final = tuple(
    f"""
DELETE FROM {table}
WHERE passage_id IN (
    SELECT n.passage_id FROM temp.staged_passage AS n
    WHERE n.same_span = 0 AND NOT EXISTS (SELECT 1 FROM temp.{staged} AS g WHERE g.staged_id = n.id)
)
"""
    for table, staged in (("passage_fingerprint", "staged_fingerprint"), ("passage_flavor", "staged_flavor"))
)


# What an extension says takes the place of all that it has said before; what one that is not used any more has said
# of the same span stays.
_FORGET_VALUES: Final = """
DELETE FROM passage_value
WHERE (passage_id, extension, measure) IN (
    SELECT v.passage_id, v.extension, v.measure
    FROM temp.staged_passage AS n CROSS JOIN passage_value AS v ON v.passage_id = n.passage_id
    WHERE (
        n.same_span = 0
        OR EXISTS (SELECT 1 FROM temp.staged_value AS g WHERE g.staged_id = n.id AND g.extension = v.extension)
    ) AND NOT EXISTS (
        SELECT 1 FROM temp.staged_value AS g
        WHERE g.staged_id = n.id AND g.extension = v.extension AND g.measure = v.measure
    )
)
"""


def _heard(table: str, columns: tuple[str, ...], staged: str) -> str:
    source = f"""
    SELECT n.passage_id, {listed(columns, "g")}, s.run_id
    FROM temp.{staged} AS g
    CROSS JOIN temp.staged_passage AS n ON n.id = g.staged_id
    CROSS JOIN temp.staged_file AS s ON s.seq = n.seq
    WHERE true
    """
    return upsert(table, ("passage_id",), columns, source)


# There are three cases. The failure says nothing of the content: what was found in it before counts. There is no music
# in the file: nothing of it can be played. The file could not be analysed, whatever is in it: what was found before
# counts if its content is that of then.
_RETIRE_UNREADABLE: Final = """
UPDATE passage SET retired_ns = :now, retired_run = s.run_id
FROM temp.staged_failure AS n CROSS JOIN temp.staged_file AS s ON s.seq = n.seq
WHERE passage.file_id = s.file_id AND passage.retired_ns IS NULL AND (n.of_content OR s.what = 'changed')
"""

RETIRE_UNREADABLE: Final = (_RETIRE_UNREADABLE,)
STORE_PASSAGES: Final = (
    _KEEP,
    _PAIR,
    _REVIVE,
    _PAIR_CLEARED,
    _COMPARE,
    _KEEP_MEASURED,
    _REVISE,
    _FIND_UNPAIRED,
    _RETIRE,
    _UPDATE,
    _NUMBER,
    _INSERT,
    *_FORGET_HEARD,
    _FORGET_VALUES,
    _heard("passage_fingerprint", FINGERPRINT, "staged_fingerprint"),
)

STORE_FLAVOR: Final = (_heard("passage_flavor", FLAVOR, "staged_flavor"),)
STORE_VALUES: Final = (
    upsert(
        "passage_value",
        VALUE_KEY,
        MEASURED,
        """
        SELECT n.passage_id, g.extension, g.measure, g.version, g.value, g.text, g.failure, s.run_id
        FROM temp.staged_value AS g
        CROSS JOIN temp.staged_passage AS n ON n.id = g.staged_id
        CROSS JOIN temp.staged_file AS s ON s.seq = n.seq
        WHERE true
        """,
    ),
)
