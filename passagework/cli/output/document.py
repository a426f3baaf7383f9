"""JSON documents for programs. Each states its format; docs/json.md describes their content."""

from collections.abc import Iterable, Mapping
from typing import Final

from passagework.cli.output.say import put
from passagework.domain.files import display_path
from passagework.domain.json_text import write_indented_json, write_spaced_json

FORMAT: Final = 2
"""Incremented when a name changes its meaning or is removed; new names may be added at any time."""


def document(content: Mapping[str, object]) -> dict[str, object]:
    """Create a document from its content."""
    return {"format": FORMAT, **content}


def print_document(content: Mapping[str, object]) -> None:
    """Print the only document of a command."""
    put(write_indented_json(document(content)))


def print_line(content: Mapping[str, object]) -> None:
    """Print one of several documents, one per line (JSON Lines): readers need not keep all of them."""
    put(write_spaced_json(document(content)))


def print_lines(contents: Iterable[Mapping[str, object]]) -> None:
    """Print documents as :func:`print_line` does, all of them at once, which takes less time."""
    put("\n".join(write_spaced_json(document(content)) for content in contents))


def path_json(path: bytes) -> dict[str, object]:
    r"""Return a path under its two names, as exports do: bytes that are not UTF-8 appear as ``\xNN`` in the first."""
    text = display_path(path)
    return {"path": text, "path_hex": None if text.encode("utf-8") == path else path.hex()}
