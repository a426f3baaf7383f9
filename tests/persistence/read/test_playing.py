"""What plays next: the arrays against the formulas written out one by one, and the choice."""

import datetime as dt
from dataclasses import replace
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.edits import Edit
from passagework.domain.errors import NotFoundError
from passagework.domain.forgetting import Forget
from passagework.domain.passage_filter import PassageFilter
from passagework.domain.playing import NextWanted, PlayRules, Rest
from passagework.domain.plays import PlayReport
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from passagework.persistence.read.playing.arrays import read_arrays
from passagework.persistence.read.playing.state import PlayingState, lasts_until
from passagework.persistence.read.playing.weights import chances, lasts_of, rested
from passagework.persistence.read.queries import NextPassage
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.forget import forget_files
from passagework.persistence.user.plays import report_plays
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import MarkMissing, MarkPresent
from tests.support.effort import examples
from tests.support.library import Maker, OpenedLibrary

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
RULES = PlayRules(song=Rest(100, 1000), artist=Rest(10, 500), work=Rest(50, 700))
PATHS = tuple(f"/music/{name}.flac".encode() for name in "abcde")


def fill(library):
    """Import five files: two songs share an artist, two a work, one passage has two songs, one has text only."""
    make = Maker
    songs = {
        PATHS[0]: [make.song(1, (1, 2), works=(1,))],
        PATHS[1]: [make.song(2, (1,), works=(1, 2))],
        PATHS[2]: [make.song(3, (3,)), make.song(1, (1, 2), works=(1,))],
        PATHS[3]: [make.song(4, (4,))],
    }
    for number, path in enumerate(PATHS):
        spans = ((0, 120),) if path == PATHS[2] else ((0, 29), (31, 60))
        more = {"duration": 120 * make.second, "samples": 44_100 * 120} if path == PATHS[2] else {}
        audio = b"%d" % number
        library.write(
            make.store(library.run, path, spans, tags=Tags(title="T", artist_credit="Nobody"), audio=audio, **more)
        )
        if path in songs:
            guid = library.passages(path)[0].guid
            library.write(make.store_links(library.run, path, make.links(guid, songs[path])))


@pytest.fixture
def filled(library):
    fill(library)
    return library


def play(library, guid, seconds, *, taken_back=False):
    report_plays(library.connection, PlayReport(((guid, NOW + seconds * SECOND),), taken_back=taken_back))


def ask(library, seconds=0, **wanted):
    return library.ask(NextPassage(NextWanted(NOW + seconds * SECOND, wanted.pop("rules", RULES), **wanted)))


def rest_of(library, kind, number, at, rule):
    """Say how far one has rested, by the rows of the library alone."""
    by = {
        "song": "passage_song WHERE song_id = ?",
        "artist": "passage_song JOIN song_artist USING (song_id) WHERE weight > 0 AND artist_id = ?",
        "work": "passage_song JOIN song_work USING (song_id) WHERE work_id = ?",
    }[kind]
    last = library.connection.execute(
        f"SELECT max(at_ns) FROM play WHERE at_ns <= {at} AND passage_id IN (SELECT passage_id FROM {by})", (number,)
    ).fetchone()[0]
    cooldown, ramp = library.connection.execute(
        f"SELECT coalesce(cooldown_seconds, ?), coalesce(ramp_seconds, ?) FROM {kind} WHERE id = ?",
        (rule.cooldown, rule.ramp, number),
    ).fetchone()
    return faded(last, cooldown, ramp, at)


def faded(last, cooldown, ramp, at):
    if last is None:
        return 1.0
    beyond = (at - last) / SECOND - cooldown
    if beyond < 0:
        return 0.0
    return 1.0 if beyond >= ramp else beyond / ramp


def expected(library, at, rules=RULES):
    """Return the weight of each passage in use by its row id: the formulas of docs/next.md, one by one."""
    query = library.connection.execute
    found = {}
    for passage, own, approval, gone in query(
        "SELECT p.id, coalesce(p.probability, 1.0), p.approval, coalesce(f.missing_run, f.excluded_run) "
        "FROM passage AS p JOIN file AS f ON f.id = p.file_id WHERE retired_ns IS NULL"
    ).fetchall():
        songs = query(
            "SELECT song_id, end_ticks - start_ticks FROM passage_song WHERE passage_id = ?", (passage,)
        ).fetchall()
        total, mean, rest = sum(length for _, length in songs), 0.0, []
        for song, length in songs:
            (likely,) = query("SELECT coalesce(probability, 1.0) FROM song WHERE id = ?", (song,)).fetchone()
            artists = query(
                "SELECT artist_id, weight, coalesce(probability, 1.0) FROM song_artist JOIN artist ON id = artist_id "
                "WHERE song_id = ?",
                (song,),
            ).fetchall()
            works = query(
                "SELECT work_id, coalesce(probability, 1.0) FROM song_work JOIN work ON id = work_id WHERE song_id = ?",
                (song,),
            ).fetchall()
            of_artists = sum(weight * each for _, weight, each in artists) if artists else 1.0
            mean += length / total * likely * of_artists * prod(each for _, each in works)
            resting = [rest_of(library, "artist", artist, at, rules.artist) * weight for artist, weight, _ in artists]
            rest.append(
                rest_of(library, "song", song, at, rules.song)
                * (sum(resting) if artists else 1.0)
                * min((rest_of(library, "work", work, at, rules.work) for work, _ in works), default=1.0)
            )
        if not songs:
            last = query("SELECT max(at_ns) FROM play WHERE passage_id = ? AND at_ns <= ?", (passage, at)).fetchone()[0]
            by_text = query(
                "SELECT max(at_ns) FROM play"
                " WHERE at_ns <= ? AND passage_id NOT IN (SELECT passage_id FROM passage_song)",
                (at,),
            ).fetchone()[0]
            mean = 1.0
            rest = [
                faded(last, rules.song.cooldown, rules.song.ramp, at)
                * faded(by_text, rules.artist.cooldown, rules.artist.ramp, at)
            ]
        found[passage] = 0.0 if gone is not None or approval == "rejected" else own * mean * min(rest)
    return found


def rests_of(arrays, lasts, at):
    """Give how far each passage has rested."""
    found = rested(arrays, lasts, RULES, at)
    return np.array([found.of(row) for row in range(len(arrays.passages))])


def weights(current, lasts, at):
    arrays = current.arrays
    values = np.where(current.playable, current.chances * rests_of(arrays, lasts, at), 0.0)
    return dict(zip(arrays.passages.tolist(), values.tolist(), strict=True))


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("play"), st.integers(0, 8), st.integers(0, 1200)),
        st.tuples(st.just("take back"), st.integers(0, 8), st.integers(0, 3)),
        st.tuples(st.just("probability"), st.sampled_from(["passage", "song", "artist", "work"]), st.integers(0, 3)),
        st.tuples(st.just("rest"), st.sampled_from(["song", "artist", "work"]), st.integers(1, 300)),
        st.tuples(st.just("weights"), st.just(0), st.integers(0, 4)),
        st.tuples(st.just("approval"), st.integers(0, 8), st.sampled_from(["rejected", "approved", None])),
        st.tuples(st.sampled_from(["missing", "present", "recut", "undo", "forget"]), st.integers(0, 4), st.just(0)),
    ),
    max_size=8,
)


def change(library, what, which, value):  # noqa: C901, PLR0912 - each kind of change is a case
    edit = lambda key, field, to, part=None: apply_edits(library.connection, [Edit(key, field, to, part)], 1)  # noqa: E731
    guids = [guid for (guid,) in library.connection.execute("SELECT guid FROM passage ORDER BY id")]
    match what:
        case "play" if guids:
            play(library, guids[which % len(guids)], value)
        case "take back" if guids:
            found = library.connection.execute(
                "SELECT guid, at_ns FROM play JOIN passage AS p ON p.id = passage_id ORDER BY at_ns"
            ).fetchall()
            for guid, at_ns in found[which : which + value]:
                report_plays(library.connection, PlayReport(((guid, at_ns),), taken_back=True))
        case "probability" | "rest":
            table = which
            column = "guid" if table == "passage" else "mbid"
            rows = library.connection.execute(f"SELECT {column} FROM {table} WHERE id % 2").fetchall()
            for (key,) in rows[:2]:
                if (
                    table == "passage"
                    and not library.connection.execute(
                        "SELECT retired_ns IS NULL FROM passage WHERE guid = ?", (key,)
                    ).fetchone()[0]
                ):
                    continue
                if what == "probability":
                    edit(key, "probability", value / 2)
                else:
                    edit(key, "cooldown_seconds", value)
                    edit(key, "ramp_seconds", 3 * value)
        case "weights":
            mbid = Maker.mbid(1, 1)
            if library.connection.execute("SELECT 1 FROM song WHERE mbid = ?", (mbid,)).fetchone():
                parts = {Maker.mbid(2, 1): value / 4, Maker.mbid(2, 2): 1 - value / 4}
                apply_edits(library.connection, [Edit(mbid, "weight", weight, key) for key, weight in parts.items()], 1)
        case "approval":
            living = [
                guid for (guid,) in library.connection.execute("SELECT guid FROM passage WHERE retired_ns IS NULL")
            ]
            if living:
                edit(living[which % len(living)], "approval", value)
        case "missing":
            library.write(MarkMissing(library.run, (PATHS[which],)))
        case "present":
            library.write(MarkPresent(library.run, (PATHS[which],)))
        case "recut":
            library.write(Maker.store(library.run, PATHS[which], ((0, 40), (41, 60)), audio=b"%d" % which))
        case "undo":
            library.close_run(RunState.COMPLETED)
            undo_run(library.connection, library.run, 1)
            library.new_run()
        case "forget":
            if library.file(PATHS[which]) is not None:
                library.close_run(RunState.COMPLETED)
                forget_files(library.connection, Forget(paths=(PATHS[which],)))
                library.new_run()


@pytest.mark.slow
@examples(8)
@given(changes=CHANGES, at=st.integers(0, 2500))
def test_the_weights_are_those_of_the_formulas_after_any_changes(tmp_path_factory, changes, at):
    library = OpenedLibrary(tmp_path_factory.mktemp("playing") / "music.passages", "normal")
    try:
        library.new_run()
        fill(library)
        library.close_run(RunState.COMPLETED)
        library.new_run()
        state, moment = PlayingState(), NOW + at * SECOND
        for one in (("none", 0, 0), *changes):
            change(library, *one)
            current, fresh = state.take(library.connection)
            assert fresh
            found = weights(current, lasts_until(library.connection, current, moment), moment)
            wanted = expected(library, moment)
            assert {number: found[number] for number in wanted} == pytest.approx(wanted, rel=1e-9, abs=1e-12)
            assert all(value == 0 for number, value in found.items() if number not in wanted)
            again = read_arrays(library.connection)
            assert chances(again).tolist() == [
                current.chances[current.arrays.row_of(number)] for number in again.passages.tolist()
            ]
            lasts = lasts_of(again, again.last)
            fresh_rests = rests_of(again, lasts, moment)
            kept_rests = rests_of(current.arrays, current.lasts, moment)
            assert fresh_rests.tolist() == [
                kept_rests[current.arrays.row_of(number)] for number in again.passages.tolist()
            ]
    finally:
        library.connection.close()


@pytest.mark.slow
def test_the_shares_of_what_is_drawn_follow_the_weights(filled):
    guids = dict(filled.connection.execute("SELECT guid, id FROM passage"))
    first = filled.passages(PATHS[0])[0].guid
    apply_edits(filled.connection, [Edit(first, "probability", 3.0)], 1)
    play(filled, filled.passages(PATHS[3])[0].guid, -700)
    wanted = expected(filled, NOW)
    drawn = dict.fromkeys(wanted, 0)
    for seed in range(600):
        drawn[guids[ask(filled, seed=seed).passage.guid]] += 1
    total = sum(wanted.values())
    difference = sum((drawn[n] - 600 * w / total) ** 2 / (600 * w / total) for n, w in wanted.items() if w > 0)
    assert difference < 27.9  # chi squared with 9 degrees of freedom: once in a thousand
    assert all(drawn[number] == 0 for number, weight in wanted.items() if weight == 0)


def test_the_same_seed_gives_the_same_passage_and_its_share_is_told(filled):
    one, other = (ask(filled, seed="morning", explain=True) for _ in range(2))
    assert one == other
    wanted = expected(filled, NOW)
    number = filled.connection.execute("SELECT id FROM passage WHERE guid = ?", (one.passage.guid,)).fetchone()[0]
    assert one.explanation.share == pytest.approx(wanted[number] / sum(wanted.values()))
    assert one.playable == len(wanted)
    assert len({ask(filled, seed=seed).passage.guid for seed in range(40)}) > 3


def test_if_all_rest_it_says_when_the_first_one_is_free_and_gives_it_where_it_is_wanted(filled):
    rules = replace(RULES, song=Rest(1000, 0), artist=Rest(0, 0), work=Rest(0, 0))
    for place, (guid,) in enumerate(filled.connection.execute("SELECT guid FROM passage ORDER BY id").fetchall()):
        play(filled, guid, place)
    found = ask(filled, 50, rules=rules)
    # The song of the first passage was played again later.
    second = filled.passages(PATHS[0])[1].guid
    assert (found.passage, found.playable, found.resting) == (None, 9, 9)
    assert found.free_ns == NOW + 1001 * SECOND
    assert found.free_at == dt.datetime.fromtimestamp(found.free_ns / SECOND, dt.UTC)
    even = ask(filled, 50, rules=rules, even_resting=True)
    assert (even.passage.guid, even.is_resting, even.free_ns) == (second, True, found.free_ns)
    assert ask(filled, 1000, rules=rules).passage is None
    assert ask(filled, 1001, rules=rules).passage.guid == second


def test_what_plays_before_is_not_played_again_and_says_when_to_begin(filled):
    before = filled.passages(PATHS[0])[0]
    with_its_song = {before.guid, filled.passages(PATHS[2])[0].guid}
    found = [ask(filled, after=before.guid[:8], seed=seed) for seed in range(60)]
    assert not {one.passage.guid for one in found} & with_its_song
    for one in found:
        overlap = min(before.lead_out, one.passage.lead_in)
        assert (one.crossfade.overlap, one.crossfade.begins_at) == (overlap, before.end - overlap)
        assert one.crossfade.after == before.end - before.start - overlap
        assert one.gain_db == pytest.approx(-4.0)
    with pytest.raises(NotFoundError):
        ask(filled, after="ffffffff")


def test_what_runs_on_is_not_overlapped_and_is_kept_together_where_that_is_wanted(filled):
    make, path = Maker, b"/music/live.flac"
    spans = tuple(make.passage(a, b, lead_in=0, lead_out=0) for a, b in ((0, 30), (30, 60)))
    stored = make.store(filled.run, path, passages=spans, audio=b"l")
    filled.write(replace(stored, analysis=replace(stored.analysis, cut_by="cue-sheet")))
    first, second = filled.passages(path)
    assert first.gapless_with_next
    kept = ask(filled, after=first.guid, keep_gapless=True)
    assert (kept.passage.guid, kept.crossfade.overlap, kept.crossfade.gapless) == (second.guid, 0, True)
    others = [ask(filled, after=first.guid, seed=seed) for seed in range(20)]
    assert {one.crossfade.gapless for one in others if one.passage.guid != second.guid} == {False}


def test_a_filter_and_a_wanted_flavor_are_followed(filled):
    found = {ask(filled, seed=seed, filter=PassageFilter(artist="Artist 4")).passage.guid for seed in range(10)}
    assert found == {filled.passages(PATHS[3])[0].guid}
    near = ask(filled, seed=1, near=(("heard", (("end", 0.75), ("start", 0.25))),))
    assert near.distance == pytest.approx(0.5)
    assert ask(filled, filter=PassageFilter(artist="Nobody at all")).playable == 0


def test_nothing_can_be_played_of_an_empty_library(library):
    found = ask(library)
    assert (found.passage, found.playable, found.free_ns) == (None, 0, None)
