"""Everything comes out of the library as it went in, with all-distinct values: a swap or a lost value shows."""

from dataclasses import asdict, astuple, fields, replace
from itertools import pairwise

import pytest

from passagework.domain.analysis import FileAnalysis
from passagework.domain.edits import Edit, Subject, UserValue
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.given_cuts import read_cuts, write_cuts
from passagework.domain.links import CandidateRow, Doubt, LinkState, PassageLinks
from passagework.domain.measured import Loudness, PassageMeasures
from passagework.domain.user_fields import FIELDS
from passagework.domain.views import RunState
from passagework.domain.writer_statistics import WriterStatistics
from passagework.persistence.read.queries import Curves, KnownFiles, Runs, ValuesOf, WaitingFiles, WaitingGroups
from passagework.persistence.rows.analysis import PIECE
from passagework.persistence.rows.columns import named_rows
from passagework.persistence.rows.flavor import flavor_from
from passagework.persistence.rows.json_texts import decode_accounts, encode_accounts
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.runs import close_run
from passagework.persistence.write.writes import StoreAnalysis
from tests.support.distinct import Distinct, leaves, replaced

PATH = b"/music/distinct.flac"
MEASURES = [field.name for field in fields(PassageMeasures)]
OF_FILE = (
    "stamp",
    "format",
    "content_hash",
    "audio_hash",
    "samples",
    "duration",
    "tags",
    "loudness",
    "damage",
    "warnings",
)


def distinct(turn):
    # By what bounds a person cut it, or a list, depends on those that are stored: tests/persistence/user/test_cuts.py,
    # tests/persistence/write/test_track_lists.py.
    return replace(Distinct(turn).of(FileAnalysis), path=PATH, made_cuts=None, made_list=None)


def stored(library):
    """Give what the library says of the file, in the form of an analysis."""
    file, curves = library.file(PATH), library.ask(Curves(PATH))
    (known,) = library.ask(KnownFiles((b"/music",)))
    (waiting,), ((grouped,),) = library.ask(WaitingFiles(1)), library.ask(WaitingGroups(9, 1))
    return {
        **{name: getattr(file, name) for name in OF_FILE},
        "known": (known.stamp, known.analysis_version),
        "curves": (curves.format, curves.samples, curves.envelope, curves.waveform),
        "passages": [{name: getattr(passage, name) for name in MEASURES} for passage in file.passages],
        "given": library.connection.execute(
            "SELECT cut_by, given_cuts, list_score, begins_with, ends_with, sheet_hash, pieces_hash FROM file"
            " WHERE path = ?",
            (PATH,),
        ).fetchone(),
        "pieces": library.connection.execute(
            f"SELECT {', '.join(PIECE)}, loudness_distribution FROM passage"
            " WHERE retired_ns IS NULL ORDER BY start_ticks"
        ).fetchall(),
        "fingerprints": [passage.fingerprint for passage in file.passages],
        "waiting": [(one.start, one.end, one.piece) for one in waiting.passages],
        "grouped": [(one.start, one.end, one.piece) for one in grouped.passages],
        "said": (file.cut_by, waiting.given, grouped.given),
    }


def as_stored(analysis):
    """Give what the library is to say after an analysis."""
    return {
        **{name: getattr(analysis, name) for name in OF_FILE},
        "known": (analysis.stamp, analysis.analysis_version),
        "curves": (analysis.format, analysis.samples, analysis.envelope, analysis.waveform),
        "passages": [{name: getattr(passage, name) for name in MEASURES} for passage in analysis.passages],
        "given": (
            *(analysis.cut_by, write_cuts(analysis.given), analysis.list_score),
            *(analysis.begins_with, analysis.ends_with, analysis.sheet_hash, analysis.pieces_hash),
        ),
        "pieces": [(*astuple(of.piece), of.loudness_distribution) for of in analysis.passages],
        "fingerprints": [passage.fingerprint.encoded for passage in analysis.passages],
        **{key: [(one.start, one.end, one.piece) for one in analysis.passages] for key in ("waiting", "grouped")},
        "said": (analysis.cut_by, *[read_cuts(write_cuts(analysis.given))] * 2),
    }


@pytest.mark.parametrize("turn", [0, 1])
def test_an_analysis_comes_back_value_by_value(library, turn):
    library.write(StoreAnalysis(library.run, distinct(turn)))
    assert stored(library) == as_stored(distinct(turn))


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("again", [False, True], ids=["straight", "staged"])
def test_what_extensions_say_comes_back_by_both_ways_of_writing(library, turn, again):
    analysis = distinct(turn)
    if again:
        library.write(StoreAnalysis(library.run, replace(analysis, passages=distinct(0).passages[:1])))
    library.write(StoreAnalysis(library.run, analysis))
    guids = tuple(passage.guid for passage in library.file(PATH).passages)
    found = library.ask(ValuesOf(guids))
    assert [found[guid] for guid in guids] == [passage.values for passage in analysis.passages]


def test_flavor_and_fingerprints_for_other_bounds_come_back(library):
    analysis = distinct(0)
    library.write(StoreAnalysis(library.run, analysis))
    rows = named_rows(library.connection, "SELECT * FROM passage_flavor ORDER BY passage_id", ())
    assert [flavor_from(row) for row in rows] == [passage.flavor for passage in analysis.passages]
    found = library.connection.execute(
        "SELECT fingerprint_text(fingerprint, packed), fingerprint_ticks,"
        " json_extract(shifted, '$[0]'), json_extract(shifted, '$[1]')"
        " FROM passage_fingerprint ORDER BY passage_id"
    ).fetchall()
    assert found == [
        (
            fingerprint.encoded,
            fingerprint.duration,
            *(f'[{one.shift},{one.seconds},"{one.encoded}"]' for one in fingerprint.shifted),
        )
        for fingerprint in (passage.fingerprint for passage in analysis.passages)
    ]


def test_each_value_that_changes_alone_in_a_new_analysis_is_stored(library):
    """Whatever it is, the library sees the difference; sound and spans are the same, so the passages stay."""
    one, other = distinct(0), dict(leaves(distinct(1)))
    library.write(StoreAnalysis(library.run, one))
    guids = library.guids()
    for path, value in leaves(one):
        if path[0] in {"path", "audio_hash"} or path[-1] in {"start", "end"} or path not in other:
            continue
        if path[0] in {"tags", "made_cuts", "made_list"} or {"flavor", "shifted", "keeps", "values"} & set(path):
            continue
        changed = replaced(one, path, other[path])
        assert value != other[path], path
        assert library.write(StoreAnalysis(library.run, changed)).rows > 0, path
        assert stored(library) == as_stored(changed), path
        library.write(StoreAnalysis(library.run, one))
        assert stored(library) == as_stored(one), path
    assert library.guids() == guids


def test_what_was_not_measured_anew_stays_and_nothing_else(library):
    one = distinct(0)
    library.write(StoreAnalysis(library.run, one))
    switched_off = replace(Distinct(1).of(Loudness), integrated=None, range=None, true_peak=None)
    library.write(StoreAnalysis(library.run, with_loudness(one, switched_off)))
    file = library.file(PATH)
    for value, before in ((file, one), *zip(file.passages, one.passages, strict=True)):
        assert value.loudness == replace(switched_off, true_peak=before.loudness.true_peak)


def test_where_no_level_can_be_measured_any_more_none_stays(library):
    one, none = distinct(0), Loudness(None, None, None, None)
    library.write(StoreAnalysis(library.run, one))
    library.write(StoreAnalysis(library.run, with_loudness(one, none)))
    file = library.file(PATH)
    assert [value.loudness for value in (file, *file.passages)] == [none] * (1 + len(one.passages))


def with_loudness(analysis, loudness):
    passages = tuple(replace(passage, loudness=loudness) for passage in analysis.passages)
    return replace(analysis, loudness=loudness, passages=passages)


def test_undo_gives_back_each_value_of_the_analysis_before(library):
    library.write(StoreAnalysis(library.run, distinct(0)))
    before = stored(library)
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    library.write(StoreAnalysis(run, distinct(1)))
    assert stored(library) == as_stored(distinct(1))
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, run, 1)
    assert stored(library) == before


def test_a_file_that_undo_keeps_for_what_a_person_set_has_only_the_hash_of_its_audio_left(library, make):
    library.write(make.store(library.run))
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    library.write(StoreAnalysis(run, distinct(0)))
    apply_edits(library.connection, (Edit(library.passages(PATH)[0].guid, "title", "Mine"),), 1)
    library.close_run(RunState.COMPLETED)
    undo_run(library.connection, run, 1)
    columns = [row[1] for row in library.connection.execute("PRAGMA table_info(file)")]
    row = library.connection.execute("SELECT * FROM file WHERE path = ?", (PATH,)).fetchone()
    left = {column for column, value in zip(columns, row, strict=True) if value is not None}
    # By these it is known where it turns up.
    known_by = {"size", "mtime_ns", "device", "inode", "ctime_ns", "audio_hash"}
    assert left == {"id", "guid", "folder_id", "path", "path_text", "state", "link_revision", "first_run"} | known_by


def test_a_decision_comes_back_with_its_evidence_and_candidates(library, make):
    library.write(make.store(library.run, PATH))
    (guid,) = library.guids()
    candidates = tuple(Distinct(turn).of(CandidateRow) for turn in (0, 1))
    evidence = tuple(
        Statement(source, f"kind {place}", f"value {place}", place / 8) for place, source in enumerate(EvidenceSource)
    )
    links = PassageLinks(
        passage=guid,
        state=LinkState.PROPOSAL,
        songs=(),
        album=None,
        evidence=evidence,
        reason="a reason",
        candidates=candidates,
        confidence=0.625,
        weights="version 7",
        doubts=frozenset(Doubt),
        retry_ns=777,
    )
    library.write(make.store_links(library.run, PATH, links))
    (shown,) = library.passages(PATH)
    names = ("evidence", "reason", "candidates", "confidence", "weights", "doubts", "retry_ns")
    assert {name: getattr(shown, name) for name in names} == {name: getattr(links, name) for name in names}
    assert shown.link_state is LinkState.PROPOSAL
    assert library.write(make.store_links(library.run, PATH, links)).rows == 0
    for path, value in leaves(candidates[0]):
        other = dict(leaves(candidates[1]))[path]
        changed = replace(links, candidates=(replaced(candidates[0], path, other), candidates[1]))
        assert value != other
        library.write(make.store_links(library.run, PATH, changed))
        assert library.passages(PATH)[0].candidates == changed.candidates, path


def test_a_run_comes_back_with_what_its_writer_counted(library, make):
    library.write(make.fail(library.run))
    accounts = Distinct().of(WriterStatistics)
    values = {"files_seen": 31, "files_unchanged": 17, "now_ns": 99}
    close_run(library.connection, library.run, RunState.CANCELLED, **values, accounts=accounts)
    (run,) = library.ask(Runs(1))
    assert (run.files_seen, run.files_unchanged, run.ended_ns, run.state) == (31, 17, 99, RunState.CANCELLED)
    assert (run.roots, run.config_hash, run.undone_ns) == ((b"/music",), "hash", None)
    assert run.accounts == accounts


@pytest.mark.parametrize("turn", [0, 1])
def test_statistics_of_the_writer_come_back_from_their_text(turn):
    accounts = Distinct(turn).of(WriterStatistics)
    assert decode_accounts(encode_accounts(accounts)) == accounts
    assert len(set(map(str, asdict(accounts).values()))) == len(fields(WriterStatistics))


def test_what_a_person_sets_comes_back_field_by_field(library, make):
    library.write(make.store(library.run, PATH))
    (guid,) = library.guids()
    song, album = make.song(1, (2, 3), works=(4,)), make.album(5)
    library.write(make.store_links(library.run, PATH, make.links(guid, (song,), album)))
    subjects = {
        Subject.PASSAGE: guid,
        Subject.SONG: song.mbid,
        Subject.ARTIST: make.mbid(2, 2),
        Subject.WORK: make.mbid(3, 4),
        Subject.ALBUM: album.mbid,
    }
    # A file and its cuts: tests/persistence/user/test_cuts.py.
    assert subjects.keys() == FIELDS.keys() - {Subject.FILE}
    number, wanted = 0, []
    for subject, key in subjects.items():
        for field in sorted(FIELDS[subject]):
            number += 1
            value = {
                "title": f"Title {number}",
                "name": f"Name {number}",
                "date": f"{1900 + number}",
                "recording": song.mbid,
                "probability": number / 64,
                "approval": "approved",
                "cooldown_seconds": 1000 + number,
                "ramp_seconds": 2000 + number,
                "weight": None,
                "lead_in": number / 32,
                "lead_out": number / 16,
                "flavor": None,
            }[field]
            if field not in {"weight", "flavor"}:
                wanted.append(UserValue(subject, key, field, None, value))
    weights = {make.mbid(2, 2): 0.75, make.mbid(2, 3): 0.25}
    edits = [Edit(own.key, own.field, own.value) for own in wanted]
    edits += [Edit(song.mbid, "weight", weight, artist) for artist, weight in weights.items()]
    flavor = {"season": "winter:0.625,summer:0.375", "place": "hall:0.5,street:0.3125,field:0.1875"}
    edits += [Edit(guid, "flavor", shares, name) for name, shares in flavor.items()]
    wanted += [UserValue(Subject.PASSAGE, guid, "flavor", name, shares) for name, shares in flavor.items()]
    apply_edits(library.connection, edits, 1)
    wanted += [UserValue(Subject.SONG, song.mbid, "weight", artist, weight) for artist, weight in weights.items()]
    assert sorted(library.passages(PATH)[0].own, key=repr) == sorted(wanted, key=repr)


def test_an_attempt_that_ends_with_its_run_takes_back_only_what_it_counted(library, make):
    """Of two attempts alone and one among others, the last one is taken back: two stay."""
    for number in (1, 2):
        library.write(make.begin(library.run, PATH, number, alone=True))
        library.new_run()
    library.write(make.begin(library.run, PATH, 3, alone=False))
    library.close_run(RunState.CANCELLED)
    (known,) = library.ask(KnownFiles((b"/music",)))
    assert (known.attempts, library.file(PATH).attempts) == (2, 2)


def test_spans_that_change_places_are_told_apart(library):
    """The contract above would not see two passages swapped as wholes."""
    library.write(StoreAnalysis(library.run, distinct(0)))
    spans = [(passage.start, passage.end) for passage in library.passages(PATH)]
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
