"""However messages are cut into batches, and however often they arrive, the library ends up the same."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.failures import FailureCode
from passagework.domain.links import CandidateRow, LinkState
from passagework.domain.stored_answers import StoredAnswer
from passagework.domain.tags import Tags
from passagework.persistence.write.writes import DeferIdentification, MarkMissing, MarkPresent, StoreAnswers
from tests.support.effort import examples

PATHS = (b"/music/a.flac", b"/music/b.flac", b"/music/sub/c.flac")
SPANS = (((0, 60),), ((0, 29), (30, 60)), ((2, 58),), ((0, 60), (60, 70)), ())

CANDIDATES = tuple(CandidateRow(f"0000000{n}-0000-4000-8000-000000000001", f"{n}", (), 0.5, 0.0, ()) for n in range(3))


@pytest.fixture(scope="module")
def base(open_at, make, tmp_path_factory):
    """A closed library in which two of the paths are known, and the guids of their passages."""
    opened = open_at(tmp_path_factory.mktemp("base") / "base.passages", "normal")
    for _ in range(2):
        opened.new_run()
    opened.write(*(make.store(1, path, SPANS[1]) for path in PATHS[:2]))
    guids = {path: [passage.guid for passage in opened.passages(path)] for path in PATHS[:2]}
    opened.close()
    return opened.path, guids


@pytest.fixture(scope="module")
def messages(base, make):
    """A strategy for messages about a few files: results, links, attempts, presence, and now and then poison."""
    _, guids = base
    path = st.sampled_from(PATHS)
    run = st.sampled_from((1, 2))
    stamp = st.sampled_from((make.stamp, replace(make.stamp, size=7)))
    tags = st.sampled_from((Tags(title="One"), Tags(title="Two", artist_credit="B")))
    audio = st.sampled_from((b"x", b"y"))
    song = st.builds(
        make.song,
        st.integers(1, 3),
        st.lists(st.integers(1, 3), max_size=3, unique=True).map(tuple),
        title=st.sampled_from((None, "A", "B")),
        works=st.lists(st.integers(1, 2), max_size=2, unique=True).map(tuple),
    )
    # What MusicBrainz says at one time of one recording is always the same.
    stated = st.builds(
        lambda number, at: replace(make.song(number, (1 + at % 3, 4), title=f"{at}"), stated_ns=at),
        st.integers(1, 3),
        st.integers(1, 3),
    )
    album = st.none() | st.builds(
        make.album,
        st.integers(1, 2),
        title=st.sampled_from((None, "A", "B")),
        artists=st.lists(st.integers(1, 3), max_size=2, unique=True).map(tuple),
        date=st.sampled_from((None, "1999", "2001")),
    )

    def links_of(known):
        passage = st.builds(
            make.links,
            st.sampled_from([*guids[known], "00000000-unknown"]),
            st.lists(song | stated, max_size=2),
            album,
            state=st.sampled_from((LinkState.LINKED, LinkState.PROPOSAL)),
        )
        candidates = st.lists(st.sampled_from(CANDIDATES), max_size=3).map(tuple)
        passage = st.builds(
            lambda links, candidates, at: replace(links, candidates=candidates, retry_ns=at),
            passage,
            candidates,
            st.sampled_from((None, 7)),
        )
        return st.builds(lambda r, passages: make.store_links(r, known, *passages), run, st.lists(passage, max_size=3))

    return st.one_of(
        st.builds(
            lambda r, p, n, alone, s: make.begin(r, p, n, alone=alone, stamp=s),
            run,
            path,
            st.integers(1, 2),
            st.booleans(),
            stamp,
        ),
        st.builds(
            lambda r, p, spans, t, a, s: make.store(r, p, spans, tags=t, audio=a, stamp=s),
            run,
            path,
            st.sampled_from(SPANS),
            tags,
            audio,
            stamp,
        ),
        st.builds(
            make.fail, run, path, st.sampled_from((FailureCode.DAMAGED, FailureCode.VANISHED, FailureCode.QUARANTINED))
        ),
        st.sampled_from(PATHS[:2]).flatmap(links_of),
        st.sampled_from(PATHS[:2]).flatmap(
            lambda known: st.builds(
                lambda r, at: DeferIdentification(r, known, (*guids[known], "00000000-unknown"), at, "away"),
                run,
                st.integers(1, 2),
            )
        ),
        st.builds(
            lambda r, key, at: StoreAnswers(r, (StoredAnswer("s", key, b"%d" % at, 1, at, 9),)),
            run,
            st.sampled_from(("a", "b", "\udc80")),
            st.integers(1, 3),
        ),
        st.builds(MarkMissing, run, st.lists(path, max_size=3).map(tuple)),
        st.builds(MarkPresent, run, st.lists(path, max_size=3).map(tuple)),
        st.builds(lambda r, p: make.store(r, p, tags=Tags(title="\udc80")), run, path),
        st.builds(lambda r, p: make.store(r, p, ((5, 9), (5, 9))), run, path),
        st.just(make.store(99, PATHS[0])),
        st.just(make.store_links(1, PATHS[0], make.links(guids[PATHS[0]][0], [replace(make.song(1), mbid="bad")]))),
    )


def content_after(copies, base, batches):
    library = copies(base[0])
    for batch in batches:
        library.write(*batch)
    library.check()
    content = library.content()
    library.close()
    library.path.unlink()
    return content


@examples(8)
@given(data=st.data())
def test_a_batch_has_the_effect_of_its_messages_one_by_one_and_of_any_split(copies, base, messages, data):
    writes = data.draw(st.lists(messages, max_size=12))
    cut = data.draw(st.integers(0, len(writes)))
    one_by_one = content_after(copies, base, [[write] for write in writes])
    assert content_after(copies, base, [writes]) == one_by_one
    assert content_after(copies, base, [writes[:cut], writes[cut:]]) == one_by_one


@pytest.mark.slow
@examples(8)
@given(data=st.data())
def test_the_replay_of_a_batch_has_the_effect_of_the_batch(copies, base, messages, data):
    writes = data.draw(st.lists(messages, max_size=10))
    library = copies(base[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("passagework.persistence.write.batch._write_at_once", lambda *_: None)
        assert library.write(*writes).replayed
    replayed = library.content()
    library.close()
    assert content_after(copies, base, [writes]) == replayed


@pytest.mark.slow
@examples(8)
@given(data=st.data())
def test_what_is_delivered_twice_changes_nothing(copies, base, messages, data):
    writes = data.draw(st.lists(messages, min_size=1, max_size=8))
    twice = [[write for write in writes for _ in range(2)]]
    assert content_after(copies, base, twice) == content_after(copies, base, [writes])


@pytest.mark.slow
@examples(8)
@given(data=st.data())
def test_a_repeated_message_changes_no_row_and_no_guid(copies, base, messages, data):
    writes = data.draw(st.lists(messages, min_size=1, max_size=8))
    library = copies(base[0])
    library.write(*writes)
    before = library.content(), library.guids()
    assert library.write(writes[-1], writes[-1]).rows == 0
    assert (library.content(), library.guids()) == before
    library.close()
