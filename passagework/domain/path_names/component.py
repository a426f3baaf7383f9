"""One component of a path: as text, without a suffix, without what is no part of a name."""

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

LONGEST: Final = 255
"""Characters of a name; file systems have no longer ones."""

_SUFFIX: Final = re.compile(r"\.(?=[^.]*[A-Za-z])[A-Za-z0-9+]{1,5}\Z")
_NO_TEXT: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"
"""Without them some scripts, and pictures made of several, would read otherwise."""

_VIDEO: Final = re.compile(
    r"\s*[\[(](?:the )?official\b[^\])]*(?:video|audio|visuali[sz]er|lyrics?)\b[^\])]*[\])]"
    r"|\s*[\[(](?:lyrics?(?: video)?|audio|official|visuali[sz]er|hd|hq|4k)[\])]",
    re.IGNORECASE,
)
_VIDEO_ID: Final = re.compile(r"\s*\[(?=[^\]]*[0-9A-Z_-])[0-9A-Za-z_-]{11}\]\Z")
"""What programs that save videos put behind the title."""


def text_of(component: bytes) -> str:
    """Return a name as text, composed and without control characters; bytes that are not UTF-8 are Latin ones."""
    try:
        text = component.decode("utf-8")
    except UnicodeDecodeError:
        text = component.decode("cp1252", "replace").replace("\N{REPLACEMENT CHARACTER}", " ")
    composed = unicodedata.normalize("NFC", text)
    if not composed.isprintable():
        composed = "".join(
            " " if unicodedata.category(sign) in _NO_TEXT and sign not in _JOINERS else sign for sign in composed
        )
    return " ".join(composed.split())[:LONGEST].strip()


def without_suffix(name: str) -> str:
    """Return the name of a file without its suffix; a name that is nothing else stays."""
    return _SUFFIX.sub("", name) or name


def spaced(name: str) -> str:
    """Return a name with spaces where it has something else for them: underscores, or ``%20`` of a web address."""
    if " " in name:
        return name
    if "%20" in name:
        # What is encoded may be anything.
        name = text_of(unquote(name).encode("utf-8", "replace"))
    return " ".join(name.replace("_", " ").split()) if "_" in name else name


def without_extras(title: str) -> str:
    """Return a title without what video sites add to it."""
    return _VIDEO.sub("", _VIDEO_ID.sub("", title)).strip() or title
