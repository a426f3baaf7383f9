"""Plays are a host's: imports, undo and moved files keep them, and forgetting takes them with the passage."""

import pytest

from passagework.domain.edits import Edit
from passagework.domain.errors import NotFoundError
from passagework.domain.forgetting import Forget
from passagework.domain.plays import Play, PlayError, PlayReport
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from passagework.persistence.file.counts import counts_are_wrong, keep_counts
from passagework.persistence.file.transaction import transaction
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.forget import forget_files
from passagework.persistence.user.plays import report_plays
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import JoinMoved, MarkMissing

OLD, NEW = b"/music/old.flac", b"/music/new.flac"
SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND


def play(library, *plays):
    return report_plays(
        library.connection, PlayReport(tuple((guid, NOW + seconds * SECOND) for guid, seconds in plays))
    )


def take_back(library, *plays):
    report = PlayReport(tuple((guid, NOW + seconds * SECOND) for guid, seconds in plays), taken_back=True)
    return report_plays(library.connection, report)


def plays(library):
    return library.connection.execute(
        "SELECT p.guid, at_ns FROM play JOIN passage AS p ON p.id = passage_id ORDER BY at_ns, p.guid"
    ).fetchall()


def guids(library, path):
    return [passage.guid for passage in library.passages(path)]


def versions(library):
    return library.connection.execute("SELECT last_play, removed_plays, changes FROM library").fetchone()


def test_a_play_is_stored_once_and_counted_by_itself(library, make):
    library.write(make.store(library.run, spans=((0, 29), (31, 60))))
    with transaction(library.connection, counts_stay=True):
        keep_counts(library.connection)
    one, other = library.guids()
    changes = versions(library)[2]
    assert play(library, (one, 5), (other[:8], 7)) == (Play(one, NOW + 5 * SECOND), Play(other, NOW + 7 * SECOND))
    assert play(library, (one, 5)) == ()
    assert len(play(library, (one, 5), (one, 6))) == 1
    assert plays(library) == [(one, NOW + 5 * SECOND), (one, NOW + 6 * SECOND), (other, NOW + 7 * SECOND)]
    assert versions(library) == (3, 0, changes)
    assert library.rows()["play"] == 3
    assert not counts_are_wrong(library.connection)
    assert take_back(library, (one, 6), (one, 99)) == (Play(one, NOW + 6 * SECOND),)
    assert play(library, (other, 8))
    assert versions(library) == (4, 1, changes)
    assert not counts_are_wrong(library.connection)
    library.check()


def test_what_an_undone_run_found_and_a_host_has_played_stays_retired_and_returns_with_its_plays(library, make):
    library.write(make.store(library.run, spans=((0, 29), (31, 60))))
    played, _ = library.guids()
    play(library, (played, 1))
    library.close_run(RunState.COMPLETED)

    undone = undo_run(library.connection, library.run, 1)

    assert (undone.passages, undone.kept) == (1, 1)
    assert plays(library) == [(played, NOW + SECOND)]
    assert library.connection.execute("SELECT guid, retired_ns FROM passage").fetchall() == [(played, 1)]
    library.check()
    library.new_run()
    library.write(make.store(library.run, spans=((0, 29), (31, 60))))
    assert played in library.guids()


def move(library, make, now, *, also=()):
    """Import a file, and its audio elsewhere while that is missing; play the first passage of each; join them."""
    library.write(make.store(library.run, OLD, ((0, 29), (31, 60)), tags=Tags(title="Old")))
    library.close_run(RunState.COMPLETED)
    library.new_run((b"/music",), *also)
    library.write(make.store(library.run, NEW, now, tags=Tags(title="New")))
    old, new = guids(library, OLD)[0], guids(library, NEW)[0]
    play(library, (old, 1), (new, 1), (new, 2))
    library.write(MarkMissing(library.run, (OLD,)))
    library.write(JoinMoved(library.run))
    return old, new


def test_the_plays_of_a_file_that_was_moved_are_those_of_the_passage_that_stays(library, make):
    old, _ = move(library, make, ((0, 29), (31, 60)))

    assert guids(library, NEW)[0] == old
    assert plays(library) == [(old, NOW + SECOND), (old, NOW + 2 * SECOND)]
    library.check()


@pytest.mark.parametrize("now", [((0, 28), (31, 60)), ((0, 60),), ((29.5, 30.5),)])
def test_also_when_it_is_cut_otherwise_now(library, make, now):
    old, new = move(library, make, now, also=('{"other": 1}',))

    kept = {guid for guid, _ in plays(library)}
    assert kept <= {old, new}
    assert {at for _, at in plays(library)} == {NOW + SECOND, NOW + 2 * SECOND}
    library.check()


def test_forgetting_takes_the_plays_along(library, make):
    library.write(make.store(library.run, OLD), make.store(library.run, NEW, audio=b"n"))
    gone, stays = guids(library, OLD)[0], guids(library, NEW)[0]
    play(library, (gone, 1), (stays, 2))
    library.close_run(RunState.COMPLETED)
    forget_files(library.connection, Forget(paths=(OLD,)))
    assert plays(library) == [(stays, NOW + 2 * SECOND)]
    assert not counts_are_wrong(library.connection)
    library.check()


def test_versions_tell_what_has_changed(library, make):
    library.write(make.store(library.run))
    (guid,) = library.guids()
    before = versions(library)
    apply_edits(library.connection, [Edit(guid, "probability", 2.0)], 1)
    assert versions(library) == before
    library.write(make.store(library.run, NEW, audio=b"n"))
    assert versions(library) == (*before[:2], before[2] + 1)


@pytest.mark.parametrize(("name", "error"), [("0000000000", NotFoundError), ("ab", NotFoundError), ("", NotFoundError)])
def test_a_play_of_an_unknown_passage_leaves_all_as_it_was(library, make, name, error):
    library.write(make.store(library.run))
    (guid,) = library.guids()
    with pytest.raises(error):
        play(library, (guid, 1), (name, 2))
    assert plays(library) == []


def test_a_name_of_several_passages_is_refused_and_a_retired_one_is_known_by_its_guid(library, make):
    library.write(make.store(library.run, spans=((0, 29), (31, 60))))
    library.connection.execute("UPDATE passage SET guid = 'abcdef' || substr(guid, 7)")
    one, other = library.guids()
    with pytest.raises(PlayError, match="several"):
        play(library, ("abcdef", 1))
    library.connection.execute("UPDATE passage SET retired_ns = 1, retired_run = 1 WHERE guid = ?", (one,))
    assert play(library, ("abcdef", 1)) == (Play(other, NOW + SECOND),)
    assert play(library, (one, 1)) == (Play(one, NOW + SECOND),)
