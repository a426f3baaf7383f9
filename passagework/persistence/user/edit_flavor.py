"""The characteristics that a person gives a passage, each set by itself."""

import sqlite3
from collections.abc import Mapping
from typing import Final

from passagework.domain.edits import Edited, EditError, Value
from passagework.domain.flavor.written_shares import MOST_CHARACTERISTICS, is_name, read_shares, written_groups
from passagework.domain.user_fields import CHARACTERISTIC
from passagework.persistence.rows.flavor import encode_shares, readable_shares
from passagework.persistence.user.planned_edits import Change, Planned, Target

FLAVOR: Final = "flavor"

_READ: Final = "SELECT user_flavor FROM passage WHERE id = ?"

_SET: Final = "UPDATE passage SET user_flavor = ? WHERE id = ?"


def plan_flavor(connection: sqlite3.Connection, passage: Target, values: Mapping[str | None, Value]) -> Planned:
    """Plan characteristics by their names, the value of each as its members with shares.

    None removes one; without a name it removes all. Those that are not named stay.

    Raises EditError for a name that none can have, for a value without a name, and for too many of them.
    """
    (stored,) = connection.execute(_READ, (passage.row,)).fetchone()
    if (said := readable_shares(stored)) is None and stored is not None:
        raise EditError("the characteristics of the passage cannot be read (passagework check); nothing was changed")
    before = written_groups(said or ())
    after: dict[str, Value] = dict(before)
    for name, value in values.items():
        if name is None and value is not None:
            raise EditError("name the characteristic, as flavor.seasonal=winter:0.7,summer:0.3; nothing was changed")
        if name is not None and not is_name(name):
            raise EditError(f"the name of a characteristic must be {CHARACTERISTIC}; nothing was changed")
        after |= {name: value} if name is not None else dict.fromkeys(set(after) - set(values))
    kept = {name: read_shares(str(value)) for name, value in sorted(after.items()) if value is not None}
    if len(kept) > MOST_CHARACTERISTICS:
        raise EditError(
            f"a passage has at most {MOST_CHARACTERISTICS} characteristics of your own; nothing was changed"
        )
    changes = tuple(
        Change(Edited(passage.subject, passage.key, FLAVOR, name, before.get(name), value), before.get(name), value)
        for name, value in sorted(after.items())
        if before.get(name) != value
    )
    stored = encode_shares(tuple(kept.items())) if kept else None
    return Planned(changes, ((_SET, ((stored, passage.row),)),) if changes else ())
