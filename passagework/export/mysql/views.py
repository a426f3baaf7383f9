"""Views for players: those of the library, in the SQL of the server."""

from typing import Final

from passagework.persistence.file.views import Dialect, View, views

Views = tuple[View, ...]

VIEWS: Final[Views] = tuple(
    (name, f"CREATE OR REPLACE SQL SECURITY INVOKER VIEW {name} AS {select}") for name, select in views(Dialect.MYSQL)
)
"""Each view with its SQL, after those that it uses."""
