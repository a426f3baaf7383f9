"""Titles and names, normalised for comparison."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_APOSTROPHES: Final = re.compile("['`\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{PRIME}]")
_NO_WORD: Final = re.compile(r"[\W_]+")
_BRACKETED: Final = re.compile(r"(?:^|(?<=\s))[(\[{]([^()\[\]{}]*)[)\]}](?=\W|$)")
"""Only brackets that stand apart: "Heave(n)" keeps its letter."""

_GUESTS: Final = re.compile(r"\s+(?:feat|featuring|ft)\b\.?\s.*$", re.IGNORECASE)
_GUESTS_ONLY: Final = re.compile(r"^(?:feat|featuring|ft|with)\b", re.IGNORECASE)
_AFTER_DASH: Final = re.compile(r"\s+[-\N{EN DASH}\N{EM DASH}]\s+([^-\N{EN DASH}\N{EM DASH}]+)$")
_SAME_WORD: Final = {"pt": "part", "pts": "parts", "vol": "volume"}

_VERSION_WORDS: Final = frozenset(
    (
        *("live", "demo", "instrumental", "acoustic", "acapella", "cappella", "karaoke", "remix", "rmx", "mix", "dub"),
        *("edit", "reprise", "extended", "unplugged", "cover", "part", "parts", "volume", "take", "alternate"),
        *("orchestral", "session", "rehearsal", "commentary"),
    )
)
"""A qualifier with one of these names another recording; so does one with a number."""

_NEUTRAL_WORDS: Final = frozenset(
    (
        *("remaster", "remastered", "explicit", "clean", "album", "lp", "single", "original", "version", "mono"),
        *("stereo", "deluxe", "bonus", "track"),
    )
)
"""A qualifier made of these (and years) names the same recording or a copy of it."""


@dataclass(frozen=True, slots=True)
class TitleKey:
    """A normalised title: ``main`` is its letters and digits, ``versions`` qualifiers that name another recording."""

    main: str
    versions: frozenset[str]


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """Split into words of letters and digits: no case, no accents, apostrophes left out, "&" read as "and".

    A text without letters and digits ("***") is one word.
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    plain = _APOSTROPHES.sub("", plain).replace("&", " and ")
    found = tuple(_SAME_WORD.get(word, word) for word in _NO_WORD.split(plain) if word)
    return found or ((text.strip(),) if text.strip() else ())


def compact(text: str) -> str:
    """Return only the letters and digits of a text, so that "H.A.M." and "HAM" are equal."""
    return "".join(words(text))


@lru_cache(maxsize=20_000)
def title_key(title: str) -> TitleKey:
    """Reduce a title to what distinguishes songs.

    Guests, subtitles in brackets and neutral qualifiers (remastered, explicit, album version) are removed, unless
    nothing else remains. Qualifiers that name another recording (live, remix, part 2) are kept beside the main title.
    """
    versions: set[str] = set()

    def sort_out(match: re.Match[str]) -> str:
        if tells_versions_apart(match[1]):
            versions.add(compact(match[1]))
        return " "

    rest = _GUESTS.sub("", _BRACKETED.sub(sort_out, title))
    if (dash := _AFTER_DASH.search(rest)) and (_is_neutral(dash[1]) or tells_versions_apart(dash[1])):
        rest = rest[: dash.start()]
        if tells_versions_apart(dash[1]):
            versions.add(compact(dash[1]))
    main = compact(rest)
    return TitleKey(main, frozenset(versions)) if main else TitleKey(compact(title), frozenset())


def without_guests(title: str) -> str:
    """Remove guests: "Otis (feat. Otis Redding)" is "Otis"."""
    kept = _BRACKETED.sub(lambda match: "" if _GUESTS_ONLY.match(match[1]) else match[0], title)
    return _GUESTS.sub("", kept).strip()


def names_guests(credit: str) -> bool:
    """Return whether a credit names more than one artist: "Jay feat. Bee"; "Simon & Garfunkel" may be one."""
    return without_guests(credit) != credit.strip()


def tells_versions_apart(qualifier: str) -> bool:
    """Return whether a qualifier ("live", "club mix", "part 2") names another recording of the title."""
    if _GUESTS_ONLY.match(qualifier) or _is_neutral(qualifier):
        return False
    return any(word in _VERSION_WORDS or any(map(str.isdigit, word)) for word in words(qualifier))


def _is_neutral(qualifier: str) -> bool:
    """Return whether a qualifier consists of words that name the same recording ("2011 remastered version")."""
    found = words(qualifier)
    if found == ("original", "mix"):
        return True
    return any(word in _NEUTRAL_WORDS for word in found) and all(
        word in _NEUTRAL_WORDS or (word.isdigit() and len(word) == len("2011")) for word in found
    )
