import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.json_text import read_json, write_json
from passagework.lookup.acoustid.answer import MOST_RECORDINGS, MOST_RESULTS, read_results, usable_results
from passagework.lookup.acoustid.document import LONGEST_SECONDS, AcoustidAnswerError, read_object


def ids(number):
    return f"00000000-0000-4000-8000-{number:012}"


RELEASE = {
    "id": ids(1),
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
                "id": ids(3),
                "title": "Otis",
                "duration": 178,
                "sources": 31,
                "artists": [{"id": ids(4), "name": "Jay-Z", "joinphrase": " & "}, {"id": ids(5), "name": "Kanye West"}],
                "releasegroups": [
                    {"id": ids(6), "type": "Single", "releases": [RELEASE]},
                    {
                        "id": ids(7),
                        "title": "Hits",
                        "type": "Album",
                        "secondarytypes": ["Compilation"],
                        "artists": [{"id": ids(8), "name": "Various Artists"}],
                        "releases": [{"id": ids(2), "date": {"year": 1999}}],
                    },
                ],
            },
            {"id": ids(9)},
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
        (ids(1), 2, 7, 12),
        (ids(1), 3, 1, 12),
    ]
    assert [(one.medium, one.track, one.date) for one in hits.releases] == [(None, None, "1999")]
    assert single.releases[0].date == "2011-08"


def test_a_recording_without_metadata_keeps_its_id():
    named, merged = read_results(RESULTS).results[0].recordings
    assert (named.sources, named.seconds) == (31, 178.0)
    assert (merged.mbid, merged.title, merged.seconds, merged.sources) == (ids(9), None, None, None)


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
        [{"id": "t", "recordings": [{"id": ids(10), "releasegroups": [{"id": ids(11), "secondarytypes": "Live"}]}]}],
    ],
)
def test_what_is_in_no_documented_form_is_refused_and_no_match_is_not_concluded(broken):
    with pytest.raises(AcoustidAnswerError):
        read_results(broken)


def recording(number):
    return {"id": ids(number), "title": f"Title {number}"}


@pytest.mark.slow
def test_of_very_many_results_the_best_are_used_and_stored_as_they_are():
    many = [{"id": f"t{n}", "score": n / 22_500, "recordings": [recording(n)]} for n in range(22_500)]
    used = usable_results(many)
    assert used == many[: -MOST_RESULTS - 1 : -1]
    assert [result.score for result in read_results(used).results] == [one["score"] for one in used]


def test_of_very_many_recordings_the_first_are_used():
    many = [{"score": 1 / place, "recordings": [recording(n) for n in range(60)]} for place in (1, 2, 3)]
    assert [len(result["recordings"]) for result in usable_results(many)] == [60, MOST_RECORDINGS - 60, 0]


def test_the_results_of_an_ordinary_answer_are_used_in_their_order():
    assert usable_results(RESULTS) == RESULTS


def test_nesting_that_no_answer_has_is_refused():
    nested = [{"id": "t", "deep": []}]
    for _ in range(40):
        nested[0]["deep"] = [nested[0]["deep"]]
    with pytest.raises(AcoustidAnswerError, match="nested"):
        usable_results(nested)


@pytest.mark.parametrize(
    ("date", "read"),
    [
        ({"year": 2011, "month": 8, "day": 7}, "2011-08-07"),
        ({"year": 10_000}, None),
        ({"year": -1, "month": 8}, None),
        ({"year": 2011, "month": 13, "day": 7}, "2011"),
        ({"year": 2011, "month": 8, "day": 10**400}, "2011-08"),
    ],
)
def test_a_date_is_read_as_far_as_it_can_be(date, read):
    release = {"id": ids(1), "date": date}
    result = {"score": 1, "recordings": [{"id": ids(2), "releasegroups": [{"id": ids(3), "releases": [release]}]}]}
    ((found,),) = (group.releases for group in read_results([result]).results[0].recordings[0].groups)
    assert found.date == read


def test_a_very_long_text_is_cut():
    (result,) = usable_results([{"id": "x" * 2**20}])
    assert len(result["id"]) == 4_096


HIGHEST = {"score": 1.0, "duration": LONGEST_SECONDS, "sources": 2**31 - 1}


@given(st.sampled_from(sorted(HIGHEST)), st.floats() | st.integers(-(2**70), 2**70))
def test_every_number_is_possible_and_can_be_stored_or_the_answer_is_refused(name, number):
    known = {"score": 0.5, "duration": 200, "sources": 3, name: number}
    result = {"score": known["score"], "recordings": [{**recording(1), **known}]}
    # As a service writes it: an infinite number is a text of JSON with too large an exponent.
    answer = read_object(json.dumps({"results": [result]}).replace("Infinity", "1e999").encode())
    if answer is None:
        assert math.isnan(number)
        return
    possible = 0 <= number <= HIGHEST[name]
    try:
        used = usable_results(answer["results"])
        (found,) = read_results(used).results
    except AcoustidAnswerError:
        assert not possible
    else:
        assert possible or (name == "sources" and isinstance(number, float)), "a number of people that is no integer"
        assert read_json(write_json(used)) == used
        assert all(
            0 <= known <= 2**31
            for known in (found.score, found.recordings[0].seconds, found.recordings[0].sources or 0)
        )
