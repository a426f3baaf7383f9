import math
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import passagework
from passagework.domain import json_text
from passagework.domain.json_text import read_json, read_json_of_any_size, write_json

WRITERS = [value for name, value in vars(json_text).items() if name.startswith("write_")]
PACKAGE = Path(passagework.__file__).parent


@given(st.floats())
@example(math.inf)
@example(-math.inf)
@example(math.nan)
@example(-0.0)
@example(5e-324)
@example(1.7976931348623157e308)
def test_a_number_is_finite_in_every_text_that_is_read_or_written(number):
    for write in WRITERS:
        if math.isfinite(number):
            assert read_json(write([number])) == [number]
        else:
            with pytest.raises(ValueError, match="JSON compliant"):
                write({"x": [number]})
    text = f"[{number!r}]".replace("inf", "Infinity").replace("nan", "NaN")
    if math.isfinite(number):
        assert read_json(text) == [number]
    else:
        with pytest.raises(ValueError, match="no number of JSON"):
            read_json(text)


@pytest.mark.parametrize("text", ["1e999", "-1e999", "[1.5e400]", '{"a": 123456789.0e308}'])
def test_a_number_beyond_the_range_of_a_float_is_refused(text):
    with pytest.raises(ValueError, match="too large a number"):
        read_json(text)


def test_equal_values_have_equal_texts_and_ascii_can_hold_everything():
    assert json_text.write_sorted_json({"b": 1, "a": 2}) == '{"a":2,"b":1}'
    assert write_json("\ud800é") == '"\\ud800\\u00e9"'


def test_every_other_module_reads_and_writes_json_through_this_one():
    imports = re.compile(r"^\s*(import json|from json)\b", re.MULTILINE)
    users = [path.name for path in PACKAGE.rglob("*.py") if imports.search(path.read_text("utf-8"))]
    assert users == ["json_text.py"]


@pytest.mark.parametrize("read", [read_json, read_json_of_any_size])
@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000])
def test_a_text_that_is_nested_deeper_than_python_reads_is_refused_like_any_other(read, text):
    with pytest.raises(ValueError, match="deep"):
        read(text)
