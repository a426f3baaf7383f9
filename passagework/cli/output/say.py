"""Output of commands. Every line for people goes through here, so that none steers a terminal."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from passagework.cli.streams import reader_has_left
from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.plain_text import plain


class OutputError(PassageworkError):
    """What the command prints cannot be written: the disk behind it is full, for example."""

    code = "output-failed"
    exit_code = ExitCode.FAILED


def say(line: str = "", *, err: bool = False) -> None:
    """Print one line, to stderr with ``err``; what would steer the terminal appears as escapes."""
    put(plain(line), err=err)


def say_to_stderr(line: str) -> None:
    """Say a line that is no part of the result."""
    say(line, err=True)


def say_forwarded(pid: int) -> None:
    """Say which process has done what the command asked for."""
    say_to_stderr(f"done by process {pid}, which has the library")


def say_all(lines: Iterable[str]) -> None:
    """Print lines as :func:`say` does, all of them at once, which takes less time."""
    put("\n".join(map(plain, lines)))


def put(text: str, *, err: bool = False) -> None:
    """Print a line as it is: for programs."""
    with _written():
        click.echo(text, err=err)


def put_all() -> None:
    """Write what is still buffered, while an error can be said."""
    with _written():
        sys.stdout.flush()


@contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reader_has_left()
        raise OutputError(f"the output cannot be written: {error.strerror}") from error
