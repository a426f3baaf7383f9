"""The OpenAPI document says what the service does, and the service does what it says."""

import json
import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from passagework.service.openapi import openapi_document
from passagework.service.operations.all_operations import OPERATIONS


@pytest.fixture(scope="module")
def document():
    return json.loads(openapi_document())


def references(value):
    match value:
        case dict():
            for key, each in value.items():
                if key == "$ref":
                    yield each
                else:
                    yield from references(each)
        case list():
            for each in value:
                yield from references(each)


def test_every_operation_is_in_it_and_no_other(document):
    written = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert written == {(one.path, one.method.lower()) for one in OPERATIONS}
    names = [one.name for one in OPERATIONS]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(document):
    for reference in set(references(document)):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_every_field_of_a_path_is_a_parameter(document):
    for path, methods in document["paths"].items():
        for about in methods.values():
            named = {one["name"] for one in about.get("parameters", []) if one["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


@pytest.mark.slow
def test_generated_requests_get_the_answers_that_it_states(serve_folder, music):
    schemathesis = pytest.importorskip("schemathesis", reason="pip install 'passagework[openapi]'")
    from schemathesis.checks import not_a_server_error  # noqa: PLC0415 - where it is installed
    from schemathesis.specs.openapi.checks import (  # noqa: PLC0415 - as above
        content_type_conformance,
        negative_data_rejection,
        response_schema_conformance,
        status_code_conformance,
        unsupported_method,
    )

    served = serve_folder(music)
    address = f"http://127.0.0.1:{served.service.port}"
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    left_out = {"events", "start-run", "retry-failures"}
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
        negative_data_rejection,
        unsupported_method,
    ]
    asked = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.definition.raw["operationId"] in left_out:
            continue

        @settings(
            max_examples=6,
            database=None,
            derandomize=True,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case):
            case.call_and_validate(checks=checks)

        given(case=operation.as_strategy())(ask)()
        asked.add(operation.definition.raw["operationId"])
    # It does not ask for the document that it reads.
    assert asked == {one.name for one in OPERATIONS} - left_out - {"openapi"}
