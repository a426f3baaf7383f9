"""The types of what stands in a path or a query, where everything is text; and how a request is read."""

import re
from typing import Annotated, Final, TypeVar, get_origin
from urllib.parse import parse_qsl

from pydantic import BeforeValidator, Field, ValidationError

from passagework.domain.json_text import read_json
from passagework.service.errors import RequestInvalidError
from passagework.service.operation import Fields

_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_MOST_FIELDS: Final = 100

M = TypeVar("M", bound=Fields)


def _whole(value: object) -> object:
    return int(value) if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value) else value


def _flag(value: object) -> object:
    return value == "true" if value in {"true", "false"} else value


def _readable(value: object) -> object:
    if isinstance(value, str) and (min(value, default=" ") < " " or "\x7f" in value):
        raise ValueError("must be text of one line, without control characters")
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Line = Annotated[
    str,
    BeforeValidator(_readable),
    Field(max_length=1_000, json_schema_extra={"pattern": r"^[^\u0000-\u001f\u007f]*$"}),
]
GuidText = Annotated[str, Field(pattern=r"^[0-9a-fA-F-]{6,36}$")]
RunNumber = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=2**53)]
Limit = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=500)]


def read_query(query: bytes) -> dict[str, str | list[str]]:
    """Read the fields of a query; a name that stands there several times has a list.

    Raises RequestInvalidError for what is no UTF-8 and for very many fields.
    """
    if not query:
        return {}
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
            encoding="utf-8",
            errors="strict",
        )
    except ValueError as error:
        raise RequestInvalidError("the query is no list of names and values in UTF-8, or has very many") from error
    found: dict[str, str | list[str]] = {}
    for name, value in pairs:
        before = found.get(name)
        if before is None:
            found[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            found[name] = [before, value]
    return found


def read_fields(model: type[M], values: dict[str, object]) -> M:
    """Check the values of path and query; RequestInvalidError names each that is wrong."""
    for name in values.keys() & model.model_fields.keys():
        if get_origin(model.model_fields[name].annotation) is tuple:
            value = values[name]
            values[name] = tuple(value) if isinstance(value, list) else (value,)
    return _checked(model, values)


def read_body(model: type[M], body: bytes) -> M:
    """Check the JSON of a body, of which an empty one is an object without fields."""
    try:
        given = read_json(body.decode("utf-8")) if body.strip() else {}
    except ValueError as error:
        raise RequestInvalidError("the body is no JSON in UTF-8") from error
    if not isinstance(given, dict):
        raise RequestInvalidError("the body must be an object of JSON")
    return _checked(model, given)


def _checked(model: type[M], values: dict[str, object]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        said = [f"{'.'.join(map(str, one['loc'])) or 'all'}: {one['msg']}" for one in error.errors(include_url=False)]
        raise RequestInvalidError("; ".join(said)[:1_000]) from None
