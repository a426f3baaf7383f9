"""Queries of stored answers."""

import sqlite3
from typing import Final

from passagework.domain.json_text import write_json
from passagework.domain.stored_answers import StoredAnswer
from passagework.persistence.read.queries import Answers
from passagework.persistence.rows.packed import unpacked_answer

_ANSWERS: Final = """
SELECT service, key, body, schema_version, fetched_ns, expires_ns, found, merged_into FROM answer
WHERE key IN (SELECT value FROM json_each(:keys)) AND expires_ns > :now
"""


def answers(connection: sqlite3.Connection, query: Answers) -> tuple[StoredAnswer, ...]:
    """Return the answers under these keys; one that cannot be unpacked is none, so it is asked for again."""
    rows = connection.execute(_ANSWERS, {"keys": write_json(query.keys), "now": query.now_ns})
    return tuple(
        StoredAnswer(service, key, body, version, fetched_ns, expires_ns, bool(found), merged_into)
        for service, key, packed, version, fetched_ns, expires_ns, found, merged_into in rows
        if (body := unpacked_answer(packed)) is not None
    )
