"""TOML as text: the line of each key, the syntax of values, and explanations of syntax errors."""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from passagework.domain.json_text import write_spaced_unicode_json

Keys = tuple[str, ...]


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


def syntax_problem(path: Path, text: str, error: tomllib.TOMLDecodeError) -> str:
    """Describe a syntax error with file, line and, if the cause is a common one, what to write instead."""
    lines = text.split("\n")
    found = re.search(r"\(at line (\d+), column \d+\)", str(error))
    number = int(found[1]) if found else len(lines)
    reason = re.sub(r" \(at .*\)$", "", str(error))
    line = re.sub(r"\bkey\b\s*=.*", "key = …", lines[min(number, len(lines)) - 1].strip())  # it may be a secret one
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


def toml_value(value: object) -> str:
    """Format one value of a setting as TOML."""
    match value:
        case bool():
            text = "true" if value else "false"
        case int() | float():
            text = repr(value)
        case list() | tuple():
            text = f"[{', '.join(toml_value(item) for item in value)}]"
        case dict():
            pairs = (f"{toml_value(name)} = {toml_value(item)}" for name, item in value.items())
            text = f"{{{', '.join(pairs)}}}"
        case dt.date() | dt.time():
            text = value.isoformat()
        case None:
            text = '""'
        case _:
            # A JSON string is a TOML basic string, with two exceptions: TOML requires DEL to be escaped, and neither
            # can contain lone surrogates (bytes of a path that are not UTF-8).
            plain = str(value).encode("utf-8", "replace").decode("utf-8")
            text = write_spaced_unicode_json(plain).replace("\x7f", "\\u007f")
    return text
