import json

import pytest

from passagework.domain.flavor.acousticbrainz import FlavorDocumentError, read_document
from passagework.domain.flavor.distance import flavor_distance
from tests.support.acousticbrainz_documents import RECORDING, document

OTHER = "0f00f00d-0000-4000-8000-000000000002"


def read(found, name=""):
    return read_document(json.dumps(found).encode(), name)


def test_a_document_says_of_a_recording_how_long_it_is_and_its_shares():
    found = read(document(287.125))

    assert (found.recording, found.seconds) == (RECORDING, 287.125)
    assert found.groups == (
        ("danceability", (("danceable", 0.17), ("not_danceable", 0.83))),
        ("genre_electronic", (("ambient", 0.5), ("house", 0.25), ("techno", 0.25))),
    )
    assert flavor_distance(found.groups, found.groups).distance == 0


def test_the_name_of_a_file_of_the_dumps_is_its_recording_whatever_its_tags_say():
    assert read(document(), f"{OTHER}-12.json").recording == OTHER
    assert read(document(), f"{OTHER.upper()}.json").recording == OTHER
    assert read(document(), f"{OTHER}-x.json").recording == RECORDING
    assert read(document(), "00000000-0000-0000-0000-000000000000-0.json").recording == RECORDING


def test_equal_content_has_one_key_and_other_content_another():
    assert read(document()).key == read(document(), f"{OTHER}-1.json").key != read(document(1.5)).key


def without(path):
    found = document()
    *places, last = path.split(".")
    inner = found
    for place in places:
        inner = inner[place]
    del inner[last]
    return found


def of(shares):
    found = document()
    found["highlevel"]["danceability"]["all"] = shares
    return found


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "the document is no object"),
        (without("metadata"), "metadata is no object"),
        (without("highlevel"), "highlevel is no object"),
        ({**document(), "highlevel": {}}, "highlevel has 0 characteristics"),
        ({**document(), "highlevel": {str(number): {} for number in range(101)}}, "highlevel has 101 characteristics"),
        (without("highlevel.danceability.all"), "highlevel.danceability.all is no object"),
        (without("metadata.audio_properties"), "metadata.audio_properties is no object"),
        (without("metadata.audio_properties.length"), "metadata.audio_properties.length is no length"),
        (document(0), "metadata.audio_properties.length is no length"),
        (document(-1), "metadata.audio_properties.length is no length"),
        (document(1e7), "metadata.audio_properties.length is no length"),
        (document("287"), "metadata.audio_properties.length is no length"),
        (document(seconds=True), "metadata.audio_properties.length is no length"),
        (without("metadata.tags"), "neither its name nor metadata.tags"),
        (of({"danceable": 1.0}), "highlevel.danceability.all has no shares"),
        (of({"danceable": 0.5, "not": "0.5"}), "highlevel.danceability.all has no shares"),
        (of({"danceable": 1.5, "not": 0}), "highlevel.danceability.all has no shares"),
        (of({"danceable": -0.5, "not": 1}), "highlevel.danceability.all has no shares"),
        (of({"danceable": 0.5, "not": 0.4}), "the shares of highlevel.danceability.all do not sum to 1"),
        (of({"dance\x1b[2J": 0.5, "not": 0.5}), "a name has more than"),
        (of({"d" * 101: 0.5, "not": 0.5}), "a name has more than"),
        (of({str(number): 0.01 for number in range(101)}), "highlevel.danceability.all has no shares"),
    ],
)
def test_what_is_no_document_is_refused_with_what_is_wrong(found, said):
    with pytest.raises(FlavorDocumentError, match=said) as refused:
        read(found)
    assert refused.value.code == "flavor-document-invalid"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"nonsense",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        json.dumps(document(float("nan"))).encode(),
        json.dumps(document()).encode().replace(b"0.17", b"1e999"),
        json.dumps(document()).encode().replace(b"0.17", b"9" * 5000),
    ],
    ids=["empty", "no UTF-8", "no JSON", "deep lists", "deep objects", "NaN", "infinite", "thousands of digits"],
)
def test_what_is_no_json_is_refused(content):
    with pytest.raises(FlavorDocumentError, match="it is no JSON in UTF-8"):
        read_document(content)


def test_a_document_that_is_too_large_is_not_even_looked_at():
    with pytest.raises(FlavorDocumentError, match="more than 1,000,000 bytes"):
        read_document(b" " * 1_000_001)
