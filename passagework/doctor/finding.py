"""The result of one check."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: whether it is sufficient for an import, and a detail."""

    what: str
    ok: bool
    detail: str
