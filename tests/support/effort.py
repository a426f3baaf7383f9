"""How much a test tries: little in the suite, more in ``.ci/long``, which sets ``PASSAGEWORK_LONG``."""

import os
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

LONG_VARIABLE = "PASSAGEWORK_LONG"
LONG = bool(os.environ.get(LONG_VARIABLE))

Amount = TypeVar("Amount")


def effort(short: Amount, long: Amount) -> Amount:
    """Return ``short`` in the suite, ``long`` in ``.ci/long``; mark the test ``long``, so that it runs there."""
    return long if LONG else short


def examples(number: int) -> settings:
    """Try this number of examples, ten times as many in ``.ci/long``."""
    return settings(max_examples=effort(number, 10 * number))


def mark_properties(items):
    """Mark every property as ``long``: ``.ci/long`` generates more examples."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.long)


def load_hypothesis_profile() -> None:
    """Set what holds for every property.

    No deadline for a single example, and no health check for slow ones: both depend on the load of the machine. The
    suite generates the same examples every time, so only a change can make it fail; ``.ci/long`` generates new ones.
    """
    every = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile("suite", max_examples=60, derandomize=True, **every)
    settings.register_profile("long", max_examples=1000, print_blob=True, **every)
    settings.load_profile(effort("suite", "long"))
