"""What several folders of tests share: builders, fakes, small disks, clusters. No installed package has it."""

import pytest

pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in ("executor_probe", "library", "tagged_files")))
