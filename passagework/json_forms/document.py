"""JSON documents for programs. Each states its format; docs/json.md describes their content."""

from collections.abc import Mapping
from typing import Final

from passagework.domain.files import display_path

FORMAT: Final = 2
"""Incremented when a name changes its meaning or is removed; new names may be added at any time."""


def document(content: Mapping[str, object]) -> dict[str, object]:
    """Create a document from its content."""
    return {"format": FORMAT, **content}


def path_json(path: bytes) -> dict[str, object]:
    r"""Return a path under its two names, as exports do: bytes that are not UTF-8 appear as ``\xNN`` in the first."""
    text = display_path(path)
    return {"path": text, "path_hex": None if text.encode("utf-8") == path else path.hex()}
