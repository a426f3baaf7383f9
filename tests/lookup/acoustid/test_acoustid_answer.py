import pytest

from passagework.lookup.acoustid.answer import AcoustidAnswerError, read_results

RELEASE = {
    "id": "R1",
    "country": "GB",
    "date": {"year": 2011, "month": 8},
    "track_count": 12,
    "mediums": [
        {"position": 2, "tracks": [{"id": "t", "position": 7}]},
        {"position": 3, "tracks": [{"id": "u", "position": 1}]},
    ],
}
RESULTS = [
    {"id": "second", "score": 0.6},
    {
        "id": "first",
        "score": 0.97,
        "recordings": [
            {
                "id": "REC",
                "title": "Otis",
                "duration": 178,
                "sources": 31,
                "artists": [{"id": "A", "name": "Jay-Z", "joinphrase": " & "}, {"id": "B", "name": "Kanye West"}],
                "releasegroups": [
                    {"id": "G1", "type": "Single", "releases": [RELEASE]},
                    {
                        "id": "G2",
                        "title": "Hits",
                        "type": "Album",
                        "secondarytypes": ["Compilation"],
                        "artists": [{"id": "V", "name": "Various Artists"}],
                        "releases": [{"id": "R2", "date": {"year": 1999}}],
                    },
                ],
            },
            {"id": "merged"},
        ],
    },
]


def test_results_come_best_first():
    assert [track.acoustid for track in read_results(RESULTS).results] == ["first", "second"]


def test_what_compress_left_out_is_inherited_from_above():
    single, hits = read_results(RESULTS).results[0].recordings[0].groups
    assert single.title == "Otis"
    assert [artist.name for artist in single.artists] == ["Jay-Z", "Kanye West"]
    assert hits.title == "Hits"
    assert [artist.name for artist in hits.artists] == ["Various Artists"]
    assert hits.releases[0].title == "Hits"


def test_a_release_comes_once_for_each_place_of_the_recording():
    single, hits = read_results(RESULTS).results[0].recordings[0].groups
    assert [(one.mbid, one.medium, one.track, one.track_count) for one in single.releases] == [
        ("r1", 2, 7, 12),
        ("r1", 3, 1, 12),
    ]
    assert [(one.medium, one.track, one.date) for one in hits.releases] == [(None, None, "1999")]
    assert single.releases[0].date == "2011-08"


def test_a_recording_without_metadata_keeps_its_id():
    named, merged = read_results(RESULTS).results[0].recordings
    assert (named.sources, named.seconds) == (31, 178.0)
    assert (merged.mbid, merged.title, merged.seconds, merged.sources) == ("merged", None, None, None)


def test_an_empty_list_is_an_answer():
    assert read_results([]).results == ()


@pytest.mark.parametrize(
    "broken",
    [
        None,
        {},
        "results",
        [1],
        [{"id": "t", "score": 1, "recordings": {}}, {"recordings": "x"}],
        [{"id": "t", "recordings": [{"title": "no id"}]}],
        [{"id": "t", "recordings": [{"id": "r", "releasegroups": [{"id": "g", "secondarytypes": "Live"}]}]}],
    ],
)
def test_what_is_in_no_documented_form_is_refused_and_no_match_is_not_concluded(broken):
    with pytest.raises(AcoustidAnswerError):
        read_results(broken)
