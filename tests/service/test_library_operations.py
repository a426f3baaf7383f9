"""What the library holds, asked over HTTP: the documents are those that the commands print."""

import json
import os
from urllib.parse import quote

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from passagework.service.openapi import openapi_document


@pytest.fixture(scope="module")
def conforms():
    """Give a function that says what of a document the OpenAPI document does not allow."""
    contents = json.loads(openapi_document())
    whole = Resource.from_contents(contents, default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:all", whole)

    def problems(schema, found):
        reference = {"$ref": f"urn:all#/components/schemas/{schema}"}
        validator = jsonschema.Draft202012Validator(reference, registry=registry)
        return [str(problem) for problem in validator.iter_errors(found)]

    return problems


@pytest.mark.parametrize(
    ("path", "schema", "number"),
    [
        ("/api/1/passages", "passage", 2),
        ("/api/1/runs", "run", 1),
        ("/api/1/runs/1/findings", "finding", 3),
        ("/api/1/failures", "failed-file", 1),
        ("/api/1/duplicates", "duplicates", 0),
        ("/api/1/review", "passage", 0),
        ("/api/1/cuts", "cuts-in-doubt", 0),
    ],
)
def test_each_item_of_a_list_is_a_document_of_its_schema(client, conforms, path, schema, number):
    answer = client.get(path)
    assert (answer.status, answer.json["next"], len(answer.json["items"])) == (200, None, number)
    assert [conforms(schema, item) for item in answer.json["items"]] == [[]] * number


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/health", "health"),
        ("/ready", "ready"),
        ("/api/1/library", "status"),
        ("/api/1/runs/1", "run"),
        ("/api/1/now", "now"),
        ("/api/1/passages/{guid}", "passage"),
        ("/api/1/next?explain=true&seed=x", "any"),
        ("/api/1/passages/{guid}/waveform", "waveform"),
    ],
)
def test_each_document_is_as_its_schema_says(client, guid, conforms, path, schema):
    answer = client.get(path.format(guid=guid))
    assert answer.status == 200
    assert conforms(schema, answer.json) == []


def test_a_list_is_read_page_by_page(client):
    first = client.get("/api/1/passages?limit=1").json
    second = client.get(f"/api/1/passages?limit=1&after={first['next']}").json
    names = [os.path.basename(page["items"][0]["path"]) for page in (first, second)]
    assert (names, second["next"]) == (["one.flac", "two \u00e4.wav"], None)


def test_words_find_a_passage(client):
    found = client.get("/api/1/passages?text=some%20fir").json["items"]
    assert [one["title"]["name"] for one in found] == ["First"]


def test_a_file_is_found_by_its_path_as_text_or_in_hexadecimal(client, served, conforms):
    path = os.fsencode(served.root / "two \u00e4.wav")
    by_hex = client.get(f"/api/1/file?path_hex={path.hex()}")
    by_text = client.get(f"/api/1/file?path={quote(path)}")
    assert (by_hex.status, by_hex.json) == (200, by_text.json)
    assert conforms("file", by_hex.json) == []


def test_what_the_library_does_not_know_is_not_found(client):
    for path in ("/api/1/passages/00000000", "/api/1/runs/99", "/api/1/file?path=/nowhere"):
        answer = client.get(path)
        assert (answer.status, answer.code) == (404, "not-found")


def test_the_waveform_is_the_same_in_both_forms(client, guid):
    points = client.get(f"/api/1/passages/{guid}/waveform").json
    raw = client.get(f"/api/1/passages/{guid}/waveform?form=binary").body
    signed = [each - 256 if each > 127 else each for each in raw]
    assert (points["lowest"], points["highest"]) == (signed[::2], signed[1::2])
    assert len(points["lowest"]) * points["point_seconds"] == pytest.approx(
        points["end_seconds"] - points["start_seconds"], abs=2 * points["point_seconds"]
    )


def test_a_passage_is_drawn_in_two_forms(client, guid):
    svg = client.get(f"/api/1/passages/{guid}/picture")
    png = client.get(f"/api/1/passages/{guid}/picture?form=png")
    assert (svg.headers["content-type"], svg.body[:5]) == ("image/svg+xml", b"<?xml")
    assert (png.headers["content-type"], png.body[:4]) == ("image/png", b"\x89PNG")
    assert "sandbox" in svg.headers["content-security-policy"]


def test_values_of_a_person_are_set_and_cleared(client, guid):
    done = client.ask("PATCH", f"/api/1/values/{guid}", {"title": "H\u00e4", "probability": 0.5})
    assert {(one["field"], one["after"]) for one in done.json["edited"]} == {("title", "H\u00e4"), ("probability", 0.5)}
    assert client.get(f"/api/1/passages/{guid}").json["title"]["name"] == "H\u00e4"
    back = client.ask("PATCH", f"/api/1/values/{guid}", {"title": None, "probability": None})
    assert {one["field"]: one["after"] for one in back.json["edited"]}["title"] == "First"


def test_what_cannot_be_set_says_what_would_be_right(client, guid):
    answer = client.ask("PATCH", f"/api/1/values/{guid}", {"name": "no passage has one"})
    assert (answer.status, answer.code) == (422, "edit-invalid")
    assert client.ask("PATCH", f"/api/1/values/{guid}", {}).code == "request-invalid"


def test_a_person_decides_what_a_passage_is(client, guid):
    rejected = client.post(f"/api/1/review/{guid}", {"reject": True})
    assert [one["after"] for one in rejected.json["edited"]] == ["none"]
    assert client.post(f"/api/1/review/{guid}", {"candidate": 7}).code == "edit-invalid"
    assert client.post(f"/api/1/review/{guid}", {"candidate": 1, "reject": True}).code == "request-invalid"
    client.ask("PATCH", f"/api/1/values/{guid}", {"recording": None})


def test_a_file_is_cut_and_the_cut_is_taken_back(client, served):
    path = str(served.root / "two \u00e4.wav")
    cut = client.post("/api/1/cuts", {"path": path, "at": [0.7]})
    assert (cut.status, cut.json["edited"][0]["field"]) == (200, "cuts")
    assert client.post("/api/1/cuts", {"path": path, "clear": True}).status == 200
    assert client.post("/api/1/cuts", {"path": path, "clear": True, "keep": True}).code == "edit-invalid"


def test_the_numbers_are_in_the_format_of_prometheus(client):
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    text = answer.body.decode()
    for name in (
        'passagework_http_requests_total{operation="health",status="200"}',
        "passagework_writer_rows",
        "passagework_writer_waits_seconds_largest",
        "passagework_wal_bytes",
        "passagework_watching 0.0",
        "passagework_run_active 0.0",
        "passagework_http_connections",
    ):
        assert f"\n{name}" in text


def test_what_was_played_is_reported_listed_and_taken_back(client, guid, conforms):
    one, other = 1_700_000_000_000_001_000, 1_700_000_100_000_002_000
    given = {"plays": [{"guid": guid, "at_ns": one}, {"guid": guid[:8], "at_ns": other}]}
    answer = client.post("/api/1/plays", given)
    assert conforms("plays", answer.json) == []
    assert sorted(play["at_ns"] for play in answer.json["plays"]) == [one, other]
    listed = client.get(f"/api/1/plays?guid={guid}").json["items"]
    assert [(play["guid"], play["at_ns"], conforms("play", play)) for play in listed] == [
        (guid, other, []),
        (guid, one, []),
    ]
    assert len(client.post("/api/1/plays", given | {"taken_back": True}).json["plays"]) == 2
    assert client.get("/api/1/plays").json["items"] == []


def test_a_play_that_cannot_have_been_is_refused(client, guid):
    far = client.post("/api/1/plays", {"plays": [{"guid": guid, "at_ns": 2**62}]})
    assert (far.status, far.code) == (422, "play-invalid")
    nobody = client.post("/api/1/plays", {"plays": [{"guid": "00000000"}]})
    assert (nobody.status, nobody.code) == (404, "not-found")
    assert client.post("/api/1/plays", {"plays": [{"guid": guid}], "taken_back": True}).code == "play-invalid"
