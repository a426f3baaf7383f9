"""Answers of services: kept compressed under their keys, until they expire, whatever becomes of runs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.stored_answers import StoredAnswer
from passagework.domain.views import RunState
from passagework.persistence.read.queries import Answers
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import StoreAnswers
from tests.support.effort import examples

KEY = "release:00000004-0000-4000-8000-000000000001"
OLD, NEW = "00000001-0000-4000-8000-000000000001", "00000001-0000-4000-8000-000000000002"
RELEASE = StoredAnswer("musicbrainz", KEY, b"<metadata/>" * 1000, 1, 100, 200)


def store(library, *answers):
    return library.write(StoreAnswers(library.run, answers))


def ask(library, *keys, now=150):
    return library.ask(Answers(keys, now))


@pytest.mark.parametrize(
    "answer",
    [
        RELEASE,
        replace(RELEASE, found=False, body=b""),
        replace(RELEASE, merged_into=NEW),
        StoredAnswer("acoustid", "acoustid:AQAA/+:60:+0:near", bytes(range(256)), 7, 100, 200),
        replace(RELEASE, key='search-releases:3:A "B"\x1f\N{SNOWMAN}'),
    ],
)
def test_an_answer_comes_back_as_it_was(library, answer):
    store(library, answer)
    assert ask(library, answer.key) == (answer,)


def test_only_answers_under_the_keys_are_given(library):
    others = [replace(RELEASE, key=f"recording:{n}") for n in range(5)]
    store(library, RELEASE, *others)
    assert set(ask(library, others[1].key, "recording:9", others[3].key)) == {others[1], others[3]}
    assert ask(library) == ()


def test_an_answer_is_given_until_it_expires(library):
    store(library, RELEASE, replace(RELEASE, key="no match", found=False, expires_ns=120))
    assert {answer.key for answer in ask(library, KEY, "no match", now=119)} == {KEY, "no match"}
    assert {answer.key for answer in ask(library, KEY, "no match", now=120)} == {KEY}
    assert ask(library, KEY, now=200) == ()


def test_the_body_lies_compressed(library):
    store(library, RELEASE)
    assert library.connection.execute("SELECT length(body) FROM answer").fetchone()[0] < len(RELEASE.body) / 50


@pytest.mark.parametrize("damaged", ["x'00ff'", "x''", "substr(body, 1, length(body) - 1)"])
def test_an_answer_that_cannot_be_unpacked_counts_as_none_until_it_is_asked_for_again(library, damaged):
    other = replace(RELEASE, key="recording:1")
    store(library, RELEASE, other)
    library.connection.execute(f"UPDATE answer SET body = {damaged} WHERE key = ?", (KEY,))
    assert ask(library, KEY, other.key) == (other,)
    again = replace(RELEASE, fetched_ns=101)
    store(library, again)
    assert ask(library, KEY) == (again,)


def test_the_same_answer_again_changes_no_row(library):
    assert store(library, RELEASE).rows == 1
    assert store(library, RELEASE).rows == 0


@pytest.mark.slow
@examples(20)
@given(
    messages=st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9)), max_size=3), max_size=4),
    batches=st.booleans(),
)
def test_of_several_answers_under_one_key_the_latest_stays_in_whatever_order_they_come(
    copies, empty_library, messages, batches
):
    library = copies(empty_library)
    library.new_run()
    writes = [
        StoreAnswers(
            library.run, tuple(replace(RELEASE, key=key, body=b"%d" % at, fetched_ns=at) for key, at in answers)
        )
        for answers in messages
    ]
    for batch in [writes] if batches else [[write] for write in writes]:
        library.write(*batch)
    latest = {}
    for key, at in (answer for answers in messages for answer in answers):
        latest[key] = max(latest.get(key, 0), at)
    assert {answer.key: answer.body for answer in ask(library, "a", "b")} == {
        key: b"%d" % at for key, at in latest.items()
    }
    library.close()
    library.path.unlink()


def test_one_that_cannot_be_stored_is_rejected_with_its_message_alone(library):
    unstorable = StoreAnswers(library.run, (replace(RELEASE, key="\udc80"),))
    outcome = library.write(StoreAnswers(library.run, (RELEASE,)), unstorable)
    assert (outcome.committed, [index for index, _ in outcome.rejected]) == ((0,), [1])
    assert len(ask(library, KEY)) == 1


def test_undoing_the_run_that_asked_leaves_the_answers(library, make):
    library.write(make.store(library.run))
    store(library, RELEASE)
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, library.run, 1)
    assert ask(library, KEY) == (RELEASE,)
    library.new_run()
    store(library, replace(RELEASE, fetched_ns=101))
    assert library.connection.execute("SELECT count(*) FROM before_image").fetchone() == (0,)
