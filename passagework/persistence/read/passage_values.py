"""What extensions say of passages."""

import sqlite3
from collections.abc import Mapping
from typing import Final

from passagework.domain.extensions import PassageValue
from passagework.domain.ids import Guid
from passagework.domain.json_text import write_json
from passagework.persistence.read.queries import ValuesOf
from passagework.persistence.rows.columns import each_named_row, listed
from passagework.persistence.rows.passage_values import VALUE, value_from

_THESE: Final = f"""
SELECT p.guid AS guid, {listed(VALUE, "v")}
FROM json_each(:guids) AS j CROSS JOIN passage AS p ON p.guid = j.value
CROSS JOIN passage_value AS v ON v.passage_id = p.id
ORDER BY v.extension, v.measure
"""


def values_of(connection: sqlite3.Connection, query: ValuesOf) -> Mapping[Guid, tuple[PassageValue, ...]]:
    """Return what is stored for some passages, by extension and measure; those without a value are left out."""
    found: dict[Guid, tuple[PassageValue, ...]] = {}
    for row in each_named_row(connection, _THESE, {"guids": write_json(query.passages)}):
        guid = Guid(row["guid"])
        found[guid] = (*found.get(guid, ()), value_from(row))
    return found
