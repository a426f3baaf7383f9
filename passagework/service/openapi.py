"""The OpenAPI document: made of the operations and their models, and of the schemas of what programs get."""

from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Final

from pydantic import BaseModel

from passagework.domain.json_text import read_json, write_unicode_json
from passagework.service.operation import Answers, Nothing, Operation
from passagework.service.operations.all_operations import OPERATIONS

VERSION: Final = "1"

Schema = dict[str, object]

_NULLABLE_NUMBER: Final[Schema] = {"type": ["number", "null"]}
_NULLABLE_TEXT: Final[Schema] = {"type": ["string", "null"]}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": {"format": {"const": 2}, **properties}, "required": ["format", *properties]}


_COUNTS: Final = (
    *("files_seen", "files_unchanged", "files_moved", "files_failed_before", "files_ignored", "files_expected"),
    *("bytes_expected", "files_analysed", "files_tags_read", "files_failed", "files_verified", "files_redone"),
    *("files_linked", "bytes_done", "in_flight", "passages", "audio_ticks"),
)

_PROGRESS: Final[Schema] = {
    "type": ["object", "null"],
    "properties": {
        "run": {"type": ["integer", "null"]},
        "phase": {"type": "string"},
        **{name: {"type": "integer"} for name in _COUNTS},
        "expected_complete": {"type": "boolean"},
        "audio_seconds": {"type": "number"},
        "elapsed_seconds": {"type": "number"},
        "speed": _NULLABLE_NUMBER,
        "seconds_left": _NULLABLE_NUMBER,
        "paused": _NULLABLE_TEXT,
        "refresh_one_at_a_time": {"type": ["boolean", "null"]},
    },
}

_PLAY: Final = _object(guid={"type": "string"}, at_ns={"type": "integer", "description": "when it began, since 1970"})

_OWN: Final[Mapping[str, Schema]] = {
    "any": {"type": "object"},
    "health": _object(alive={"const": True}),
    "ready": _object(ready={"type": "boolean"}, reason=_NULLABLE_TEXT),
    "log-level": _object(level={"enum": ["debug", "info", "warning", "error"]}),
    "run-number": _object(run={"type": ["integer", "null"]}),
    "now": _object(
        current_run=_PROGRESS,
        library_paused=_NULLABLE_TEXT,
        following={"type": "array", "items": {"type": "object"}},
    ),
    "play": _PLAY,
    "plays": _object(plays={"type": "array", "items": {**_PLAY, "required": ["guid", "at_ns"]}}),
    "waveform": _object(
        guid={"type": "string"},
        start_seconds={"type": "number"},
        start_ticks={"type": "integer"},
        end_seconds={"type": "number"},
        end_ticks={"type": "integer"},
        point_seconds={"type": "number"},
        lowest={"type": "array", "items": {"type": "integer", "minimum": -128, "maximum": 127}},
        highest={"type": "array", "items": {"type": "integer", "minimum": -128, "maximum": 127}},
    ),
    "problem": {
        "type": "object",
        "properties": {
            "status": {"type": "integer"},
            "code": {"type": "string", "description": "stable; docs/failures.md and docs/service.md list them"},
            "detail": {"type": "string", "description": "words for people"},
        },
        "required": ["status", "code", "detail"],
    },
}
"""Schemas of what no command prints."""

_OF_ALL: Final = (400, 401, 403, 405, 500, 503)
"""Statuses that every operation may answer."""

_OF_CHANGES: Final = (413, 415, 422)


def openapi_document() -> bytes:
    """Return the document as JSON."""
    return write_unicode_json(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Passagework",
                "version": VERSION,
                "description": "A passage library, its imports and its music. docs/service.md describes it.",
                "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
            },
            "security": [{}, {"token": []}],
            "paths": _paths(OPERATIONS),
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
                "schemas": {**_printed(), **_OWN},
            },
        }
    ).encode("utf-8")


def _printed() -> dict[str, object]:
    """Return the schemas of the documents that commands print as well, with references within this document."""
    found: dict[str, object] = {}
    for file in resources.files("passagework.json_forms").joinpath("schemas").iterdir():
        name = file.name.removesuffix(".json")
        content = read_json(file.read_text(encoding="utf-8"))
        kept = {key: value for key, value in content.items() if key not in {"$schema", "$id"}}
        found[name] = _with_references(kept, name)
    # One of the findings of a run is a document of its own here.
    findings = found["findings"]
    assert isinstance(findings, dict)
    found["finding"] = _as_document(findings["properties"]["findings"]["items"], findings)
    # Over HTTP the library has no path, and nobody asks what is stale.
    status = found["status"]
    assert isinstance(status, dict)
    left_out = {"library", "stale", "stale_work", "stale_seconds"}
    found["status"] = {**status, "required": [name for name in status["required"] if name not in left_out]}
    return found


def _as_document(items: Mapping[str, object], around: Mapping[str, object]) -> object:
    reference = str(items["$ref"]).rpartition("/")[2]
    definitions = around["$defs"]
    assert isinstance(definitions, dict)
    schema = definitions[reference]
    return {
        **schema,
        "properties": {"format": {"const": 2}, **schema["properties"]},
        "required": ["format", *schema.get("required", [])],
    }


def _with_references(value: object, name: str) -> object:
    match value:
        case dict():
            return {
                key: _reference(str(each), name) if key == "$ref" else _with_references(each, name)
                for key, each in value.items()
            }
        case list():
            return [_with_references(each, name) for each in value]
        case _:
            return value


def _reference(target: str, name: str) -> str:
    if target.startswith("#/"):
        return f"#/components/schemas/{name}{target[1:]}"
    file, _, rest = target.partition("#")
    return f"#/components/schemas/{file.removesuffix('.json')}{rest}"


def _paths(operations: Iterable[Operation]) -> dict[str, dict[str, object]]:
    paths: dict[str, dict[str, object]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return paths


def _operation(one: Operation) -> Schema:
    found: Schema = {
        "operationId": one.name,
        "summary": one.summary,
        "responses": _responses(one),
    }
    if parameters := _parameters(one):
        found["parameters"] = parameters
    if one.body is not None:
        found["requestBody"] = {
            "required": any(field.is_required() for field in one.body.model_fields.values()),
            "content": {"application/json": {"schema": _model(one.body)}},
        }
    return found


def _model(model: type[BaseModel]) -> Schema:
    """Return the schema of a model, with the models within it in place of references."""
    schema = model.model_json_schema()
    within = schema.pop("$defs", {})
    return {key: _in_place(value, within) for key, value in schema.items() if key != "title"}


def _in_place(value: object, within: Mapping[str, object]) -> object:
    match value:
        case {"$ref": str(reference)}:
            return _in_place(within[reference.rpartition("/")[2]], within)
        case dict():
            return {key: _in_place(each, within) for key, each in value.items()}
        case list():
            return [_in_place(each, within) for each in value]
        case _:
            return value


def _parameters(one: Operation) -> list[Schema]:
    if one.takes is Nothing:
        return []
    schema = _model(one.takes)
    properties = schema["properties"]
    assert isinstance(properties, dict)
    required = schema.get("required", [])
    assert isinstance(required, list)
    return [
        {
            "name": name,
            "in": "path" if f"{{{name}}}" in one.path else "query",
            "required": name in required,
            "schema": _without_null(about),
            **({"description": about["description"]} if "description" in about else {}),
        }
        for name, about in properties.items()
    ]


def _without_null(schema: Schema) -> Schema:
    """Return the schema of a parameter: one that is not there is null, but none is written so."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    (kept,) = [choice for choice in choices if choice != {"type": "null"}]
    return dict(kept)


def _responses(one: Operation) -> Schema:
    statuses = {*_OF_ALL, *one.refuses, *(_OF_CHANGES if one.changes else ())}
    refusals = {
        str(status): {
            "description": "refused",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}},
        }
        for status in sorted(statuses)
    }
    if one.name == "ready":
        refusals["503"] = {"description": "not ready", "content": {**_content(one.answers), **_problem_content()}}
    found: Schema = {str(one.answers.status): {"description": "done", "content": _content(one.answers)}, **refusals}
    if one.stream is not None and one.name == "audio":
        found["206"] = {"description": "a range", "content": _content(one.answers)}
        found["304"] = {"description": "not changed"}
    return found


def _problem_content() -> Schema:
    return {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}


def _content(answers: Answers) -> Schema:
    found: Schema = {name: {} for name in answers.content}
    if answers.schema is not None:
        schema: Schema = {"$ref": f"#/components/schemas/{answers.schema}"}
        if answers.page:
            schema = _object(items={"type": "array", "items": schema}, next=_NULLABLE_TEXT)
        found["application/json"] = {"schema": schema}
    return found
