"""Describe an invalid value in one line: the location, the key, what was expected, and a suggestion."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from passagework.config.layers import Layer
from passagework.config.shown import declared, may_be_shown, shown
from passagework.config.toml_text import Keys, toml_value
from passagework.domain.credentials import HIDDEN

_EXPECTED: Mapping[str, str] = {
    "missing": "must be there",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_unicode": "must be valid Unicode text",
    "is_instance_of": "must be text with a path",
    "path_type": "must be text with a path",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}


def explain(error: ValidationError, layer: Layer, model: type[BaseModel]) -> Iterator[tuple[Keys, str]]:
    """Convert pydantic's errors about a layer to keys and a line for a person, in the layer's order."""
    order = list(layer.places.values())
    for detail in sorted(error.errors(include_url=False), key=lambda each: _rank(order, layer, each)):
        keys = _names(detail)
        if detail["type"] == "extra_forbidden":
            said = _unknown(keys, layer, model)
        elif detail["type"] == "model_type":
            section = [layer.spell(key) for key in all_keys(model) if key.startswith(f"{keys[0]}.")]
            said = f"{keys[0]} is a section, not a value; its keys are {', '.join(section)}"
        else:
            said = _misfit(keys, detail, model)
        yield keys, f"{layer.place(keys)}: {said}"


def with_suggestions(error: ValidationError, given: dict[str, object], model: type[BaseModel]) -> ValidationError:
    """Copy pydantic's errors about values that were given in Python; each unknown key is told like one of a file.

    Raised in a validator: pydantic shows no values then, as the model says.
    """
    layer = Layer(given, model.__name__)
    details = [_suggesting(detail, layer, model) for detail in error.errors(include_url=False)]
    return ValidationError.from_exception_data(error.title, details)


def _suggesting(detail: ErrorDetails, layer: Layer, model: type[BaseModel]) -> InitErrorDetails:
    kind: str | PydanticCustomError = detail["type"]
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        context = {"said": _unknown(_names(detail), layer, model)}
        kind = PydanticCustomError("extra_forbidden", "{said}", context)
    return InitErrorDetails(type=kind, loc=detail["loc"], input=detail["input"], ctx=context)


def _rank(order: list[str], layer: Layer, detail: ErrorDetails) -> int:
    place = layer.place(_names(detail))
    return order.index(place) if place in order else len(order)


def _names(detail: ErrorDetails) -> Keys:
    return tuple(part for part in detail["loc"] if isinstance(part, str))


def _unknown(keys: Keys, layer: Layer, model: type[BaseModel]) -> str:
    """Describe an unknown key or section, and suggest a similar one."""
    name = ".".join(keys)
    known = [*all_keys(model), *_keys_of_entries(keys[:-1], model)]
    sections = {key.partition(".")[0] for key in known if "." in key}
    what = "section" if len(keys) == 1 and isinstance(layer.values[keys[0]], dict) else "key"
    if what == "section":
        found = difflib.get_close_matches(name, sections, n=1)
        meant = f"[{found[0]}]" if found else ""
    else:
        leaf = keys[-1]
        near = [key for key in known if key.rpartition(".")[0] == ".".join(keys[:-1])]
        close = difflib.get_close_matches(leaf, [key.rpartition(".")[2] for key in near], n=1)
        elsewhere = [key for key in known if key.rpartition(".")[2] == leaf]
        found = [key for key in near if close and key.rpartition(".")[2] == close[0]] or elsewhere
        found = found or difflib.get_close_matches(name, known, n=1)
        meant = layer.spell(found[0]) if found else ""
    if meant:
        return f"{name} is not a known {what}; did you mean {meant}?"
    if what == "key" and keys[0] in sections:
        return f"{name} is not a known key; [{keys[0]}] has {', '.join(key.rpartition('.')[2] for key in near)}"
    return f"{name} is not a known {what}; 'passagework config show' lists all of them"


def _keys_of_entries(keys: Keys, model: type[BaseModel]) -> list[str]:
    """Return the keys that each entry of a list of tables has; none for another key."""
    for kind in get_args(declared(model, keys)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return [f"{'.'.join(keys)}.{name}" for name in kind.model_fields]
    return []


def _misfit(keys: Keys, detail: ErrorDetails, model: type[BaseModel]) -> str:
    """Describe what a known key must contain, what it contains, and how to write it if that can be guessed."""
    kind = detail["type"]
    value: object = detail["input"]
    context = detail.get("ctx", {})
    expected = _EXPECTED.get(kind, detail["msg"][:1].lower() + detail["msg"][1:]).format(**context)
    entries = [part for part in detail["loc"] if isinstance(part, int)]
    entry = f", entry {entries[0] + 1}," if entries else ""
    if not may_be_shown(keys, model):
        return f"{'.'.join(keys)} must be text in quotes"
    written = shown(keys, value, model)
    said = f"{'.'.join(keys)}{entry} {expected}"
    if written != HIDDEN and kind != "missing":
        said += f", not {written}"
    hint = _how_to_write(kind, value, str(context.get("expected", "")))
    return f"{said}; {hint}" if hint else said


def _how_to_write(kind: str, value: object, choices: str) -> str:
    if kind == "literal_error" and isinstance(value, str):
        names = choices.replace(" or ", ", ").replace("'", "").split(", ")
        close = difflib.get_close_matches(value.lower(), names, n=1)
        return f'did you mean "{close[0]}"?' if close else ""
    if kind == "tuple_type" and isinstance(value, str):
        return f"write [{toml_value(value)}]"
    wrong_sign = {"less_than": 1, "greater_than": -1}
    if kind in wrong_sign and isinstance(value, int | float) and wrong_sign[kind] * value > 0:
        return f"did you mean {toml_value(-value)}?"
    if kind in {"int_type", "float_type", "bool_type"} and isinstance(value, str):
        text = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(value.lower(), value.lower())
        wanted = {"int_type": int, "float_type": int | float, "bool_type": bool}[kind]
        try:
            plain = tomllib.loads(f"value = {text}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            return ""
        return f"write {text} without quotes" if isinstance(plain, wanted) else ""
    return ""


def all_keys(model: type[BaseModel]) -> list[str]:
    """List every key of the configuration in dotted form, in the order of the models."""
    keys: list[str] = []
    for name, info in model.model_fields.items():
        section = info.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            keys += [f"{name}.{key}" for key in section.model_fields]
        else:
            keys.append(name)
    return keys
