from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.identification.scoring.clusters import NamedRecording, cluster_songs
from passagework.domain.ids import Mbid


def recording(title="North", seconds=200.0, artist="The Band", works=(), mbid="x"):
    ids = frozenset({Mbid(artist)}) if artist else frozenset()
    return NamedRecording(Mbid(mbid), title, ids, (artist,) if artist else (), seconds, frozenset(map(Mbid, works)))


def test_copies_of_a_recording_are_one_song():
    assert cluster_songs([recording(), recording("NORTH (remastered)", 204.0)]) == ((0, 1),)


def test_the_same_title_with_another_length_is_another_song():
    assert cluster_songs([recording(), recording(seconds=300.0)]) == ((0,), (1,))


def test_the_same_title_by_another_artist_is_another_song():
    assert cluster_songs([recording(), recording(artist="Somebody")]) == ((0,), (1,))


def test_recordings_of_the_same_work_are_one_song_whatever_their_titles():
    german = recording("Affenjagd", 262.0, works=("chase",))
    assert cluster_songs([recording("Monkey Chase", works=("chase",)), german]) == ((0, 1),)


def test_unknown_length_or_artist_does_not_part_songs():
    assert cluster_songs([recording(), recording(seconds=None), recording(artist="")]) == ((0, 1, 2),)


def test_recordings_without_a_title_stay_alone():
    assert cluster_songs([recording(""), recording("")]) == ((0,), (1,))


@given(st.lists(st.tuples(st.sampled_from(["A", "B", "A (live)"]), st.sampled_from([100.0, 104.0, 108.0, 120.0]))))
def test_every_recording_is_in_exactly_one_song_and_the_order_of_listing_does_not_matter(rows):
    recordings = [recording(title, seconds) for title, seconds in rows]
    clusters = cluster_songs(recordings)
    assert sorted(index for cluster in clusters for index in cluster) == list(range(len(rows)))
    backwards = cluster_songs(recordings[::-1])
    last = len(rows) - 1
    assert {frozenset(last - index for index in one) for one in backwards} == {frozenset(one) for one in clusters}
