from dataclasses import replace

import pytest

from passagework.actors.scanner.numbers import Numbers
from passagework.actors.scanner.plan import Extensions, Known, PlanRules, plan_files
from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.codes import UnknownCode
from passagework.domain.files import FileStamp, storable_time
from passagework.domain.views import FileState, KnownFile

EXTENSIONS = Extensions(audio=frozenset({b".mp3"}), never=frozenset({b".jpg"}))
STAMP = FileStamp(100, 5_000_000_001, 5, 6, 7_000_000_001)


def on_disk(name, stamp=STAMP):
    return (b"/music/" + name, *values_of(replace(stamp, ctime_ns=stamp.ctime_ns or STAMP.ctime_ns)), None)


def values_of(stamp):
    return stamp.size, stamp.mtime_ns, stamp.device, stamp.inode, stamp.ctime_ns


def known(
    name, state=FileState.ANALYSED, *, stamp=STAMP, attempts=0, transient=False, version=ANALYSIS_VERSION, missing=False
):
    return KnownFile(b"/music/" + name, stamp, state, attempts, transient, version, missing)


def is_settled(entry):
    return entry.state is FileState.ANALYSED and entry.analysis_version >= ANALYSIS_VERSION and not entry.missing


def plan(files, library=(), *, looked_into=None, numbers=Numbers.STABLE, **rules):
    """Plan as for a folder of which the library knows these; ``looked_into`` receives the paths of strangers."""
    return plan_files(
        [files],
        Known(
            {e.path: (e.path, *values_of(e.stamp), None) for e in library if is_settled(e)},
            {e.path: e for e in library if not is_settled(e)},
        ),
        PlanRules(
            run=7,
            extensions=EXTENSIONS,
            is_own=lambda file: file[0] == b"/music/own.mp3",
            is_audio=(lambda _path: False) if looked_into is None else looked_into.append,
            numbers_of=lambda _file: numbers,
            **rules,
        ),
    )


def analysed(result):
    return [planned.path.removeprefix(b"/music/") for planned in result.analyze]


def test_an_unknown_file_with_an_audio_name_is_analysed_and_a_picture_is_not_even_opened():
    result = plan([on_disk(b"a.MP3"), on_disk(b"cover.jpg"), on_disk(b"back.jpg")])
    (planned,) = result.analyze
    assert (planned.path, planned.stamp, planned.suspect, planned.earlier_attempts) == (
        b"/music/a.MP3",
        STAMP,
        False,
        0,
    )
    assert result.ignored == 2


def test_what_stands_behind_the_last_dot_of_a_name_says_what_it_is():
    looked_into = []
    result = plan([on_disk(b"01. the song.v2.mp3"), on_disk(b"no. 9")], looked_into=looked_into)
    assert analysed(result) == [b"01. the song.v2.mp3"]
    assert looked_into == [b"/music/no. 9"]


def test_a_file_whose_name_says_nothing_is_looked_into():
    looked_into = []
    result = plan([on_disk(b"track"), on_disk(b".mp3")], looked_into=looked_into)
    assert (looked_into, result.ignored) == ([b"/music/.mp3", b"/music/track"], 2)


def test_the_files_of_a_folder_are_analysed_in_order_of_name_however_it_lists_them():
    names = [b"3.mp3", b"1.mp3", b"4.mp3", b"2.mp3"]
    assert analysed(plan([on_disk(name) for name in names], [known(b"4.mp3")])) == [b"1.mp3", b"2.mp3", b"3.mp3"]


def test_an_incomplete_download_or_a_backup_is_not_even_opened():
    looked_into = []
    result = plan([on_disk(b"a.mp3.bak"), on_disk(b"a.filepart"), on_disk(b"._a.mp3")], looked_into=looked_into)
    assert (analysed(result), looked_into, result.ignored) == ([], [], 3)


def test_an_unchanged_file_needs_nothing():
    result = plan([on_disk(b"a.mp3")], [known(b"a.mp3")])
    assert (analysed(result), result.unchanged) == ([], 1)


def test_a_time_that_the_library_cannot_keep_is_compared_as_it_is_kept():
    late = 10_400_000_000_000_000_000
    kept = known(b"a.mp3", stamp=FileStamp(100, storable_time(late)))
    assert plan([on_disk(b"a.mp3", FileStamp(100, late))], [kept]).unchanged == 1
    assert analysed(plan([on_disk(b"a.mp3", FileStamp(100, late + 1))], [kept])) == [b"a.mp3"]
    assert analysed(plan([on_disk(b"a.mp3", FileStamp(100, late))], [kept], reanalyze=True)) == [b"a.mp3"]
    (found,) = plan([on_disk(b"a.mp3", FileStamp(100, late))]).analyze
    assert found.stamp == FileStamp(100, storable_time(late))


@pytest.mark.parametrize("stamp", [FileStamp(101, STAMP.mtime_ns), FileStamp(100, STAMP.mtime_ns + 1)])
def test_a_change_of_size_or_of_a_nanosecond_of_mtime_is_a_change(stamp):
    assert analysed(plan([on_disk(b"a.mp3", stamp)], [known(b"a.mp3")])) == [b"a.mp3"]


@pytest.mark.parametrize("change", [{"inode": 9}, {"ctime_ns": 9}])
def test_another_inode_or_ctime_is_looked_into_where_they_are_of_use(change):
    file, library = on_disk(b"a.mp3", replace(STAMP, **change)), [known(b"a.mp3")]
    assert analysed(plan([file], library)) == [b"a.mp3"]
    assert analysed(plan([file], [known(b"a.mp3", missing=True)])) == [b"a.mp3"]
    for numbers in (Numbers.RENUMBERED, Numbers.UNSTABLE):
        result = plan([file], library, numbers=numbers)
        assert (analysed(result), result.unchanged) == ([], 1)
        assert bool(result.restamped) is (numbers is Numbers.RENUMBERED)


def test_another_device_alone_is_no_change_and_is_stored_where_it_is_of_use():
    file = on_disk(b"a.mp3", now := replace(STAMP, device=9))
    result = plan([file], [known(b"a.mp3")])
    assert (analysed(result), result.unchanged, result.restamped) == ([], 1, [(b"/music/a.mp3", now)])
    assert plan([file], [known(b"a.mp3")], numbers=Numbers.UNSTABLE).restamped == []


def test_a_file_whose_ctime_the_library_does_not_know_is_unchanged_and_the_ctime_is_stored():
    result = plan([on_disk(b"a.mp3")], [known(b"a.mp3", stamp=replace(STAMP, ctime_ns=None))])
    assert (analysed(result), result.restamped) == ([], [(b"/music/a.mp3", STAMP)])


@pytest.mark.parametrize(
    ("entry", "retry_failed", "wanted"),
    [
        (known(b"a.mp3", FileState.FAILED), False, False),
        (known(b"a.mp3", FileState.FAILED), True, True),
        (known(b"a.mp3", FileState.FAILED, transient=True), False, True),
        (known(b"a.mp3", FileState.QUARANTINED), False, False),
        (known(b"a.mp3", FileState.QUARANTINED), True, True),
        (known(b"a.mp3", FileState.PENDING), False, True),
        (known(b"a.mp3", UnknownCode("newer")), False, False),
        (known(b"a.mp3", UnknownCode("newer")), True, True),
        (known(b"a.mp3", version=ANALYSIS_VERSION - 1), False, True),
    ],
)
def test_what_is_known_decides_about_another_try(entry, retry_failed, wanted):
    assert bool(analysed(plan([on_disk(b"a.mp3")], [entry], retry_failed=retry_failed))) is wanted


def test_a_file_that_was_in_work_when_a_process_died_is_a_suspect_with_its_attempts():
    (planned,) = plan([on_disk(b"a.mp3")], [known(b"a.mp3", FileState.BEGUN, attempts=2)]).analyze
    assert (planned.suspect, planned.earlier_attempts) == (True, 2)


def test_a_suspect_that_changed_on_disk_starts_afresh():
    changed = FileStamp(1, 1)
    (planned,) = plan([on_disk(b"a.mp3", changed)], [known(b"a.mp3", FileState.BEGUN, attempts=2)]).analyze
    assert (planned.suspect, planned.earlier_attempts) == (False, 0)


def test_known_files_that_are_not_listed_are_gone_once():
    result = plan([], [known(b"a.mp3"), known(b"b.mp3", missing=True)])
    assert result.gone == (b"/music/a.mp3",)


def test_a_missing_file_that_is_there_again_unchanged_comes_back_without_analysis():
    result = plan([on_disk(b"a.mp3")], [known(b"a.mp3", missing=True)])
    assert (analysed(result), result.back) == ([], [b"/music/a.mp3"])


def test_unchanged_files_that_failed_earlier_are_counted_apart():
    library = [known(b"a.mp3", FileState.FAILED), known(b"b.mp3", FileState.QUARANTINED), known(b"c.mp3")]
    result = plan([on_disk(b"a.mp3"), on_disk(b"b.mp3"), on_disk(b"c.mp3")], library)
    assert (result.unchanged, result.failed_before) == (3, 2)


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (FileState.ANALYSED, True),
        (FileState.FAILED, True),
        (FileState.QUARANTINED, False),
    ],
)
def test_asked_to_begin_anew_it_takes_unchanged_files_too_but_none_that_kills_the_process(state, wanted):
    result = plan([on_disk(b"a.mp3")], [known(b"a.mp3", state)], reanalyze=True)
    assert bool(analysed(result)) is wanted
