from passagework.demo.truth import LinkCounts, count_links, invented_mbid
from passagework.domain.tags import Tags


def test_entities_and_links_are_counted_once_however_many_files_name_them():
    ada, ben = invented_mbid("artist", "ada"), invented_mbid("artist", "ben")
    song, other = invented_mbid("recording", "song"), invented_mbid("recording", "other")
    work, album = invented_mbid("work", "work"), invented_mbid("release", "album")
    joint = Tags(
        recording_ids=(song,), artist_ids=(ada, ben), work_ids=(work,), release_id=album, album_artist_ids=(ada,)
    )
    alone = Tags(recording_ids=(other,), artist_ids=(ada,), work_ids=(work,))
    assert count_links([joint, joint, alone, Tags(title="text only")]) == LinkCounts(
        songs=2,
        artists=2,
        works=1,
        albums=1,
        song_artists=3,
        song_works=2,
        album_artists=1,
        passage_songs=3,
        passage_albums=2,
    )


def test_an_invented_identifier_is_a_lower_case_uuid_and_the_same_every_time():
    mbid = invented_mbid("artist", "Ada")
    assert mbid == invented_mbid("artist", "Ada")
    assert mbid != invented_mbid("recording", "Ada")
    assert [len(part) for part in mbid.split("-")] == [8, 4, 4, 4, 12]
    assert mbid == mbid.lower()
