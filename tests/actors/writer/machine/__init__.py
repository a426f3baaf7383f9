"""A state machine for the persistence actor: what it is told, what breaks under it, and what must hold all the same."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.content", f"{__name__}.world", f"{__name__}.unreliable")
