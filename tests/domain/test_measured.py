"""The table of measured columns, as the library, JSON and exports read it."""

import dataclasses

import pytest

from passagework.domain.measured import Loudness, PassageMeasures, Unit, loudness_from, measured_columns, measures_from
from passagework.domain.units import TICKS_PER_SECOND, Ticks


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Measured(PassageMeasures):
    """Measures of which no table was made yet."""


def test_only_fades_and_loudness_may_be_missing_and_only_the_true_peak_may_be_off():
    columns = measured_columns(Measured)
    assert [one.name for one in columns if not one.optional] == ["start", "end", "lead_in", "lead_out"]
    assert [one.name for one in columns if one.can_be_off] == ["true_peak"]


def test_a_measured_value_is_found_through_its_path():
    paths = {one.name: one.path for one in measured_columns(Measured)}
    assert (paths["start"], paths["true_peak"]) == (("start",), ("loudness", "true_peak"))


def test_a_time_is_named_in_seconds_and_in_ticks_and_another_value_once():
    loudness = Loudness(-17.5, 6.25, -0.5, -0.75)
    value = Measured(
        start=Ticks(TICKS_PER_SECOND // 2),
        end=Ticks(3 * TICKS_PER_SECOND),
        lead_in=Ticks(1),
        lead_out=Ticks(2),
        fade_in=None,
        fade_out=Ticks(4),
        loudness=loudness,
    )
    named = {one.name: one.named(value) for one in measured_columns(Measured)}
    assert named["start"] == {"start_seconds": 0.5, "start_ticks": TICKS_PER_SECOND // 2}
    assert named["fade_in"] == {"fade_in_seconds": None, "fade_in_ticks": None}
    assert named["loudness"] == {"loudness_lufs": -17.5}


def test_every_value_is_read_from_its_own_column_of_a_row():
    row = {one.column: number for number, one in enumerate(measured_columns(PassageMeasures), 1)}
    read = PassageMeasures(**measures_from({**row, "other": 99}))
    assert {one.column: one.of(read) for one in measured_columns(PassageMeasures)} == row
    assert loudness_from(row) == read.loudness


def test_every_unit_is_the_end_of_a_name_that_machines_read():
    for column in measured_columns(Measured):
        assert column.names[-1] == f"{column.name}_{column.unit}"
        assert (len(column.names) == 2) is (column.unit is Unit.TICKS)


def test_a_field_that_says_neither_its_column_nor_its_parts_is_refused():
    @dataclasses.dataclass
    class Forgotten:
        value: int

    with pytest.raises(TypeError, match=r"^Forgotten\.value says neither its column nor its parts$"):
        measured_columns(Forgotten)
