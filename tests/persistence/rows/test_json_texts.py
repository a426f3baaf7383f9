"""Columns with JSON: what is written, and what is read of older and newer texts."""

import json
from dataclasses import replace

from passagework.domain.analysis import ShiftedFingerprint
from passagework.domain.tags import ReplayGain, Tags
from passagework.domain.writer_statistics import WriterStatistics
from passagework.persistence.rows.json_texts import (
    composers_of_tags,
    decode_accounts,
    decode_shifted,
    decode_tags,
    encode_accounts,
    encode_fields,
    encode_raw,
    encode_shifted,
)
from tests.support.distinct import Distinct


def test_a_file_without_tags_names_no_composers():
    assert composers_of_tags(None) == ()
    assert composers_of_tags(encode_fields(Tags(title="composers"))) == ()
    assert composers_of_tags(encode_fields(Tags(composers=("Ada", "Bob")))) == ("Ada", "Bob")


def test_tags_come_back_with_every_value_and_without_what_is_not_set():
    tags = Distinct().of(Tags)
    assert decode_tags(encode_fields(tags), encode_raw(tags)) == tags
    assert encode_fields(Tags()) == "{}"
    some = Tags(title="Nord, Süd", replay_gain=ReplayGain(album_gain=-1.5))
    assert encode_fields(some) == '{"title":"Nord, Süd","replay_gain":{"album_gain":-1.5}}'
    assert encode_raw(replace(some, raw=(("A", ("b", "c")),))) == '[["A",["b","c"]]]'
    assert decode_tags(encode_fields(some), None) == some


def test_tags_of_a_newer_version_are_read_as_far_as_they_are_known():
    text = json.dumps({"title": "North", "mood": "calm", "replay_gain": {"track_gain": 1.0, "loudest": 2.0}})
    assert decode_tags(text, "[]") == Tags(title="North", replay_gain=ReplayGain(track_gain=1.0))
    assert decode_tags(None, None) == Tags()


def test_fingerprints_of_other_bounds_come_back_in_order():
    shifted = (ShiftedFingerprint(-8, 175, "early"), ShiftedFingerprint(8, 159, "late"))
    assert encode_shifted(shifted) == '[[-8,175,"early"],[8,159,"late"]]'
    assert decode_shifted(encode_shifted(shifted)) == shifted
    assert (encode_shifted(()), decode_shifted(None)) == (None, ())


def test_statistics_come_back_to_the_microsecond():
    statistics = Distinct().of(WriterStatistics)
    assert decode_accounts(encode_accounts(statistics)) == statistics
    precise = replace(statistics, oldest_wait=0.1234564)
    assert decode_accounts(encode_accounts(precise)) == replace(statistics, oldest_wait=0.123456)


def test_the_wal_is_stored_under_the_names_of_the_first_version():
    stored = json.loads(encode_accounts(replace(WriterStatistics(), wal_bytes=1, wal_bytes_largest=2, wal_held_by=3)))
    assert (stored["log_bytes"], stored["log_bytes_largest"], stored["log_held_by"]) == (1, 2, 3)
    assert not [name for name in stored if name.startswith("wal")]


def test_statistics_of_a_newer_version_are_read_and_those_of_another_form_are_not():
    stored = json.loads(encode_accounts(Distinct().of(WriterStatistics)))
    assert decode_accounts(json.dumps({**stored, "new": 1})) == Distinct().of(WriterStatistics)
    for text in (None, "{}", "[]", "no JSON", json.dumps({**stored, "waits": 1}), json.dumps({**stored, "retries": 1})):
        assert decode_accounts(text) is None
