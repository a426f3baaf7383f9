"""Every event has a form for programs."""

import json
from dataclasses import fields
from typing import get_args

import pytest

from passagework.domain.progress import Event
from passagework.json_forms.events import event_json, event_name
from tests.support.distinct import Distinct

KINDS = get_args(Event)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_can_be_written_with_all_of_its_fields(kind):
    event = Distinct().of(kind)
    written = json.loads(json.dumps(event_json(event)))
    if kind.__name__ not in {"RunFinished", "FileUnfinished", "RefreshPlanned"}:
        assert {field.name for field in fields(kind)} <= {name.removesuffix("_seconds") for name in written}


def test_each_event_has_a_name_of_its_own():
    names = [event_name(Distinct().of(kind)) for kind in KINDS]
    assert len(set(names)) == len(names)


def test_what_a_person_set_stands_in_its_event():
    edited = Distinct().of(next(kind for kind in KINDS if kind.__name__ == "ValuesSet"))
    (first, *_) = event_json(edited)["values"]
    assert (first["subject"], first["key"], first["before"]) == (
        edited.values[0].subject,
        edited.values[0].key,
        edited.values[0].before,
    )
