"""Queries of stored answers."""

import sqlite3
import zlib
from typing import Final

from passagework.domain.json_text import write_json
from passagework.domain.stored_answers import StoredAnswer
from passagework.persistence.read.queries import Answers

_ANSWERS: Final = """
SELECT service, key, body, schema_version, fetched_ns, expires_ns, found, merged_into FROM answer
WHERE key IN (SELECT value FROM json_each(:keys)) AND expires_ns > :now
"""


def answers(connection: sqlite3.Connection, query: Answers) -> tuple[StoredAnswer, ...]:
    """Return the answers under these keys."""
    rows = connection.execute(_ANSWERS, {"keys": write_json(query.keys), "now": query.now_ns})
    return tuple(
        StoredAnswer(service, key, zlib.decompress(body), version, fetched_ns, expires_ns, bool(found), merged_into)
        for service, key, body, version, fetched_ns, expires_ns, found, merged_into in rows
    )
