"""TOML as text: the line of each key, the syntax of values, and explanations of syntax errors."""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from passagework.domain.credentials import HIDDEN, without_credentials
from passagework.domain.json_text import write_spaced_unicode_json
from passagework.domain.plain_text import steers

Keys = tuple[str, ...]

_HEADER: Final = re.compile(r"\[{1,2}\s*([\w.-]+)\s*(?:\]|$)")
_ASSIGNMENT: Final = re.compile(r"([\w.-]+)\s*=")


def key_lines(text: str) -> dict[Keys, int]:
    """Return the line of each table and key of valid TOML, as ``("scan", "roots") -> 12``.

    ``tomllib`` gives no positions. A statement of TOML ends with its line unless a list or a long text is still
    open, so lines are joined until they parse.
    """
    lines: dict[Keys, int] = {}
    table: Keys = ()
    statement: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        statement.append(line)
        try:
            parsed = tomllib.loads("\n".join(statement))
        except tomllib.TOMLDecodeError:
            continue
        first = number - len(statement) + 1
        header = statement[0].lstrip().startswith("[")
        statement = []
        keys = _only_path(parsed)
        if header:
            table = keys
        if keys:
            lines.setdefault(keys if header else table + keys, first)
    return lines


def _only_path(parsed: Mapping[str, object]) -> Keys:
    """Follow the only key of each table of one parsed statement down to its value."""
    path: list[str] = []
    value: object = parsed
    while isinstance(value, dict) and len(value) == 1:
        name, value = next(iter(value.items()))
        path.append(name)
    return tuple(path)


def syntax_problem(path: Path, text: str, error: tomllib.TOMLDecodeError, may_be_shown: Callable[[Keys], bool]) -> str:
    """Describe a syntax error with file, line and, if the cause is a common one, what to write instead.

    Of the line only what ``may_be_shown``: the value of a secret key, or of one that may be meant as such, is not.
    """
    lines = text.split("\n")
    found = re.search(r"\(at line (\d+), column \d+\)", str(error))
    number = int(found[1]) if found else len(lines)
    reason = re.sub(r" \(at .*\)$", "", str(error))
    line = _visible_line(lines[: min(number, len(lines))], may_be_shown)
    hint = ""
    if reason == "Invalid value" and re.fullmatch(r"[\w-]+\s*=\s*[^\s\"'\[{].*", line):
        name, _, value = (part.strip() for part in line.partition("="))
        hint = f"; text needs quotes: {name} = {toml_value(value)}"
    elif reason.startswith(("Cannot overwrite", "Cannot declare")):
        hint = "; each key and each section may occur only once"
    elif reason.startswith("Unescaped"):
        hint = "; write backslashes in single quotes: 'C:\\Music'"
    parts = [f"{path}:{number}", "not valid TOML", f"{reason[:1].lower()}{reason[1:]}", line]
    return ": ".join(part for part in parts if part) + hint


def _visible_line(lines: list[str], may_be_shown: Callable[[Keys], bool]) -> str:
    """Return the last line without what may not be shown. The table that it belongs to is in the lines before."""
    line = lines[-1].strip()
    if _HEADER.match(line):
        return line
    if (found := _ASSIGNMENT.match(line)) is None:
        return ""  # a part of a value that began before
    headers = [header[1] for each in lines[:-1] if (header := _HEADER.match(each.strip()))]
    keys = tuple(part.strip() for name in (*headers[-1:], found[1]) for part in name.split("."))
    # The value may have an address in it.
    return without_credentials(line) if may_be_shown(keys) and keys[-1] != "url" else f"{found[1]} = {HIDDEN}"


def _key(name: object) -> str:
    return name if isinstance(name, str) and re.fullmatch(r"\w+", name, re.ASCII) else toml_value(name)


def toml_value(value: object) -> str:
    """Format one value of a setting as TOML."""
    match value:
        case bool():
            text = "true" if value else "false"
        case int() | float():
            text = repr(value)
        case list() | tuple():
            text = f"[{', '.join(toml_value(item) for item in value)}]"
        case BaseModel():
            text = toml_value({name: getattr(value, name) for name in type(value).model_fields})
        case dict():
            pairs = (f"{_key(name)} = {toml_value(item)}" for name, item in value.items())
            text = f"{{{', '.join(pairs)}}}"
        case dt.date() | dt.time():
            text = value.isoformat()
        case None:
            text = '""'
        case _:
            # A JSON string is a TOML basic string, with two exceptions: TOML requires DEL to be escaped, and neither
            # can contain lone surrogates (bytes of a path that are not UTF-8). What would steer a terminal is escaped,
            # too.
            encoded = write_spaced_unicode_json(str(value).encode("utf-8", "replace").decode("utf-8"))
            text = "".join(f"\\U{ord(each):08x}" if steers(each) else each for each in encoded)
    return text
