"""Files that hold releases go through the analyzer once more, and the run does not end before that."""

from dataclasses import replace

import pytest

from passagework.actors.messages.library import CloseRun
from passagework.actors.messages.linker import Link
from passagework.actors.messages.scanner import EmitAgain, Scan
from passagework.actors.messages.session import AnalysingStopped, Cancel, CutAgain, LinkerIdle, NotThere, Pause, Resume
from passagework.actors.messages.session import ScanFinished as EndOfScan
from passagework.actors.pipeline import FileInHand
from passagework.actors.runtime.messages import ActorRestarted
from passagework.actors.runtime.names import ActorName
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import CutSource, Given, GivenCuts
from passagework.domain.progress import Phase

RUN, REQUEST = 7, 1
LIST = Given(track_list="list", list_of=b"audio")
FOUND = FileInHand(run=RUN, path=b"/music/a", stamp=FileStamp(1000, 1), given=LIST, cut_again=True, earlier_attempts=1)
SHEET = GivenCuts(source=CutSource.CUE_SHEET, pieces=())


@pytest.fixture
def linking(session_world):
    """Give a session that links, after a run with one file."""
    session_world.start()
    session_world.find("a")
    (file,) = session_world.begin_all()
    session_world.tell(EndOfScan(RUN))
    session_world.store(file)
    assert session_world.linker.take()[-1] == Link(RUN, final=True)
    session_world.scanner.take()
    return session_world


def closed(world):
    return [message for message in world.library.messages if isinstance(message, CloseRun)]


def test_it_is_sent_by_way_of_the_scanner_to_the_analyzer_and_linked_afterwards(linking):
    linking.tell(CutAgain(RUN, (FOUND,)))
    assert linking.scanner.of(EmitAgain) == [EmitAgain(FOUND)]
    assert linking.progress.phase is Phase.IMPORTING
    linking.tell(LinkerIdle(RUN))
    assert closed(linking) == []
    linking.tell(replace(FOUND, given=replace(LIST, sheet=SHEET)))
    (file,) = linking.begin_all()
    assert file.given == Given(track_list="list", list_of=b"audio", sheet=SHEET)
    assert linking.linker.messages == []
    linking.store(file)
    assert linking.linker.take() == [Link(RUN, final=True)]
    linking.tell(LinkerIdle(RUN))
    assert len(closed(linking)) == 1


@pytest.mark.parametrize(("again", "files"), [(True, 1), (False, 2)])
def test_a_file_of_this_run_counts_once_and_another_one_besides(linking, again, files):
    found = replace(FOUND, cut_again=again)
    linking.tell(CutAgain(RUN, (found,)), found)
    (file,) = linking.begin_all()
    linking.store(file)
    assert (linking.progress.files_analysed, linking.progress.files_expected) == (files, files - 1)
    assert [event.path for event in linking.finished()] == [b"/music/a"] * 2


def test_a_file_that_is_not_there_is_waited_for_no_longer(linking):
    other = replace(FOUND, path=b"/music/b")
    linking.tell(CutAgain(RUN, (FOUND, other)), NotThere(RUN, FOUND.path))
    assert linking.linker.messages == []
    linking.tell(NotThere(RUN, other.path))
    assert linking.linker.take() == [Link(RUN, final=True)]


def test_a_cancelled_run_leaves_it_to_the_next_import(linking):
    linking.tell(CutAgain(RUN, (FOUND,)), Cancel(REQUEST), FOUND)
    assert linking.in_work() == []
    linking.tell(AnalysingStopped(RUN))
    assert len(closed(linking)) == 1


def test_one_that_is_paused_leaves_it_to_the_linker_to_ask_again(linking):
    linking.tell(Pause(REQUEST), CutAgain(RUN, (FOUND,)))
    assert linking.scanner.of(EmitAgain) == []
    linking.tell(Resume(REQUEST))
    assert linking.linker.messages[-1] == Link(RUN, final=True)


def test_a_new_scanner_finds_it_by_its_scan(linking):
    linking.tell(CutAgain(RUN, (FOUND,)))
    linking.tell(ActorRestarted(ActorName.SCANNER, None, "crashed"))
    assert len(linking.scanner.of(Scan)) == 1
    linking.tell(EndOfScan(RUN))
    assert linking.linker.messages[-1] == Link(RUN, final=True)
