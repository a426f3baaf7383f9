"""Flavors for tests."""

from hypothesis import strategies as st


def two_way(name, first):
    """Make a binary characteristic."""
    return name, (("yes", first), ("no", 1 - first))


def several(name, *values):
    """Make a complex characteristic."""
    return name, tuple((f"member {number}", value) for number, value in enumerate(values))


def _shares(count):
    def normalised(values):
        return tuple((f"m{number}", value / sum(values)) for number, value in enumerate(values))

    return st.lists(st.floats(0.01, 1), min_size=count, max_size=count).map(normalised)


def flavors():
    """Give flavors with some of two binary and two complex characteristics."""
    groups = {"voice": _shares(2), "live": _shares(2), "key": _shares(3), "tempo": _shares(5)}
    return st.fixed_dictionaries({}, optional=groups).map(lambda found: tuple(found.items()))
