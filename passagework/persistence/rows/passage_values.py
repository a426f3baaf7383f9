"""The columns of ``passage_value``, and a value of an extension from and to them."""

from collections.abc import Mapping
from typing import Any, Final

from passagework.domain.encoded_analysis import EncodedAnalysis, Values, WorkResult
from passagework.domain.extensions import EVERYTHING, ExtensionId, PassageValue

VALUE_KEY: Final = ("passage_id", "extension", "measure")

VALUE: Final = ("extension", "measure", "version", "value", "text", "failure")
"""The columns but for those that say of which passage and by which run."""

MEASURED: Final = VALUE[2:]


def value_row(one: PassageValue) -> Values:
    """Return the values of the columns VALUE."""
    value = one.value
    number, text = (None, value) if isinstance(value, str) else (value, None)
    return one.extension, one.measure, one.version, number, text, one.failure


def failed_as_a_whole(result: WorkResult) -> frozenset[ExtensionId] | None:
    """Return the extensions that failed on a file; None: nothing of it was measured, or it has no passage."""
    if not isinstance(result, EncodedAnalysis) or not result.passages:
        return None
    return frozenset(
        ExtensionId(extension, version)
        for passage in result.passages
        for extension, measure, version, *_ in passage.values
        if isinstance(extension, str) and isinstance(version, str) and measure == EVERYTHING
    )


def value_from(row: Mapping[str, Any]) -> PassageValue:
    """Return the value of a row by column names."""
    value = row["value"] if row["text"] is None else row["text"]
    return PassageValue(row["extension"], row["version"], row["measure"], value, row["failure"])
