"""JSON documents for programs: every one says its format, and docs/json.md what stands in it."""

import json
from collections.abc import Mapping
from typing import Final

import click

from passagework.domain.files import display_path

FORMAT: Final = 2
"""Raised when a name changes its meaning or goes; new names may come at any time."""


def document(content: Mapping[str, object]) -> dict[str, object]:
    """Make a document of its content."""
    return {"format": FORMAT, **content}


def print_document(content: Mapping[str, object]) -> None:
    """Print one document for a command that gives no other."""
    click.echo(json.dumps(document(content), indent=2))


def print_line(content: Mapping[str, object]) -> None:
    """Print one document of several, a line each (JSON Lines): readers need not hold all of them."""
    click.echo(json.dumps(document(content)))


def path_json(path: bytes) -> dict[str, object]:
    r"""Give a path under its two names, as exports do: bytes that are not UTF-8 appear as ``\xNN`` in the first."""
    text = display_path(path)
    return {"path": text, "path_hex": None if text.encode("utf-8") == path else path.hex()}
