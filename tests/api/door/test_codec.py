"""Messages come back as they were sent, byte for byte; what is no message is refused."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.api.door.codec import MessageError, read_message, write_message
from passagework.api.door.messages import (
    Advanced,
    Hello,
    ImportEnded,
    Refused,
    Reply,
    Request,
    SetValues,
    StartImport,
)
from passagework.domain.edits import Edit
from passagework.domain.progress import Progress
from tests.support.distinct import Distinct

MESSAGES = (*get_args(Request), *get_args(Reply))
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("absent", [True, False])
@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_each_message_comes_back_with_each_of_its_values_in_its_place(kind, turn, absent):
    message = Distinct(turn, absent=absent).of(kind)
    line = write_message(message)
    assert line.count(b"\n") == 1
    assert read_message(Request if kind in get_args(Request) else Reply, line.removesuffix(b"\n")) == message


@given(st.lists(st.binary(max_size=30)), st.booleans(), st.booleans(), st.booleans())
def test_paths_of_any_bytes_come_back(roots, retry_failed, reanalyze, subfolders):
    message = StartImport(tuple(roots), retry_failed=retry_failed, reanalyze=reanalyze, subfolders=subfolders)
    assert read_message(Request, write_message(message).removesuffix(b"\n")) == message


@given(
    st.lists(
        st.builds(Edit, TEXTS, TEXTS, st.none() | TEXTS | FINITE | st.integers(-(2**63), 2**63), st.none() | TEXTS)
    )
)
def test_values_come_back_with_their_types(edits):
    (read,) = [read_message(Request, write_message(SetValues(tuple(edits))).removesuffix(b"\n"))]
    assert read.edits == tuple(edits)
    assert [type(edit.value) for edit in read.edits] == [type(edit.value) for edit in edits]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_neither_sent_nor_received(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_message(SetValues((Edit("k", "probability", number),)))
    line = write_message(SetValues((Edit("k", "probability", 0.25),))).replace(b"0.25", str(number).encode())
    with pytest.raises(MessageError):
        read_message(Request, line)


@pytest.mark.parametrize("line", [b"", b"[]", b"null", b"\xff", b"{}", b'{"class":1}', b"[" * 100_000])
def test_what_is_no_message_is_refused(line):
    with pytest.raises(MessageError):
        read_message(Request, line)


@pytest.mark.parametrize(
    "change",
    [
        {"format": True},
        {"format": "1"},
        {"format": 2**64},
        {"format": 1.5},
        {"program": None},
        {"program": ["0.1"]},
        {"class": "Refused"},
        {"more": 1},
    ],
)
def test_a_value_of_another_type_and_an_unknown_name_are_refused(change):
    said = json.loads(write_message(Hello(1, "0.1")))
    assert read_message(Hello, json.dumps(said).encode()) == Hello(1, "0.1")
    with pytest.raises(MessageError):
        read_message(Hello, json.dumps({**said, **change}).encode())


PLAIN = st.none() | st.booleans() | st.integers() | FINITE | TEXTS


@given(st.recursive(PLAIN, lambda part: st.lists(part) | st.dictionaries(TEXTS, part), max_leaves=10))
def test_any_other_json_is_refused_and_never_more_than_that(value):
    for kind in (Request, Reply, Hello):
        with pytest.raises(MessageError):
            read_message(kind, json.dumps(value).encode())


def test_a_missing_name_is_refused():
    with pytest.raises(MessageError):
        read_message(Reply, b'{"class":"Refused","code":"x","exit_code":1,"message":"m"}')
    assert read_message(Reply, b'{"class":"Refused","code":"x","exit_code":1,"message":"m","kind":null}') == Refused(
        "x", 1, "m"
    )


def test_the_report_of_many_failures_is_one_line():
    ended = Distinct().of(ImportEnded)
    assert write_message(Advanced(Progress())).endswith(b"}\n")
    assert write_message(ended).count(b"\n") == 1
