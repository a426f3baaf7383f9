"""Shares in a damaged row: nothing is known of them, and all else is read."""

import pytest

from passagework.domain.edits import Edit, EditError
from passagework.domain.flavor.acousticbrainz import FlavorDocument
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.export.files.reading import playable_passages
from passagework.persistence.read.queries import FlavorsOf, FlavorSourcesOf, ShowPassage
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.flavor_documents import add_flavor_documents
from tests.support.made_flavors import two_way

PATH = b"/music/a.flac"
HEARD = Flavor(level=FlavorLevel.BASIC, groups=(two_way("live", 0.25),), seconds=58.5)

UNREADABLE = ("", "no JSON", "null", '{"live":1}', '{"live":{"yes":NaN}}', '{"live":{"yes":2}}', "[" * 10_000)


@pytest.fixture
def guids(library, make):
    """Two passages with all that can be said of them, the first of which is damaged by the tests."""
    passages = tuple(make.passage(*span, flavor=HEARD) for span in ((0, 60), (60, 120)))
    library.write(make.store(library.run, passages=passages))
    one, other = library.guids()
    for number, guid in enumerate((one, other), 1):
        library.write(make.store_links(library.run, PATH, make.links(guid, [make.song(number)])))
        document = FlavorDocument(make.mbid(1, number), "key", 60.0, HEARD.groups)
        add_flavor_documents(library.connection, [document], 1)
        apply_edits(library.connection, [Edit(guid, "flavor", "winter:0.7,summer:0.3", "season")], 1)
    return one, other


@pytest.mark.parametrize("shares", UNREADABLE)
def test_shares_that_cannot_be_read_are_none_and_hide_no_others(library, make, guids, shares):
    for sql, value in (
        ("UPDATE passage_flavor SET shares = ? WHERE passage_id = (SELECT id FROM passage WHERE guid = ?)", guids[0]),
        ("UPDATE passage SET user_flavor = ? WHERE guid = ?", guids[0]),
        ("UPDATE recording_flavor SET shares = ? WHERE recording = ?", make.mbid(1, 1)),
    ):
        library.connection.execute(sql, (shares, value))

    assert list(library.ask(FlavorsOf(guids))) == [guids[1]]
    said = library.ask(FlavorSourcesOf(guids))
    assert [len(said[guid].groups) for guid in guids] == [0, 3]
    assert [len(library.ask(ShowPassage(guid)).own) for guid in guids] == [0, 1]
    with playable_passages(library.path) as passages:
        assert [row.names["flavor"] is not None for row in passages.rows()] == [False, True]


def test_what_a_person_said_and_cannot_be_read_is_not_written_over(library, guids):
    library.connection.execute("UPDATE passage SET user_flavor = '[' WHERE guid = ?", (guids[0],))
    with pytest.raises(EditError, match="cannot be read"):
        apply_edits(library.connection, [Edit(guids[0], "flavor", "yes:0.5,no:0.5", "live")], 2)
    assert library.connection.execute("SELECT user_flavor FROM passage WHERE guid = ?", (guids[0],)).fetchone() == (
        "[",
    )
