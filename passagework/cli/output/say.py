"""Lines for people. Every line of the command line goes through here, so that none steers a terminal."""

import click

from passagework.domain.plain_text import plain


def say(line: str = "", *, err: bool = False) -> None:
    """Print one line, to stderr with ``err``; what would steer the terminal appears as escapes."""
    click.echo(plain(line), err=err)
