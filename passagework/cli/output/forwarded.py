"""Tell that another process has done what a command asked for. On stderr: it is no part of the result."""

from passagework.cli.output.say import say


def say_forwarded(pid: int) -> None:
    """Say which process has done it."""
    say(f"done by process {pid}, which has the library", err=True)


def say_to_stderr(line: str) -> None:
    """Say a line about it."""
    say(line, err=True)
