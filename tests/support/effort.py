"""How much a test tries: little in the suite, more in ``.ci/long``, which sets ``PASSAGEWORK_LONG``."""

import os
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

LONG_VARIABLE = "PASSAGEWORK_LONG"
LONG = bool(os.environ.get(LONG_VARIABLE))

Amount = TypeVar("Amount")


def effort(short: Amount, long: Amount) -> Amount:
    """Give what the suite tries, or what ``.ci/long`` does; mark the test ``long``, so that it runs there."""
    return long if LONG else short


def examples(number: int) -> settings:
    """Try so many examples, ten times as many in ``.ci/long``."""
    return settings(max_examples=effort(number, 10 * number))


def mark_properties(items):
    """Mark every property as ``long``: ``.ci/long`` draws more examples."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.long)


def load_hypothesis_profile() -> None:
    """Set what holds for every property.

    No deadline for a single example, and no complaint about slow ones: both depend on what else the machine does. The
    suite draws the same examples every time, so that it only fails by a change; ``.ci/long`` draws new ones.
    """
    every = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile("suite", derandomize=True, **every)
    settings.register_profile("long", max_examples=1000, print_blob=True, **every)
    settings.load_profile(effort("suite", "long"))
