from passagework.domain.flavor.sources import (
    DocumentedSong,
    FlavorSource,
    PassageFlavor,
    of_documents,
    passage_distance,
)
from passagework.domain.flavor.values import Flavor, FlavorLevel
from tests.support.made_flavors import several, two_way


def passage(guid, **groups):
    return PassageFlavor(guid=guid, heard=None, groups={FlavorSource(name): found for name, found in groups.items()})


def test_documents_count_whose_recording_is_about_as_long_as_the_song_is_there():
    near, far = (two_way("voice", 0.25),), (two_way("voice", 1.0),)

    assert of_documents([DocumentedSong(60, [(64.9, near), (65.1, far), (54.9, far)])]) == near
    assert of_documents([DocumentedSong(600, [(617, near), (619, far)])]) == near
    assert of_documents([DocumentedSong(60, [(70, far)])]) == ()


def test_several_documents_count_alike_and_songs_by_their_running_time():
    one, other = (two_way("voice", 0.0),), (two_way("voice", 1.0),)

    assert of_documents([DocumentedSong(60, [(60, one), (61, other)])]) == (two_way("voice", 0.5),)
    assert of_documents([DocumentedSong(300, [(300, one)]), DocumentedSong(100, [(99, other), (101, other)])]) == (
        two_way("voice", 0.25),
    )


def test_sources_are_compared_each_by_itself_and_the_first_counts():
    one = passage("a", heard=(two_way("live", 0.5), several("key", 1, 0, 0)), user=(two_way("season", 0.0),))
    other = passage("b", acousticbrainz=(two_way("live", 0.5),), user=(two_way("season", 1.0),))

    found = passage_distance(one, other)
    assert [each.source for each in found.sources] == [FlavorSource.USER]
    assert found.distance == found.sources[0].distance.distance == 1

    found = passage_distance(one, one)
    assert [each.source for each in found.sources] == [FlavorSource.HEARD, FlavorSource.USER]
    assert found.distance == 0


def test_passages_without_a_common_source_are_1_apart():
    assert passage_distance(passage("a", heard=(two_way("live", 0.5),)), passage("b")).distance == 1


def test_what_heard_each_passage_is_told():
    heard = [
        PassageFlavor(
            guid=level,
            heard=Flavor(level=level, groups=(), seconds=60, version=version),
            groups={FlavorSource.HEARD: (two_way("live", 0.5),)},
        )
        for level, version in ((FlavorLevel.BASIC, 1), (FlavorLevel.FULL, 2))
    ]
    assert passage_distance(*heard).sources[0].made == ("basic 1", "full 2")
