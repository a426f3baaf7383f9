"""The trained nets, for the tests that need them."""

import pytest

from passagework.audio.flavor.model_files import NoNets, installed_nets


@pytest.fixture(scope="session")
def nets():
    """Give the installed nets; skip where there are none."""
    found = installed_nets()
    if isinstance(found, NoNets):
        pytest.skip(found.reason)
    return found
