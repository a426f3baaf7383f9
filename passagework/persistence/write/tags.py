"""Tags of files whose audio is known: the statements that store them for a whole batch at once.

Each row of staged_tags has a row of kind "tags" in staged_file, with the same seq. The order matters: first what speaks
of other audio than the library has is removed; then new tags are compared with the stored ones, before these are
replaced, since passages are decided anew where they differ.
"""

from typing import Final

from passagework.persistence.rows.analysis import STAMP
from passagework.persistence.rows.columns import assigned, differs, listed, upsert
from passagework.persistence.rows.tag_rows import COMPARED, TAGS
from passagework.persistence.write.waiting import LOOK_AGAIN

_OF_FILE: Final = "FROM temp.staged_tags AS t JOIN temp.staged_file AS s ON s.seq = t.seq"

# The file was replaced, or its analysis undone, since the library was asked about it. The next import reads it again.
_IGNORE_OTHERS: Final = f"""
DELETE FROM temp.staged_file WHERE kind = 'tags' AND seq NOT IN (
    SELECT t.seq {_OF_FILE} JOIN file ON file.id = s.file_id
    WHERE file.state = 'analysed' AND file.audio_hash IS t.audio_hash
)
"""

_COMPARE: Final = """
UPDATE temp.staged_tags SET relink = (
    SELECT known.fields IS NOT staged_tags.fields
    FROM temp.staged_file AS s LEFT JOIN file_tags AS known ON known.file_id = s.file_id WHERE s.seq = staged_tags.seq
)
"""

_FOUND: Final = ("content_hash", "warnings")

_KNOW_PARTS: Final = f"""
INSERT INTO provenance (parts) SELECT DISTINCT t.parts {_OF_FILE} WHERE t.parts IS NOT NULL
ON CONFLICT (parts) DO NOTHING
"""

_MADE_BY: Final = "coalesce((SELECT id FROM provenance WHERE provenance.parts = t.parts), file.provenance_id)"

_FILES: Final = f"""
UPDATE file SET {assigned(STAMP, "s")}, {assigned(_FOUND, "t")}, provenance_id = {_MADE_BY}, missing_run = NULL,
    excluded_run = NULL, link_revision = link_revision + t.relink
{_OF_FILE}
WHERE file.id = s.file_id AND (
    {differs(STAMP, "file", "s")} OR {differs(_FOUND, "file", "t")} OR file.provenance_id IS NOT {_MADE_BY}
    OR coalesce(file.missing_run, file.excluded_run) IS NOT NULL OR t.relink
)
"""

# Before the tags are replaced. Links stay until the linker has decided.
_LOOK_AGAIN: Final = f"""
UPDATE passage SET {LOOK_AGAIN}
WHERE file_id IN (SELECT s.file_id {_OF_FILE} WHERE t.relink) AND retired_ns IS NULL
    AND (link_state <> 'waiting' OR link_retry_ns IS NOT NULL)
"""

_TAGS: Final = upsert(
    "file_tags",
    ("file_id",),
    TAGS,
    f"SELECT s.file_id, {listed(TAGS, 't')}, s.run_id {_OF_FILE} WHERE true",
    compared=COMPARED,
)

STORE_TAGS: Final = (_IGNORE_OTHERS, _COMPARE, _KNOW_PARTS, _FILES, _LOOK_AGAIN, _TAGS)
