"""Ctrl-C: once stops cleanly, twice stops now, and neither leaves anything behind."""

import signal

import pytest


@pytest.fixture
def importing(command_line, large_folder):
    """Give an import that has some files behind it and many before it."""
    process = command_line.start(
        "import", "--set", "batch.max_files=5", "--set", "analysis.workers=1", "--quiet", large_folder
    )
    command_line.wait_until(lambda: command_line.analysed() > 0, process)
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["interrupt", "terminate"])
@pytest.mark.slow
def test_one_signal_stops_cleanly_and_the_next_import_goes_on(command_line, large_folder, importing, number):
    acknowledged = command_line.analysed()
    importing.send_signal(number)
    printed, said = importing.communicate(timeout=30)
    assert importing.returncode == 130
    assert said == "\nstopping; stored results stay (again: stop at once)\n"
    assert printed.splitlines()[0].startswith("cancelled: ")
    command_line.wait_until_nobody_is_left()
    status = command_line.status()
    stored = status["files"]["analysed"]
    assert acknowledged <= stored < 240
    assert f"cancelled: {stored} files analysed" in printed
    assert status["last_run"] == "cancelled"
    rest = command_line.report(large_folder)
    assert (rest["analysed"], rest["unchanged"], rest["failed"]) == (240 - stored, stored, [])
    command_line.assert_sound()


@pytest.mark.slow
def test_a_second_interrupt_leaves_at_once(command_line, large_folder, importing):
    acknowledged = command_line.analysed()
    importing.send_signal(signal.SIGINT)
    importing.stderr.readline()
    importing.send_signal(signal.SIGINT)
    importing.communicate(timeout=30)
    assert importing.returncode == 130
    command_line.wait_until_nobody_is_left()
    assert command_line.analysed() >= acknowledged
    assert command_line.report(large_folder)["failed"] == []
    assert command_line.analysed() == 240
    command_line.assert_sound()


@pytest.mark.slow
def test_an_interrupt_while_the_importer_opens_exits_with_130(command_line, large_folder):
    # Of a large folder: however late the library is seen here, the import is not at its end by then.
    process = command_line.start("import", "--set", "analysis.workers=1", "--quiet", large_folder)
    command_line.wait_until(command_line.library.exists, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
