"""docs/json.md has the tables of the schemas."""

import json
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((DOCS / "schemas").glob("*.json"))}


def kind_of(about):
    if "$ref" in about:
        return f"`{about['$ref'].rpartition('/')[2].removesuffix('.json')}`"
    if "anyOf" in about:
        return " or ".join(map(kind_of, about["anyOf"]))
    if "const" in about:
        return json.dumps(about["const"])
    types = about["type"] if isinstance(about["type"], list) else [about["type"]]
    words = []
    for kind in types:
        if kind == "array" and (inner := kind_of(about["items"])) != "array":
            words.append(f"array of {inner}")
        elif kind == "object":
            words.append(f"object of {kind_of(about['additionalProperties'])}")
        else:
            words.append(kind)
    return " or ".join(words)


def table(schema):
    """Give the names that stay, in order."""
    lines = ["| name | type | unit | meaning | since |", "|---|---|---|---|---|"]
    for name, about in schema["properties"].items():
        if not about.get("deprecated"):
            unit = about.get("x-unit", "")
            lines.append(f"| `{name}` | {kind_of(about)} | {unit} | {about['description']} | {about['x-since']} |")
    return "\n".join(lines) + "\n"


def deprecated(kind, schema):
    parts = [(kind, schema), *((f"{kind}: `{name}`", part) for name, part in schema.get("$defs", {}).items())]
    for where, part in parts:
        for name, about in part["properties"].items():
            if about.get("deprecated"):
                unit = about.get("x-unit", "")
                yield f"| {where} | `{name}` | {unit} | {about['description'].removeprefix('Read ').rstrip('.')} |"


def old_names():
    lines = ["| document | deprecated | unit | read instead |", "|---|---|---|---|"]
    return "\n".join([*lines, *(line for kind, schema in SCHEMAS.items() for line in deprecated(kind, schema))]) + "\n"


@pytest.fixture(scope="module")
def written():
    return (DOCS / "json.md").read_text("utf-8")


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_table_of_a_document_is_that_of_its_schema(kind, written):
    schema = SCHEMAS[kind]
    assert f"[schema](schemas/{kind}.json)" in written
    assert schema["description"].replace("`", "") in written.replace("`", "")
    for part in (schema, *schema.get("$defs", {}).values()):
        assert table(part) in written, f"docs/json.md must have\n{table(part)}"


def test_every_deprecated_name_is_listed(written):
    assert old_names() in written, f"docs/json.md must have\n{old_names()}"
