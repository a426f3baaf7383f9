"""Every number of the configuration has two bounds, and whatever is written there is within them or refused."""

import math

import pytest
from annotated_types import Ge, Gt, Le, Lt
from hypothesis import given
from hypothesis import strategies as st

from passagework.api.rules import executor_rules, system_rules
from passagework.config.problems import all_keys
from passagework.config.settings import Settings, load_settings
from passagework.domain.errors import ConfigError
from tests.support.effort import examples


def field_of(key):
    section, _, name = key.rpartition(".")
    return (Settings.model_fields[section].annotation if section else Settings).model_fields[name]


NUMBERS = [key for key in all_keys(Settings) if field_of(key).annotation in {int, float}]


@pytest.mark.parametrize("key", NUMBERS)
def test_a_number_has_a_lower_and_an_upper_bound(key):
    bounds = {type(bound) for bound in field_of(key).metadata}
    assert bounds & {Ge, Gt}
    assert bounds & {Le, Lt}


@examples(100)
@given(st.sampled_from(NUMBERS), st.floats().map(repr) | st.integers(-(2**70), 2**70).map(str))
def test_whatever_is_written_is_refused_by_the_name_of_its_key_or_gives_usable_rules(key, text):
    settings, refused = None, ""
    try:
        settings = load_settings(overrides={key: text}, environ={})
    except ConfigError as error:
        refused = str(error)
    assert (settings is None) is (key in refused)
    if settings is None:
        return
    section, _, name = key.partition(".")
    value = getattr(getattr(settings, section), name)
    assert value == float(text)
    assert math.isfinite(value)
    system_rules(settings)
    executor_rules(settings)
