"""The columns of ``passage_value``, and a value of an extension from and to them."""

from collections.abc import Mapping
from typing import Any, Final

from passagework.domain.encoded_analysis import Values
from passagework.domain.extensions import PassageValue

VALUE_KEY: Final = ("passage_id", "extension", "measure")

VALUE: Final = ("extension", "measure", "version", "value", "text", "failure")
"""The columns but for those that say of which passage and by which run."""

MEASURED: Final = VALUE[2:]


def value_row(one: PassageValue) -> Values:
    """Return the values of the columns VALUE."""
    value = one.value
    number, text = (None, value) if isinstance(value, str) else (value, None)
    return one.extension, one.measure, one.version, number, text, one.failure


def value_from(row: Mapping[str, Any]) -> PassageValue:
    """Return the value of a row by column names."""
    value = row["value"] if row["text"] is None else row["text"]
    return PassageValue(row["extension"], row["version"], row["measure"], value, row["failure"])
