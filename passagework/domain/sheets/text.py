"""The text of a sheet, whose encoding nothing states."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

_MARKED: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_WINDOWS: Final = "".join(
    bytes((byte,)).decode("cp1252" if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "latin-1") for byte in range(256)
)
"""CP1252; the five bytes that it leaves open as Latin-1."""

_OTHERS: Final = re.compile(rb"[\x80-\xff]+")
_CYRILLIC: Final = frozenset({*range(0xC0, 0x100), 0xA8, 0xB8, 0xAB, 0xBB, 0x96, 0x97})
"""The letters of CP1251, and its quotation marks and dashes."""

_FEWEST_LETTERS: Final = 4
_FEWEST_KANA: Final = 2
_FEWEST_SYLLABLES: Final = 8
_MOSTLY: Final = 0.7
_LATE_HANZI: Final = 0xC9
"""The first bytes of Korean syllables in EUC-KR are below; of the usual Chinese characters in GBK, up to 0xD7."""


def decode_text(data: bytes) -> str:
    """Decode a text of which nobody says how: never fails, and takes what is not surely something else as CP1252.

    In this order: a byte order mark; UTF-16 by its zero bytes; UTF-8 where it is valid; then by the bytes that are not
    ASCII. Shift-JIS and EUC-JP have kana. GBK, EUC-KR and Big5 have pairs of them. CP1251 has words of nothing else.
    """
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if (wide := _wide(data)) is not None:
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for encoding in _likely(b"".join(_OTHERS.findall(data)), data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return codecs.charmap_decode(data, "strict", _WINDOWS)[0]


def _wide(data: bytes) -> str | None:
    """Return UTF-16 if every other byte of the beginning is mostly zero: a sheet begins with ASCII words."""
    begin = data[: 2 * _FEWEST_LETTERS]
    zeros = [begin[at::2].count(0) for at in range(2)]
    if len(begin) < 2 * _FEWEST_LETTERS or max(zeros) < _FEWEST_LETTERS or min(zeros):
        return None
    return "utf-16-be" if zeros[0] else "utf-16-le"


def _likely(others: bytes, data: bytes) -> Iterator[str]:
    """Yield the encodings that the bytes other than ASCII speak for, the surest first."""
    for encoding in ("cp932", "euc_jp"):
        if _kana(data, encoding) >= _FEWEST_KANA:
            yield encoding
    runs = _OTHERS.findall(data)
    in_words = sum(len(run) for run in runs if len(run) > 2)  # noqa: PLR2004 - accents rarely come three in a row
    cyrillic = sum(byte in _CYRILLIC for byte in others)
    if len(others) >= _FEWEST_LETTERS and cyrillic == len(others) and in_words >= _MOSTLY * len(others):
        yield "cp1251"
    if all(len(run) % 2 == 0 for run in runs):
        firsts = others[::2]
        usual = sum(0xB0 <= first <= 0xD7 for first in firsts)  # noqa: PLR2004 - level 1 of GB 2312
        if min(others[1::2], default=0) >= 0xA1 and usual >= _MOSTLY * len(firsts):  # noqa: PLR2004 - EUC
            yield "cp949" if max(firsts) < _LATE_HANZI and len(firsts) >= _FEWEST_SYLLABLES else "gbk"
    elif _is_big5(data, len(others)):
        yield "big5"


def _kana(data: bytes, encoding: str) -> int:
    try:
        return sum("\u3041" <= character <= "\u30fe" for character in data.decode(encoding))
    except UnicodeDecodeError:
        return 0


def _is_big5(data: bytes, others: int) -> bool:
    """Tell whether a text is Big5: the usual characters begin with bytes that are no letters of CP1252 or CP1251."""
    try:
        text = data.decode("big5")
    except UnicodeDecodeError:
        return False
    firsts = [pair[0] for character in text if len(pair := character.encode("big5")) == 2]  # noqa: PLR2004
    usual = sum(0xA4 <= first <= 0xC6 for first in firsts)  # noqa: PLR2004 - level 1 of Big5
    return others >= _FEWEST_LETTERS and usual >= _MOSTLY * len(firsts)
