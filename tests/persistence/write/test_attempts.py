"""Attempts are durable before work begins, so that a file which kills the process can be told from the others."""

from dataclasses import replace

from passagework.domain.views import FileState, RunState
from passagework.persistence.read.queries import KnownFiles

PATH = b"/music/a.flac"


def known(library):
    return library.ask(KnownFiles((b"/music",)))[0]


def test_a_file_in_work_has_begun(library, make):
    library.write(make.begin(library.run))
    assert (known(library).state, known(library).stamp) == (FileState.BEGUN, make.stamp)
    assert library.file().attempts == 1


def test_a_result_ends_the_attempt_and_clears_the_count(library, make):
    for result in (make.store(library.run), make.fail(library.run)):
        library.new_run()
        library.write(make.begin(library.run, alone=True))
        library.write(result)
        assert known(library).state is not FileState.BEGUN
        assert (library.file().attempts, known(library).attempts) == (0, 0)


def test_a_repeated_or_late_delivery_of_an_attempt_is_not_counted(library, make):
    library.write(make.begin(library.run, number=2))
    assert library.write(make.begin(library.run, number=2)).rows == 0
    assert library.write(make.begin(library.run, number=1)).rows == 0
    assert library.file().attempts == 1
    library.write(make.store(library.run))
    assert library.write(make.begin(library.run, number=2)).rows == 0
    assert library.file().state is FileState.ANALYSED


def test_beginning_and_storing_in_one_batch_ends_analysed(library, make):
    library.write(make.begin(library.run), make.store(library.run))
    assert library.file().state is FileState.ANALYSED


def test_only_attempts_made_alone_count_against_the_file(library, make):
    for alone, attempts, evidence in ((False, 1, 0), (True, 2, 1), (True, 3, 2)):
        library.write(make.begin(library.run, alone=alone))
        library.new_run()
        assert (library.file().attempts, known(library).attempts) == (attempts, evidence)
        assert known(library).state is FileState.BEGUN


def test_attempts_on_other_content_do_not_count(library, make):
    library.write(make.begin(library.run, alone=True))
    library.new_run()
    library.write(make.begin(library.run, alone=True, stamp=replace(make.stamp, size=7)))
    assert known(library).attempts == 1


def test_what_was_in_work_when_the_process_died_is_begun_to_the_next_run(library, make):
    library.write(make.begin(library.run), make.begin(library.run, b"/music/b.flac"))
    library.write(make.store(library.run, b"/music/b.flac"))
    library.new_run()
    states = {entry.path: entry.state for entry in library.ask(KnownFiles((b"/music",)))}
    assert states == {PATH: FileState.BEGUN, b"/music/b.flac": FileState.ANALYSED}


def test_a_run_that_ends_well_takes_back_what_it_had_in_work(library, make):
    library.write(make.store(library.run))
    before = library.file()
    changed = replace(make.stamp, size=7)
    library.write(make.begin(library.run, alone=True, stamp=changed), make.begin(library.run, b"/music/new.flac"))
    library.close_run(RunState.CANCELLED)
    assert library.file() == before
    assert library.file(b"/music/new.flac").state is FileState.PENDING
    library.new_run()
    assert known(library).attempts == 0
