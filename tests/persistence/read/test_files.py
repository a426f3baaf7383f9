from dataclasses import astuple, replace

import pytest

from passagework.domain.analysis import ANALYSIS_VERSION, Damage
from passagework.domain.errors import LibraryError
from passagework.domain.failures import Failure, FailureCode, WarningCode
from passagework.domain.files import FileStamp
from passagework.domain.measured import Loudness
from passagework.domain.playable import NotPlayable
from passagework.domain.tags import ReplayGain, Tags
from passagework.domain.views import FileState, Settled
from passagework.persistence.read.queries import (
    Curves,
    KnownFiles,
    KnownFolders,
    PresentFiles,
    SeenFolders,
    SettledFiles,
    ShowFile,
)
from passagework.persistence.write.writes import MarkExcluded, MarkMissing, MarkPresent, SeeFolders, StoreAnalysis

PATH = b"/music/a.flac"

ALL_TAGS = Tags(
    family="id3",
    title="Größe",
    artist_credit="A feat. B",
    artists=("A", "B"),
    album="Album",
    album_artist_credit="A",
    album_artists=("A",),
    composers=("C",),
    genres=("Jazz", "Bop"),
    date="1959-08-17",
    original_date="1959",
    track_number=3,
    track_total=5,
    disc_number=1,
    disc_total=2,
    isrcs=("USSM15900113",),
    compilation=False,
    recording_ids=("r",),
    release_track_id="t",
    release_id="l",
    release_group_id="g",
    artist_ids=("x", "y"),
    album_artist_ids=("x",),
    work_ids=("w",),
    acoustid_id="q",
    replay_gain=ReplayGain(track_gain=-6.5, r128_album_gain=2.25),
    picture_count=1,
    raw=(("TIT2", ("Größe",)), ("COMM:eng", ("one", "two\nlines"))),
)


def test_an_analysis_comes_back_as_it_was_stored(library, make):
    stored = make.analysis(
        spans=((1, 20), (22, 59)), tags=ALL_TAGS, damage=Damage(2, 88), warnings=(WarningCode.TRUNCATED,)
    )
    library.write(StoreAnalysis(library.run, stored))
    file = library.file()
    assert file.state is FileState.ANALYSED
    assert not file.missing
    assert file.failure is None
    assert (file.path, file.stamp, file.format, file.samples, file.duration) == (
        stored.path,
        stored.stamp,
        stored.format,
        stored.samples,
        stored.duration,
    )
    assert (file.content_hash, file.audio_hash, file.loudness, file.damage, file.warnings, file.tags) == (
        stored.content_hash,
        stored.audio_hash,
        stored.loudness,
        stored.damage,
        stored.warnings,
        stored.tags,
    )
    for shown, passage in zip(file.passages, stored.passages, strict=True):
        assert (shown.start, shown.end, shown.lead_in, shown.lead_out, shown.fade_in, shown.fade_out) == (
            passage.start,
            passage.end,
            passage.lead_in,
            passage.lead_out,
            passage.fade_in,
            passage.fade_out,
        )
        assert (shown.loudness, shown.fingerprint) == (passage.loudness, passage.fingerprint.encoded)


def test_curves_come_back_byte_for_byte(library, make):
    stored = make.analysis()
    library.write(StoreAnalysis(library.run, stored))
    gaps = [(gap.start, gap.end) for gap in library.file(PATH).doubtful_gaps]
    assert gaps == list(stored.doubtful_gaps) != []
    curves = library.ask(Curves(PATH))
    assert (curves.envelope, curves.waveform, curves.samples) == (stored.envelope, stored.waveform, stored.samples)
    assert library.ask(Curves(b"/music/unknown")) is None


@pytest.mark.parametrize(
    "path", [b"/x.wav", b"/music/\xff\xfe\n.mp3", b"/music/" + b"n" * 255, "/music/ü.ogg".encode()]
)
def test_a_path_is_kept_byte_for_byte(library, make, path):
    library.write(make.store(library.run, path))
    assert library.file(path).path == path
    folder = path.rpartition(b"/")[0] or b"/"
    assert [known.path for known in library.ask(KnownFiles((folder,)))] == [path]
    assert library.ask(KnownFolders(folder)) == (folder,)


def test_unknown_values_stay_unknown(library, make):
    silent = Loudness(None, None, None, None)
    library.write(make.store(library.run, tags=Tags(), loudness=silent, passages=()))
    file = library.file()
    assert (file.tags, file.loudness, file.passages) == (Tags(), silent, ())


def test_device_and_inode_of_64_bits_are_kept(library, make):
    stamp = FileStamp(1, -5, 2**64 - 1, 2**63)
    library.write(make.store(library.run, stamp=stamp))
    assert library.file().stamp == stamp


def test_storing_the_same_analysis_again_changes_no_row(library, make):
    library.write(make.store(library.run, spans=((0, 20), (30, 60)), tags=ALL_TAGS))
    before = library.file()
    assert library.write(make.store(library.run, spans=((0, 20), (30, 60)), tags=ALL_TAGS)).rows == 0
    assert library.file() == before


def test_a_later_run_that_finds_the_same_content_only_notes_that_it_did(library, make):
    library.write(make.store(library.run))
    before = library.file()
    library.new_run()
    assert library.write(make.store(library.run)).rows == 1
    assert library.file() == before
    assert library.rows()["run_file"] == 2


def test_the_later_of_two_analyses_in_one_batch_wins(library, make):
    library.write(make.store(library.run, audio=b"1"), make.store(library.run, audio=b"2", spans=((5, 50),)))
    assert library.file().audio_hash[-1:] == b"2"
    assert [(p.start, p.end) for p in library.passages()] == [(5 * make.second, 50 * make.second)]


def test_a_failure_has_its_code_and_detail(library, make):
    library.write(make.fail(library.run, detail="bad \udc80 header"))
    file = library.file()
    assert file.state is FileState.FAILED
    assert file.failure == Failure(FailureCode.NOT_AUDIO, "bad \\udc80 header")
    assert file.format is None


def test_a_failure_leaves_what_an_earlier_analysis_found(library, make):
    library.write(make.store(library.run))
    before = library.file()
    newer = replace(make.stamp, size=5)
    library.write(make.fail(library.run, code=FailureCode.READ_ERROR, stamp=newer))
    assert library.file() == replace(
        before, state=FileState.FAILED, failure=Failure(FailureCode.READ_ERROR), stamp=newer
    )


def test_an_analysis_after_a_failure_clears_it(library, make):
    library.write(make.fail(library.run))
    library.write(make.store(library.run))
    assert (library.file().state, library.file().failure) == (FileState.ANALYSED, None)


def test_a_quarantined_file_says_so(library, make):
    library.write(make.fail(library.run, code=FailureCode.QUARANTINED))
    assert library.file().state is FileState.QUARANTINED


def test_a_true_peak_is_not_forgotten_when_it_was_not_measured_again(library, make):
    library.write(make.store(library.run))
    unmeasured = Loudness(-14.0, 5.5, None, -0.75)
    passage = make.passage(0, 60, loudness=unmeasured, fingerprint=None)
    outcome = library.write(make.store(library.run, loudness=unmeasured, passages=(passage,)))
    assert outcome.rows == 0
    assert library.file().loudness.true_peak == -0.5
    assert library.passages()[0].fingerprint is not None
    library.write(make.store(library.run, loudness=unmeasured, passages=(passage,), audio=b"other"))
    assert library.file().loudness.true_peak is None
    assert library.passages()[0].fingerprint is None


def test_a_missing_file_keeps_everything_and_comes_back(library, make):
    library.write(make.store(library.run), make.store(library.run, b"/music/b.flac"))
    before = library.file()
    library.write(MarkMissing(library.run, (PATH, b"/music/never-known.flac")))
    unplayable = tuple(replace(one, not_playable_because=(NotPlayable.MISSING,)) for one in before.passages)
    assert library.file() == replace(before, missing=True, passages=unplayable)
    assert library.ask(KnownFolders(b"/music")) == (b"/music",)
    assert library.write(MarkMissing(library.run, (PATH,))).rows == 0
    library.write(MarkPresent(library.run, (PATH,)))
    assert library.file() == before


def test_an_excluded_file_keeps_everything_is_not_missing_and_comes_back(library, make):
    library.write(make.store(library.run), make.store(library.run, b"/music/b.flac"))
    before = library.file()
    for mark, missing in ((MarkExcluded, False), (MarkMissing, True), (MarkExcluded, False)):
        library.write(mark(library.run, (PATH, b"/music/never-known.flac")))
        assert (library.file().missing, library.file().excluded) == (missing, not missing)
        assert library.write(mark(library.run, (PATH,))).rows == 0
    assert library.passages()[0].not_playable_because == (NotPlayable.EXCLUDED,)
    assert library.ask(SettledFiles((b"/music",), 0)).files.keys() == {b"/music/b.flac"}
    assert [known.excluded for known in library.ask(KnownFiles((b"/music",)))] == [True, False]
    assert library.ask(PresentFiles((b"/music",), excluded=False)) == (b"/music/b.flac",)
    assert library.ask(PresentFiles((b"/music",), excluded=True)) == (PATH, b"/music/b.flac")
    library.write(MarkPresent(library.run, (PATH,)))
    assert library.file() == before


@pytest.mark.parametrize("mark", [MarkMissing, MarkExcluded])
def test_a_result_takes_the_mark_of_a_file_away(library, make, mark):
    for result in (make.store(library.run), make.fail(library.run, code=FailureCode.DAMAGED)):
        library.write(make.store(library.run))
        library.write(mark(library.run, (PATH,)))
        library.write(result)
        assert not library.file().missing
        assert not library.file().excluded


def test_the_folders_that_a_scan_has_seen_are_those_of_the_last_one(library):
    one, other, below = (b"/music", 1, 2, False), (b"/music", 3, 4, True), (b"/music/a", 5, -6, False)
    library.write(SeeFolders(library.run, (one, below, (b"/music2", 7, 8, False))))
    assert library.write(SeeFolders(library.run, (one,))).rows == 0
    library.write(SeeFolders(library.run, (other,)))
    assert library.ask(SeenFolders(b"/music")) == {b"/music": other, b"/music/a": below}
    assert library.ask(SeenFolders(b"", (b"/music/a", b"/music/none"))) == {b"/music/a": below}
    assert library.ask(SeenFolders(b"", ())) == {}


def test_a_folder_whose_files_are_all_missing_is_known(library, make):
    library.write(make.store(library.run), MarkMissing(library.run, (PATH,)))
    assert library.ask(KnownFolders(b"/music")) == (b"/music",)
    assert [known.missing for known in library.ask(KnownFiles((b"/music",)))] == [True]


def test_the_analysis_of_a_missing_file_brings_it_back(library, make):
    library.write(make.store(library.run))
    library.write(MarkMissing(library.run, (PATH,)))
    library.write(make.store(library.run))
    assert not library.file().missing


def test_a_failure_brings_a_missing_file_back_unless_it_vanished(library, make):
    for code, missing in ((FailureCode.VANISHED, True), (FailureCode.DAMAGED, False)):
        library.write(make.store(library.run))
        library.write(MarkMissing(library.run, (PATH,)))
        library.write(make.fail(library.run, code=code))
        assert library.file().missing is missing


def test_a_failure_includes_an_excluded_file_again_unless_it_vanished(library, make):
    for code, excluded in ((FailureCode.VANISHED, True), (FailureCode.DAMAGED, False)):
        library.write(make.store(library.run))
        library.write(MarkExcluded(library.run, (PATH,)))
        library.write(make.fail(library.run, code=code))
        assert library.file().excluded is excluded


def test_known_folders_are_those_at_and_below_the_root(library, make):
    for folder in (b"/music", b"/music/a", b"/music/a b", b"/music2", b"/other"):
        library.write(make.store(library.run, folder + b"/x.flac"))
    assert library.ask(KnownFolders(b"/music")) == (b"/music", b"/music/a", b"/music/a b")
    assert library.ask(KnownFolders(b"/music/a/")) == (b"/music/a",)
    assert len(library.ask(KnownFolders(b"/"))) == 5
    library.write(make.store(library.run, b"/music/X/y.flac"))
    assert library.ask(KnownFolders(b"/music/X")) == (b"/music/X",)


def test_known_files_are_those_of_the_folder_and_not_below(library, make):
    library.write(
        make.store(library.run, b"/music/b.flac"),
        make.fail(library.run, b"/music/a.flac", FailureCode.READ_ERROR),
        make.store(library.run, b"/music/sub/c.flac"),
    )
    known = library.ask(KnownFiles((b"/music/",)))
    assert [(k.path, k.state, k.transient, k.analysis_version) for k in known] == [
        (b"/music/a.flac", FileState.FAILED, True, None),
        (b"/music/b.flac", FileState.ANALYSED, False, 1),
    ]


def test_settled_files_need_no_work_as_long_as_they_do_not_change(library, make):
    stamps = {
        b"/music/1/a.flac": FileStamp(11, 12, 13, 14, 15),
        b"/music/1/b.flac": FileStamp(21, 22, 23, 24, 25),
        b"/music/\xff/c.flac": FileStamp(31, -32, 33, 34, 35),
        b"/d.flac": FileStamp(41, 42, 43, 44),
    }
    library.write(*(make.store(library.run, path, stamp=stamp) for path, stamp in stamps.items()))
    library.write(make.store(library.run, b"/music/1/below/e.flac"))
    settled = library.ask(SettledFiles((b"/music/1/", b"/music/\xff", b"/", b"/unknown"), ANALYSIS_VERSION))
    assert settled == Settled({path: (path, *astuple(stamp), None) for path, stamp in stamps.items()}, frozenset())


def test_files_that_may_need_work_are_not_settled_and_their_folder_is_named(library, make):
    in_each = [b"/music/%d/settled.flac" % number for number in range(4)]
    library.write(*(make.store(library.run, path) for path in (*in_each, b"/music/2/x.flac", b"/music/3/x.flac")))
    library.write(make.fail(library.run, b"/music/0/x.flac"), make.begin(library.run, b"/music/1/x.flac"))
    library.write(make.begin(library.run, b"/music/2/x.flac", 2), MarkMissing(library.run, (b"/music/3/x.flac",)))
    folders = tuple(b"/music/%d" % number for number in range(4))
    settled = library.ask(SettledFiles(folders, ANALYSIS_VERSION))
    assert (sorted(settled.files), settled.others) == (in_each, frozenset(folders))
    newer = library.ask(SettledFiles(folders, ANALYSIS_VERSION + 1))
    assert (newer.files, newer.others) == ({}, frozenset(folders))


def test_any_number_of_folders_can_be_asked_for_at_once(library, make):
    paths = [b"/music/%03d/a.flac" % number for number in range(130)]
    library.write(*(make.store(library.run, path) for path in paths[::2]))
    library.write(*(make.fail(library.run, path) for path in paths[1::2]))
    folders = [path.rpartition(b"/")[0] for path in paths]
    settled = library.ask(SettledFiles(folders, ANALYSIS_VERSION))
    assert (sorted(settled.files), sorted(settled.others)) == (paths[::2], folders[1::2])
    assert sorted(known.path for known in library.ask(KnownFiles(folders))) == paths


def test_curves_that_cannot_be_read_are_an_error_that_says_what_makes_them_anew(library, make):
    library.write(make.store(library.run))
    whole = library.connection.execute("SELECT file_id, envelope FROM file_curves").fetchall()
    library.connection.execute("UPDATE file_curves SET envelope = x'00'")
    with pytest.raises(LibraryError, match="an import with --reanalyze makes them anew"):
        library.ask(Curves(PATH))
    library.connection.executemany("UPDATE file_curves SET envelope = ?2 WHERE file_id = ?1", whole)


def test_a_file_that_the_library_does_not_have_is_shown_as_none(library):
    assert library.ask(ShowFile(b"/music/unknown")) is None
