"""Whatever people or servers call things: no line of the command line steers a terminal or repeats a password."""

import logging
import re
import signal
from pathlib import Path

import pytest

import passagework.cli
from passagework.cli import main as entry
from passagework.cli.logging_setup import configure_logging
from passagework.cli.output.say import say
from passagework.config.sections import LogSettings
from passagework.logs import logger

STEERING = "\x1b\x07\x9b\u061c\u200e\u200f\u2028\u202e\u2066"


@pytest.fixture
def complaint(monkeypatch, capsys):
    """Give a function that runs the command with these words, and returns what it says of an error."""

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    before = signal.getsignal(signal.SIGINT)

    def run(*words):
        monkeypatch.setattr("sys.argv", ["passagework", *words])
        with pytest.raises(SystemExit) as ended:
            entry.main()
        assert ended.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        return err

    yield run
    signal.signal(signal.SIGINT, before)


def test_every_line_is_printed_by_say():
    """Of the modules that print, one escapes what steers, and one starts the command."""
    folder = Path(passagework.cli.__file__).parent
    printing = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if re.search(r"\bclick\.(secho|echo)\(|(?<![\w.])print\(|std(out|err)\.write", path.read_text("utf-8"))
    }
    assert printing == {"output/say.py", "main.py"}


def test_a_line_has_escapes_in_place_of_what_steers(capsys):
    say(f"a{STEERING}b\nc")
    assert not set(capsys.readouterr().out[:-1]) & set(STEERING + "\n")


@pytest.mark.parametrize(
    "words",
    [
        ("list", f"--{STEERING}"),
        (f"{STEERING}\n",),
        ("plot", f"a{STEERING}", "-o", f"{STEERING}.bmp"),
        ("config", "check", "--set", f"acoustid.url={STEERING}"),
        ("config", "check", "--config", f"no{STEERING}.toml"),
    ],
)
def test_a_refusal_of_what_a_person_typed_steers_no_terminal(complaint, words):
    assert not set(complaint(*words)) & set(STEERING)


@pytest.mark.parametrize(
    "words",
    [
        ("export", "postgres://me:hunter2@host/db"),
        ("export", "me:hunter2@host/db"),
        ("export", "mysql", "mysql://me:hunter2@host/db"),
        ("import", "https://me:hunter2@host/music"),
        ("config", "check", "--set", "acoustid.url=https://me:hunter2@host"),
        ("config", "check", "--set", "acoustid.kee=hunter2"),
        ("config", "check", "--set", "hunter2"),
        ("config", "check", "--config", "https://me:hunter2@host/x.toml"),
        ("import", "--frobnicate=https://me:hunter2@host"),
    ],
)
def test_a_refusal_repeats_no_secret(complaint, words):
    said = complaint(*words)
    assert said
    assert "hunter2" not in said


def test_no_log_has_a_password_of_an_address_or_what_steers_a_terminal(tmp_path):
    def refuse():
        raise ValueError(f"cannot reach https://me:hunter2@host {STEERING}")

    root = logging.getLogger("passagework")
    before = list(root.handlers)
    try:
        for form in ("console", "json"):
            configure_logging(LogSettings(file=tmp_path / form, format=form), to_stderr=False)
        try:
            refuse()
        except ValueError as error:
            logger("test").exception("refused", url="https://me:hunter2@host", error=f"{error}", name=STEERING)
    finally:
        for handler in set(root.handlers) - set(before):
            handler.close()
            root.removeHandler(handler)
    for form in ("console", "json"):
        written = (tmp_path / form).read_text("utf-8")
        assert "https://\N{HORIZONTAL ELLIPSIS}@host" in written.replace("\\u2026", "\N{HORIZONTAL ELLIPSIS}")
        assert "hunter2" not in written
        assert not set(written) & set(STEERING)
