"""Pages of the passages that match a filter, in any order."""

import sqlite3
from dataclasses import dataclass

from passagework.domain.json_text import write_json
from passagework.domain.list_place import read_place, write_place
from passagework.domain.views import PassagePage
from passagework.persistence.read.matching import matching
from passagework.persistence.read.ordered import next_passages
from passagework.persistence.read.passages import THESE, PassageRows, passage_rows, views_of
from passagework.persistence.read.queries import PagePassages


@dataclass(frozen=True, slots=True)
class PageRows:
    """The rows of a page, and the text of the place behind it; None: it is the last one."""

    passages: PassageRows
    next: str | None


def page_rows(connection: sqlite3.Connection, query: PagePassages) -> PageRows:
    """Fetch the rows of one page, and the place behind it if there are more."""
    of = query.of
    found = next_passages(
        connection,
        matching(connection, of.wanted),
        of.order,
        reverse=of.reverse,
        after=None if query.after is None else read_place(query.after, of),
        limit=query.limit + 1,
    )
    these = {"found": write_json([row for row, _ in found[: query.limit]])}
    rows = passage_rows(connection, THESE, these, with_evidence=query.evidence)
    return PageRows(rows, write_place(found[query.limit - 1][1], of) if len(found) > query.limit else None)


def page_of(rows: PageRows) -> PassagePage:
    """Make a page of its rows."""
    return PassagePage(views_of(rows.passages), rows.next)
