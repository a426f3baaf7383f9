"""Stable codes: the words that the library, the reports, the log and the docs share. A code is never renamed.

A library may have been written by a newer Passagework with the same schema, so a stored code may be one that this
version does not know. It is then shown as it is stored, and the rest of the library is read as usual.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Self, TypeVar, cast

CodeT = TypeVar("CodeT", bound=StrEnum)


class ExplainedCode(StrEnum):
    """A code with its explanation: ``NAME = "stored-code", "words for people"``. Both are required at import."""

    explanation: str

    def __new__(cls, code: str, explanation: str) -> Self:
        """Make the member, whose value is ``code`` alone."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.explanation = explanation
        return member


class UnknownCode(str):
    """A stored code that this version does not know, as a text."""

    __slots__ = ()

    @property
    def value(self) -> str:
        """The stored code, as a member of an enum gives it."""
        return str(self)

    @property
    def explanation(self) -> str:
        """Words for people."""
        return f'"{self}", which only a newer Passagework explains'


def open_code(codes: type[CodeT], stored: str) -> CodeT | UnknownCode:
    """Read a stored code: the member of ``codes``, or the code as it is where this version knows no such member."""
    return cast("CodeT | UnknownCode", _opened(codes, stored))


# A page of a list reads some fifteen codes of each passage, and an enum takes five times as long to find a member.
@lru_cache(maxsize=1024)
def _opened(codes: type[StrEnum], stored: str) -> StrEnum | UnknownCode:
    try:
        return codes(stored)
    except ValueError:
        return UnknownCode(stored)
