"""The truth of the accuracy test: what a file name says its song is, and when a title agrees with it.

Frozen before any weight was fitted, and published with the results. The decision never sees any of this.

**The name.** The last part of ``source`` is the file, what stands before it is the folder. From the file go the
number in front, the identifier and the ending; "track 7" is no title. Of a folder that holds recorded answers under
one file name each, the folder's own name is the file. Underscores are blanks.

**Words.** Unicode NFKD, no accents, no case, apostrophes left out, everything but letters and digits divides, "and"
and "&" are left out, "pt" is "part", "vol" is "volume". From "feat", "featuring" or "ft" on, everything is left out
(in an answer only inside its brackets, if it stands in any). In the file's name also "explicit", "remastered",
"album version", "lp version", "original mix", "explicit version", and "live at" with what follows: the place holds
for the whole album.

**Version words.** live, demo, instrumental, acoustic, karaoke, remix, mix, edit, reprise, extended, and numbers.

**Agreement.** A title of an answer has three forms: the whole, without its brackets, and what stands before " / ". It
agrees when a form has the file's letters and digits; or begins the file's name, and what is left of that (a subtitle)
has no version word; or is at least 90 % alike (Ratcliff and Obershelp: slips of the pen, masked words) with the same
numbers. The version words of the whole title and of the file must be the same. One exception: words in brackets of
the answer that the file lacks ("(demo)") are forgiven if no recording of the answer agrees without them.

**Albums** agree in the same way, without "deluxe", "edition", "version", "explicit", "video", "ep", "digital booklet";
the order of words does not count, and the forms include what stands before ":".
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

NORMALISATION = "1"

VERSION_WORDS = frozenset(
    ("live", "demo", "instrumental", "acoustic", "karaoke", "remix", "mix", "edit", "reprise", "extended")
)
SAME_WORD = {"pt": "part", "vol": "volume"}
LEFT_OUT = frozenset({"and"})
FILE_PHRASES = ("explicit version", "album version", "lp version", "original mix", "explicit", "remastered")
ALBUM_PHRASES = ("digital booklet", "deluxe", "edition", "version", "explicit", "video", "ep")
ALIKE = 0.9

_GUESTS = re.compile(r"\s(?:feat|featuring|ft)\b.*$", re.IGNORECASE)
_GUESTS_IN_BRACKETS = re.compile(r"\s*[(\[](?:feat|featuring|ft)\b[^)\]]*[)\]]", re.IGNORECASE)
_BRACKETED = re.compile(r"(?:^|(?<=\s))[(\[]([^()\[\]]*)[)\]]")
_IDENTIFIER = re.compile(r"_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=_|$)")
_NUMBER_IN_FRONT = re.compile(r"^(?:(?:\d+_-_)?\d+-\d+-_|\d+_-_|\d+[._]_?)")
_NO_TITLE = re.compile(r"^track \d+$")
_ANSWER_ALONE = re.compile(r"^(?:returns|finds)_the_")


@dataclass(frozen=True, slots=True)
class Name:
    """What the file's and the folder's names say. ``title`` None: nothing. ``alone``: a folder of one loose track."""

    folder: str
    title: str | None
    album: str | None


def read_name(source: str) -> Name:
    """Split a source into folder, title and album."""
    *folders, file = source.removesuffix(".yml").split("/")
    if _ANSWER_ALONE.match(file):
        folder, file = "/".join(folders[:-1]), folders[-1]
        if "single" in file.casefold():
            return Name(folder, folders[-2].partition("_-_")[2].replace("_", " ") or None, None)
        return Name(folder, _title(file), folders[-2].removeprefix("Album_").replace("_", " "))
    return Name("/".join(folders), _title(file), folders[-1].replace("_", " "))


def _title(file: str) -> str | None:
    file = re.sub(r"[._](?:mp3|flac|ogg|m4a|opus|wav)$", "", file.replace(" ", "_"), flags=re.IGNORECASE)
    bare = _IDENTIFIER.sub("", file)
    title = " ".join(_NUMBER_IN_FRONT.sub("", bare).replace("_", " ").split())
    return None if not title or _NO_TITLE.match(title) else title


def words(text: str) -> tuple[str, ...]:
    """Split into the words of the published normalisation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub("['`\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}]", "", plain)
    found = (SAME_WORD.get(word, word) for word in re.split(r"[\W_]+", plain))
    return tuple(word for word in found if word and word not in LEFT_OUT)


def _without(found: tuple[str, ...], phrases: Iterable[str]) -> tuple[str, ...]:
    for phrase in phrases:
        parts = tuple(phrase.split())
        for start in range(len(found) - len(parts), 0, -1):
            if found[start : start + len(parts)] == parts:
                found = found[:start] + found[start + len(parts) :]
    return found


def _of_file(title: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Give the words of a file's title, and the version words that a title may have without need."""
    found = words(_GUESTS.sub("", title))
    free: frozenset[str] = frozenset()
    for start in range(1, len(found) - 1):
        if found[start : start + 2] == ("live", "at"):
            found, free = found[:start], frozenset({"live"})
            break
    return _without(found, FILE_PHRASES), free


def _forms(title: str, *, colon: bool = False) -> Iterator[tuple[str, ...]]:
    bare = _GUESTS_IN_BRACKETS.sub("", title)
    yield words(bare)
    yield words(_BRACKETED.sub(" ", bare))
    yield words(bare.partition(" / ")[0])
    if colon:
        yield words(_BRACKETED.sub(" ", bare).partition(":")[0])


def _versions(found: Iterable[str]) -> frozenset[str]:
    return frozenset(word for word in found if word in VERSION_WORDS or word.isdigit())


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _same(form: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Compare one form with the file's words."""
    one, other = "".join(form), "".join(wanted)
    if not one:
        return False
    if one == other:
        return True
    if _digits(one) == _digits(other) and SequenceMatcher(None, *sorted((one, other)), autojunk=False).ratio() >= ALIKE:
        return True
    begun = ""
    for count, word in enumerate(wanted, 1):
        begun += word
        if begun == one:
            return not _versions(wanted[count:])
    return False


def _agrees(title: str, name: str, *, forgiving: bool) -> bool:
    wanted, free = _of_file(name)
    whole = words(_GUESTS_IN_BRACKETS.sub("", title))
    extra = _versions(whole) - _versions(wanted) - free
    missing = _versions(wanted) - _versions(whole)
    if forgiving:
        extra -= _versions(word for part in _BRACKETED.findall(title) for word in words(part))
    return not extra and not missing and any(_same(form, wanted) for form in _forms(title))


def right_titles(name: str, titles: Iterable[str]) -> frozenset[str]:
    """Give those titles of an answer that agree with the file's name."""
    offered = frozenset(titles)
    strict = frozenset(title for title in offered if _agrees(title, name, forgiving=False))
    return strict or frozenset(title for title in offered if _agrees(title, name, forgiving=True))


def album_agrees(title: str, name: str) -> bool:
    """Say whether the title of a release group agrees with the name of a folder."""
    wanted = _without(words(name), ALBUM_PHRASES)
    return any(
        _same(form, wanted) or set(form) == set(wanted)
        for form in (_without(form, ALBUM_PHRASES) for form in _forms(title, colon=True))
    )
