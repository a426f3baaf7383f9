"""What waits for identification: whole groups, what a person decided about first; what is deferred, at its time."""

from dataclasses import replace

import pytest

from passagework.domain.analysis import Fingerprint
from passagework.domain.edits import Edit
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.links import NO_RECORDING, LinkState
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from passagework.persistence.read.queries import Summary, WaitingGroups
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import DeferIdentification

NOW = 1_000


@pytest.fixture
def store(library, make):
    """Give a function that stores files of one passage, or of these spans, with an album tag."""

    def write(*paths, album=None, disc=None, spans=((0, 60),)):
        tags = Tags(album=album, disc_number=disc)
        library.write(*(make.store(library.run, path, spans, tags=tags) for path in paths))

    return write


def groups(library, limit=100, now=NOW):
    """Give the groups as lists of paths."""
    return [[file.path for file in group] for group in library.ask(WaitingGroups(limit, now))]


def guid_of(library, path):
    return library.passages(path)[0].guid


def link(library, make, path, **more):
    links = [replace(make.links(passage.guid), **more) for passage in library.passages(path)]
    return library.write(make.store_links(library.run, path, *links))


def defer(library, path, until_ns, reason="no network", revision=None):
    guids = tuple(passage.guid for passage in library.passages(path))
    return library.write(DeferIdentification(library.run, path, guids, until_ns, reason, revision))


def say(library, path, recording=NO_RECORDING):
    """Have a person say what the passage of a file is."""
    apply_edits(library.connection, [Edit(guid_of(library, path), "recording", recording)], next(library.clock))


def test_files_of_one_folder_disc_and_album_make_a_group(library, store):
    store(b"/m/b.flac", b"/m/a.flac", album="One")
    store(b"/m/c.flac", album="Two")
    store(b"/m/d.flac", album="One", disc=2)
    store(b"/n/e.flac", b"/n/f.flac", album="One")
    store(b"/m/g.flac", album="ONE!")
    store(b"/m/h.flac", b"/m/i.flac")
    assert groups(library) == [
        [b"/m/a.flac", b"/m/b.flac", b"/m/g.flac"],
        [b"/m/c.flac"],
        [b"/m/d.flac"],
        [b"/n/e.flac", b"/n/f.flac"],
        [b"/m/h.flac", b"/m/i.flac"],
    ]


def test_a_group_carries_what_identification_needs(library, make):
    tags = Tags(title="T", album="One", raw=(("T", ("T",)),))
    passages = (make.passage(0, 20), make.passage(30, 60, fingerprint=None))
    library.write(make.store(library.run, passages=passages, tags=tags))
    ((file,),) = library.ask(WaitingGroups(5, NOW))
    first, second = file.passages
    assert (file.path, file.tags, file.passage_count, file.revision) == (b"/music/a.flac", tags, 2, 1)
    assert first.fingerprint == Fingerprint("AQAA020", 20 * make.second)
    assert (second.fingerprint, second.due) == (None, True)
    assert (second.start, second.end) == (30 * make.second, 60 * make.second)


def test_passages_that_do_not_wait_come_with_their_group(library, make, store):
    store(b"/m/a.flac", b"/m/b.flac", album="One")
    link(library, make, b"/m/a.flac")
    ((a, b),) = library.ask(WaitingGroups(5, NOW))
    assert [[passage.due for passage in file.passages] for file in (a, b)] == [[False], [True]]
    link(library, make, b"/m/b.flac")
    assert groups(library) == []


def test_what_comes_with_its_group_says_what_its_decision_rests_on(library, make, store):
    paths = [b"/m/%s.flac" % name for name in (b"heard", b"looked-up", b"named", b"new", b"postponed")]
    store(*paths, album="One")
    for path, source in zip(paths[:3], ("acoustid", "musicbrainz", "tag-mbid"), strict=True):
        link(library, make, path, evidence=(Statement(EvidenceSource(source), "recording", make.mbid(1, 1)),))
    defer(library, paths[4], NOW + 1)
    ((heard, looked_up, named, new, postponed),) = (
        [file.passages[0] for file in files] for files in library.ask(WaitingGroups(5, NOW))
    )
    assert [one.due for one in (heard, looked_up, named, new, postponed)] == [False, False, False, True, False]
    assert [(one.heard, one.looked_up) for one in (heard, looked_up, named)] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert [one.stands for one in (heard, looked_up, named, new, postponed)] == [False, False, False, False, True]
    (cut,) = library.ask(WaitingGroups(3, NOW))
    assert [(file.path, file.passages[0].stands) for file in cut] == [
        (paths[0], True),
        (paths[1], True),
        (paths[3], False),
    ]


def test_groups_are_whole_as_far_as_the_limit_allows(library, make, store):
    for number in range(3):
        store(*(b"/%d/%d.flac" % (number, n) for n in range(4)), album="One")
    assert [len(group) for group in groups(library, 12)] == [4, 4, 4]
    assert [len(group) for group in groups(library, 11)] == [4, 4]
    assert [len(group) for group in groups(library, 5)] == [4]
    assert [len(group) for group in groups(library, 4)] == [4]
    assert [len(group) for group in groups(library, 3)] == [3]
    # With some that do not wait, another group begins right at the limit.
    for number in range(2):
        link(library, make, b"/1/%d.flac" % number)
    assert [len(group) for group in groups(library, 8)] == [4, 4]


def test_a_group_beyond_the_limit_is_worked_off_in_parts(library, make, store):
    paths = [b"/m/%02d.flac" % n for n in range(10)]
    store(*paths)
    seen = []
    for _ in range(3):
        (files,) = library.ask(WaitingGroups(4, NOW))
        due = [file.path for file in files for passage in file.passages if passage.due]
        assert len(files) == 4
        seen += due
        for path in due:
            link(library, make, path)
    assert (seen, groups(library)) == (paths, [])


def test_the_oldest_comes_first_and_what_a_person_decided_about_before_it(library, make, store):
    for name in (b"c", b"a", b"b", b"d"):
        store(b"/%s/1.flac" % name, b"/%s/2.flac" % name, album="One")
    link(library, make, b"/d/2.flac")
    say(library, b"/d/2.flac")
    say(library, b"/b/2.flac")
    assert [group[0][1:2] for group in groups(library)] == [b"d", b"b", b"c", b"a"]
    assert groups(library, 3) == [[b"/d/1.flac", b"/d/2.flac"]]


def test_what_is_deferred_comes_back_at_its_time_and_not_before(library, store):
    store(b"/m/a.flac", album="One")
    defer(library, b"/m/a.flac", 2_000)
    passage = library.passages(b"/m/a.flac")[0]
    assert (passage.link_state, passage.reason, passage.retry_ns) == (LinkState.WAITING, "no network", 2_000)
    assert groups(library, now=1_999) == []
    assert groups(library, now=2_000) == [[b"/m/a.flac"]]


def test_what_is_deferred_again_counts_as_another_attempt_and_the_same_message_does_not(library, store):
    store(b"/m/a.flac")
    for until_ns in (10, 10, 20, 20):
        defer(library, b"/m/a.flac", until_ns)
    assert defer(library, b"/m/a.flac", 20).rows == 0
    assert library.connection.execute("SELECT link_attempts FROM passage").fetchall() == [(2,)]


def test_deferring_on_old_grounds_is_ignored(library, make, store):
    store(b"/m/a.flac")
    store(b"/m/a.flac", album="New")
    assert defer(library, b"/m/a.flac", 5_000, revision=1).rows == 0
    assert defer(library, b"/m/a.flac", 5_000, revision=2).rows == 1


def test_new_grounds_end_the_delay(library, make, store):
    store(b"/m/a.flac")
    defer(library, b"/m/a.flac", 5_000)
    store(b"/m/a.flac", album="New")
    assert groups(library) == [[b"/m/a.flac"]]


def test_a_provisional_decision_is_looked_at_again_at_its_time(library, make, store):
    store(b"/m/a.flac", b"/m/b.flac", b"/m/c.flac", album="One")
    link(library, make, b"/m/a.flac", state=LinkState.TEXT_ONLY, retry_ns=2_000)
    link(library, make, b"/m/b.flac")
    link(library, make, b"/m/c.flac", state=LinkState.TEXT_ONLY, retry_ns=3_000)
    assert library.waiting() == ()
    assert groups(library, now=1_999) == []
    (files,) = library.ask(WaitingGroups(5, 2_000))
    assert [file.passages[0].due for file in files] == [True, False, False]
    defer(library, b"/m/a.flac", 2_500)
    assert library.passages(b"/m/a.flac")[0].link_state is LinkState.TEXT_ONLY
    assert groups(library, now=2_000) == []
    link(library, make, b"/m/a.flac")
    assert groups(library, now=2_999) == []


def test_what_a_person_decided_about_waits_with_its_links_until_the_next_decision(library, make, store):
    store(b"/m/a.flac")
    links = make.links(guid_of(library, b"/m/a.flac"), [make.song(1)])
    library.write(make.store_links(library.run, b"/m/a.flac", replace(links, confidence=0.9)))
    say(library, b"/m/a.flac", make.mbid(1, 1))
    passage = library.passages(b"/m/a.flac")[0]
    assert (passage.link_state, passage.confidence, passage.title.name) == (LinkState.WAITING, None, "Song")
    late = make.store_links(library.run, b"/m/a.flac", links)
    assert library.write(replace(late, links=replace(late.links, revision=0))).rows == 0
    assert library.write(late).rows > 0
    assert groups(library) == []


def test_a_delay_that_cannot_be_stored_does_not_keep_the_passage_waiting_for_ever(library, store):
    store(b"/m/a.flac")
    outcome = defer(library, b"/m/a.flac", 2**70)
    assert len(outcome.rejected) == 1
    assert library.passages(b"/m/a.flac")[0].link_state is LinkState.FAILED
    assert groups(library, now=2**62) == []


def test_the_run_that_deferred_passages_reports_them_as_waiting(library, make, store):
    store(b"/m/a.flac")
    later = library.new_run()
    defer(library, b"/m/a.flac", 5_000)
    assert library.ask(Summary(later)).link_states == ((LinkState.WAITING, 1),)


def test_undoing_a_run_takes_its_delays_back(library, make, store):
    store(b"/m/a.flac", b"/m/b.flac")
    link(library, make, b"/m/b.flac")
    library.close_run(RunState.COMPLETED)
    before = library.passages(b"/m/a.flac") + library.passages(b"/m/b.flac")
    run = library.new_run()
    defer(library, b"/m/a.flac", 5_000)
    defer(library, b"/m/a.flac", 6_000)
    undo_run(library.connection, run, 1)
    assert library.passages(b"/m/a.flac") + library.passages(b"/m/b.flac") == before
