"""The JSON documents that commands print."""

from collections.abc import Iterable, Mapping

from passagework.cli.output.say import put
from passagework.domain.json_text import write_indented_json, write_spaced_json
from passagework.json_forms.document import document


def print_document(content: Mapping[str, object]) -> None:
    """Print the only document of a command."""
    put(write_indented_json(document(content)))


def print_line(content: Mapping[str, object]) -> None:
    """Print one of several documents, one per line (JSON Lines): readers need not keep all of them."""
    put(write_spaced_json(document(content)))


def print_lines(contents: Iterable[Mapping[str, object]]) -> None:
    """Print documents as :func:`print_line` does, all of them at once, which takes less time."""
    put("\n".join(write_spaced_json(document(content)) for content in contents))
