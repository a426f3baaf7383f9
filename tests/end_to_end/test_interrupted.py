"""Ctrl-C: once stops cleanly, twice stops now, and neither leaves anything behind."""

import signal

import pytest

FILES = 40
IN_HAND = 8
"""How many files are in work at once, and so at most in the library when the first ones are."""


@pytest.fixture(scope="module")
def folder(make_folder):
    return make_folder(FILES)


@pytest.fixture
def importing(command_line, folder, gate):
    """Give an import whose first files are in the library, and whose writer waits at the gate; most are before it."""
    some = ("--set", f"session.credits={IN_HAND}", "--set", "batch.max_files=5", "--set", "analysis.workers=1")
    process = command_line.start_gated(gate, "import", *some, "--quiet", folder)
    assert gate.meet() == process.pid
    return process


def interrupt(process, number=signal.SIGINT):
    """Send a signal, and give what is said to it: the run has been told by then."""
    process.send_signal(number)
    return process.stderr.readline() + process.stderr.readline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["interrupt", "terminate"])
@pytest.mark.slow
def test_one_signal_stops_cleanly_and_the_next_import_goes_on(command_line, folder, importing, gate, number):
    acknowledged = command_line.analysed()
    assert interrupt(importing, number) == "\nstopping; stored results stay (again: stop at once)\n"
    gate.let_go_on()
    printed, said = importing.communicate(timeout=180)
    assert (importing.returncode, said) == (130, "")
    assert printed.splitlines()[0].startswith("cancelled: ")
    command_line.wait_until_nobody_is_left()
    status = command_line.status()
    stored = status["files"]["analysed"]
    assert 0 < acknowledged <= stored <= IN_HAND
    assert f"cancelled: {stored} files analysed" in printed
    assert status["last_run"] == "cancelled"
    rest = command_line.report(folder)
    assert (rest["analysed"], rest["unchanged"], rest["failed"]) == (FILES - stored, stored, [])
    command_line.assert_sound()


@pytest.mark.slow
def test_a_second_interrupt_leaves_at_once(command_line, folder, importing):
    acknowledged = command_line.analysed()
    interrupt(importing)
    # The gate stays closed: who waited for the writer would not come to an end.
    importing.send_signal(signal.SIGINT)
    importing.communicate(timeout=180)
    assert importing.returncode == 130
    command_line.wait_until_nobody_is_left()
    assert command_line.analysed() == acknowledged > 0
    rest = command_line.report(folder)
    assert (rest["analysed"], rest["failed"]) == (FILES - acknowledged, [])
    command_line.assert_sound()


@pytest.mark.slow
def test_an_interrupt_while_the_importer_opens_exits_with_130(command_line, large_folder):
    # Of a large folder: however late the library is seen here, the import is not at its end by then.
    process = command_line.start("import", "--set", "analysis.workers=1", "--quiet", large_folder)
    command_line.wait_until(command_line.library.exists, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=180)
    assert process.returncode == 130
    assert "Traceback" not in said
