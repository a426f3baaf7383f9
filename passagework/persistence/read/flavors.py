"""The flavor of passages, as it was heard."""

import sqlite3
from collections.abc import Mapping
from typing import Final

from passagework.domain.flavor.values import Flavor
from passagework.domain.ids import Guid
from passagework.domain.json_text import write_json
from passagework.persistence.read.queries import FlavorsOf
from passagework.persistence.rows.columns import each_named_row, listed
from passagework.persistence.rows.flavor import FLAVOR, flavor_from

_THESE: Final = f"""
SELECT p.guid AS guid, {listed(FLAVOR, "h")}
FROM json_each(:guids) AS j CROSS JOIN passage AS p ON p.guid = j.value
CROSS JOIN passage_flavor AS h ON h.passage_id = p.id
"""


def flavors_of(connection: sqlite3.Connection, query: FlavorsOf) -> Mapping[Guid, Flavor]:
    """Return the flavors of some passages; those are left out that have none, or none that can be read."""
    rows = each_named_row(connection, _THESE, {"guids": write_json(query.passages)})
    found = ((Guid(row["guid"]), flavor_from(row)) for row in rows)
    return {guid: flavor for guid, flavor in found if flavor is not None}
