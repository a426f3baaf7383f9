"""What each source says of the character of a passage."""

import pytest

from passagework.domain.edits import Edit
from passagework.domain.flavor.acousticbrainz import FlavorDocument
from passagework.domain.flavor.sources import FlavorSource
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.links import LinkState
from passagework.persistence.read.queries import FlavorSourcesOf, KnownRecordings
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.flavor_documents import add_flavor_documents, clear_flavor_documents
from tests.support.made_flavors import several, two_way

PATH = b"/music/a.flac"
HEARD = Flavor(level=FlavorLevel.BASIC, groups=(two_way("live", 0.25), several("key", 0.5, 0.25, 0.25)), seconds=58.5)
SAID = (two_way("danceability", 0.125),)


def says(recording, seconds=60.0, groups=SAID, key="a"):
    return FlavorDocument(recording, key, seconds, groups)


@pytest.fixture
def guid(library, make):
    """A passage of a minute, heard, that is linked to song 1."""
    library.write(make.store(library.run, passages=(make.passage(0, 60, flavor=HEARD),)))
    (guid,) = library.guids()
    library.write(make.store_links(library.run, PATH, make.links(guid, [make.song(1)])))
    return guid


def groups(library, guid):
    return library.ask(FlavorSourcesOf((guid,)))[guid].groups


def test_all_sources_are_told_each_by_itself(library, make, guid):
    add_flavor_documents(library.connection, [says(make.mbid(1, 1))], 1)
    apply_edits(library.connection, [Edit(guid, "flavor", "winter:0.7,summer:0.3", "season")], 1)

    (found,) = library.ask(FlavorSourcesOf((guid, "no such guid"))).values()
    assert (found.guid, found.heard) == (guid, HEARD)
    assert found.groups == {
        FlavorSource.HEARD: HEARD.groups,
        FlavorSource.ACOUSTICBRAINZ: SAID,
        FlavorSource.USER: (("season", (("winter", 0.7), ("summer", 0.3))),),
    }


def test_a_source_that_says_nothing_is_not_there(library, make):
    library.write(make.store(library.run, passages=(make.passage(0, 60, flavor=None),)))
    (guid,) = library.guids()

    (found,) = library.ask(FlavorSourcesOf((guid,))).values()
    assert (found.heard, found.groups) == (None, {})


def test_documents_of_another_length_and_of_other_recordings_say_nothing(library, make, guid):
    add_flavor_documents(library.connection, [says(make.mbid(1, 1), 66.0), says(make.mbid(1, 2), 60.0)], 1)

    assert FlavorSource.ACOUSTICBRAINZ not in groups(library, guid)


@pytest.mark.parametrize(
    "decision", [{"state": LinkState.LIKELY}, {"state": LinkState.PROPOSAL}, {"state": LinkState.LINKED, "songs": ()}]
)
def test_documents_count_only_for_what_is_linked_for_certain(library, make, guid, decision):
    add_flavor_documents(library.connection, [says(make.mbid(1, 1))], 1)
    songs = decision.pop("songs", [make.song(1)])
    library.write(make.store_links(library.run, PATH, make.links(guid, songs, **decision)))

    assert FlavorSource.ACOUSTICBRAINZ not in groups(library, guid)


def test_a_document_under_the_former_mbid_of_a_recording_counts(library, make, guid):
    library.connection.execute("INSERT INTO merged_mbid VALUES (?, ?, 1)", (make.mbid(1, 9), make.mbid(1, 1)))
    add_flavor_documents(library.connection, [says(make.mbid(1, 9))], 1)

    assert groups(library, guid)[FlavorSource.ACOUSTICBRAINZ] == SAID
    asked = [make.mbid(1, number) for number in (1, 9, 7)]
    assert library.ask(KnownRecordings(asked)) == {make.mbid(1, 1), make.mbid(1, 9)}


def test_of_several_songs_each_counts_by_its_running_time(library, make):
    library.write(make.store(library.run, passages=(make.passage(0, 120),), duration=120 * make.second))
    (guid,) = library.guids()
    library.write(make.store_links(library.run, PATH, make.links(guid, [make.song(1), make.song(2)])))
    documents = [
        says(make.mbid(1, 1), 60.0, (two_way("voice", 0.0),)),
        says(make.mbid(1, 2), 61.0, (two_way("voice", 1.0),)),
    ]
    add_flavor_documents(library.connection, documents, 1)

    assert groups(library, guid)[FlavorSource.ACOUSTICBRAINZ] == (two_way("voice", 0.5),)


def test_equal_documents_are_kept_once_and_all_are_cleared_together(library, make):
    one, other = says(make.mbid(1, 1)), says(make.mbid(1, 1), key="b")

    assert add_flavor_documents(library.connection, [one, one, other], 1) == 2
    assert add_flavor_documents(library.connection, [one, other], 2) == 0
    assert clear_flavor_documents(library.connection) == 2
    assert clear_flavor_documents(library.connection) == 0
