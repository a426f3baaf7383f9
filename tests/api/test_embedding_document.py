"""docs/embedding.md names all that a host may use, and every event with its fields."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import passagework
from passagework.domain.progress import Event

DOCUMENT = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text("utf-8")


def test_every_event_is_there_with_its_fields():
    rows = dict(re.findall(r"^\| `([A-Z]\w+)` \|((?: [a-z_, ]+)?) \|", DOCUMENT, flags=re.MULTILINE))
    rows = {name: said.strip() for name, said in rows.items()}
    assert rows == {event.__name__: ", ".join(field.name for field in fields(event)) for event in get_args(Event)}


def test_every_method_that_is_named_is_there():
    for name in ("Importer", "Run", "Watch", "Library"):
        (said,) = re.findall(rf"^\| `{name}` \| (.*) \|$", DOCUMENT, flags=re.MULTILINE)
        named = set(re.findall(r"`([a-z_]+)`", re.sub(r"what `\w+` returns", "", said)))
        assert {method for method in named if not hasattr(getattr(passagework, name), method)} == set()
