"""What ``--json`` prints, against the schemas of docs/schemas: nothing more, nothing less, in its type."""

import json
from dataclasses import asdict
from pathlib import Path

import click
import jsonschema
import pytest
from referencing import Registry, Resource

from passagework.api.flavor_documents import ImportedFlavors
from passagework.cli.commands.export_mysql import exported_json
from passagework.cli.commands.flavor import distance_json, imported_json
from passagework.cli.commands.forget import forget_json
from passagework.cli.group import cli
from passagework.cli.output.trial import trial_json
from passagework.domain.cut_doubts import CutsInDoubt
from passagework.domain.duplicates import Duplicates
from passagework.domain.edits import Edited
from passagework.domain.flavor.similar import Similar
from passagework.domain.flavor.sources import PassageDistance
from passagework.domain.flavor.values import Flavor
from passagework.domain.following import FollowingChanged
from passagework.domain.forgetting import Forgettable, Forgotten
from passagework.domain.gains import PassageGains
from passagework.domain.measured import Loudness, PassageMeasures, measured_columns
from passagework.domain.playing import NextUp
from passagework.domain.progress import RunReport
from passagework.domain.undo import Undone
from passagework.domain.views import FailedFile, FileView, Finding, LibraryStatus, PassageView, RunView, Stale
from passagework.domain.writer_statistics import Writer
from passagework.export.mysql.export import Exported
from passagework.json_forms.document import document
from passagework.json_forms.duplicates import duplicates_json
from passagework.json_forms.following import following_json
from passagework.json_forms.next_up import next_json
from passagework.json_forms.report import report_json
from passagework.json_forms.runs import finding_json, run_json
from passagework.json_forms.similar import similar_json
from passagework.json_forms.stale import stale_json
from passagework.json_forms.status import status_json
from passagework.json_forms.views import cuts_in_doubt_json, edited_json, failed_file_json, file_json, passage_json
from tests.support.distinct import Distinct

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"

KINDS = (
    "passage",
    "file",
    "cuts-in-doubt",
    "failed-file",
    "import",
    "status",
    "edited",
    "run",
    "findings",
    "trial",
    "following",
    "undo",
    "forget",
    "duplicates",
    "flavor-distance",
    "flavor-import",
    "similar",
    "next",
    "export-mysql",
)

MAPS = {"raw_tags", "shares", "files", "found", "links", "rows", "warnings", "retries", "tables"}
"""Their names are data: codes, tables, tags."""


@pytest.fixture(scope="module")
def schemas():
    return {path.stem: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")}


@pytest.fixture(scope="module")
def problems(schemas):
    """Give a function that says what of a document its schema does not allow."""
    registry = Registry().with_resources((f"{kind}.json", Resource.from_contents(of)) for kind, of in schemas.items())
    validators = {kind: jsonschema.Draft202012Validator(of, registry=registry) for kind, of in schemas.items()}
    return lambda kind, found: [str(problem) for problem in validators[kind].iter_errors(found)]


def objects_of(schema):
    """Give every schema of an object with fields."""
    yield schema
    yield from schema.get("$defs", {}).values()


def documents(values):
    """Make one document of each kind from values, as its command does."""
    status = status_json(values.of(LibraryStatus), values.of(Writer))
    contents = {
        "passage": passage_json(values.of(PassageView), values.of(PassageGains), values.of(Flavor)),
        "file": file_json(values.of(FileView)),
        "cuts-in-doubt": cuts_in_doubt_json(values.of(CutsInDoubt)),
        "failed-file": failed_file_json(values.of(FailedFile)),
        "import": report_json(values.of(RunReport)),
        "status": {"library": "/music.passages", **status, **stale_json(values.of(Stale))},
        "following": following_json(values.of(FollowingChanged)),
        "edited": {"edited": [edited_json(values.of(Edited))]},
        "run": run_json(values.of(RunView)),
        "findings": {**run_json(values.of(RunView)), "findings": [finding_json(values.of(Finding))]},
        "trial": trial_json(
            Path("/music.passages"), values.of(RunReport), values.of(RunView), [values.of(Finding)], [b"/a", b"/b\xff"]
        ),
        "undo": asdict(values.of(Undone)),
        "duplicates": duplicates_json(values.of(Duplicates)),
        "flavor-distance": distance_json(values.of(PassageDistance)),
        "flavor-import": imported_json(values.of(ImportedFlavors), 3),
        "similar": similar_json(["a guid"], [values.of(Similar)]),
        "next": next_json(values.of(NextUp)),
        "forget": forget_json(values.of(Forgettable), values.of(Forgotten)),
        "export-mysql": exported_json(values.of(Exported)),
    }
    return {kind: json.loads(json.dumps(document(content))) for kind, content in contents.items()}


@pytest.mark.slow
def test_every_kind_of_document_has_a_schema_of_the_2020_draft(schemas):
    assert schemas.keys() == set(KINDS)
    for schema in schemas.values():
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_name_of_a_schema_is_explained_and_no_other_is_allowed(schemas):
    for schema in schemas.values():
        for one in objects_of(schema):
            assert one["additionalProperties"] is False
            assert all(about["description"] and about["x-since"] for about in one["properties"].values())


@pytest.mark.parametrize("values", [Distinct(0), Distinct(1), Distinct(absent=True)], ids=["", "newer codes", "absent"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_command_prints_fits_its_schema(kind, values, problems):
    assert problems(kind, documents(values)[kind]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_of_a_schema_is_printed_old_ones_included(kind, schemas):
    found = documents(Distinct())[kind]
    assert found.keys() == schemas[kind]["properties"].keys()
    assert found["format"] == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_is_not_in_the_schema_is_refused_wherever_it_is(kind, problems):
    found = documents(Distinct())[kind]
    for place in objects_in(found):
        place["mood"] = "new"
        assert problems(kind, found), place
        del place["mood"]


def objects_in(found):
    if isinstance(found, dict):
        yield found
        found = [part for name, part in found.items() if name not in MAPS]
    if isinstance(found, list):
        for part in found:
            yield from objects_in(part)


@pytest.mark.parametrize(("kind", "of"), [("passage", PassageMeasures), ("file", Loudness)])
def test_all_that_is_measured_is_in_the_schema_with_its_unit_and_meaning(kind, of, schemas):
    properties = schemas[kind]["properties"]
    for column in measured_columns(of):
        for name in column.named(Distinct().of(of)):
            unit = "s" if name.endswith("_seconds") else column.unit.symbol
            said = {"x-unit": unit, "description": column.meaning.replace("NULL", "null")}
            assert properties.get(name, {}).items() >= said.items(), f"docs/schemas/{kind}.json: {name} {said}"


def test_what_the_commands_print_of_a_library_fits_the_schemas(ask, problems, small_library):
    def lines(*command):
        return [json.loads(line) for line in ask(*command, "--json").output.splitlines()]

    def whole(*command):
        return json.loads(ask(*command, "--json").output)

    file = whole("show", small_library.music / "One.flac")
    printed = [
        ("file", file),
        ("file", whole("show", small_library.music / "bad\r\x1b[2J.mp3")),
        ("passage", whole("show", file["passages"][0]["guid"])),
        ("status", whole("status")),
        ("findings", whole("runs", "show", 1)),
        *(("run", line) for line in lines("runs")),
        *(("passage", line) for line in lines("list")),
        *(("failed-file", line) for line in lines("list", "--failed")),
    ]
    assert [kind for kind, _ in printed] == [
        "file",
        "file",
        "passage",
        "status",
        "findings",
        "run",
        "passage",
        "passage",
        "failed-file",
    ]
    assert [problems(kind, found) for kind, found in printed] == [[]] * len(printed)


def test_what_imports_sets_forgets_and_undoes_fits_the_schemas(run, problems, small_library, tmp_path):
    library = tmp_path / "own.passages"

    def whole(command, *arguments, expect=0):
        return json.loads(run(command, "--library", library, "--json", *arguments, expect=expect).output)

    report = whole("import", "--quiet", "--set", "analysis.executor=inline", small_library.music, expect=1)
    guid = whole("show", small_library.music / "One.flac")["passages"][0]["guid"]
    assert problems("import", report) == []
    assert problems("edited", whole("set", guid, "title=Pot", "probability=0.5")) == []
    preview = whole("forget", small_library.music / "One.flac")
    assert preview["own_items"]
    assert problems("forget", preview) == []
    assert problems("forget", whole("forget", "--yes", small_library.music / "One.flac")) == []
    assert problems("undo", whole("undo", report["run"])) == []


def commands_with_json(group, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands_with_json(command, (*path, name))
        elif any("--json" in option.opts for option in command.params):
            yield " ".join((*path, name))


def test_every_command_that_prints_json_is_held_to_a_schema_here():
    assert sorted(commands_with_json(cli)) == [
        "cut",
        "duplicates",
        "export mysql",
        "flavor distance",
        "flavor import",
        "forget",
        "import",
        "list",
        "next",
        "review cut",
        "review cuts",
        "review keep",
        "review list",
        "runs",
        "set",
        "show",
        "similar",
        "status",
        "undo",
        "watch",
    ]
