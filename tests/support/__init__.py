"""What several folders of tests share: builders, fakes, small disks, clusters. No installed package has it."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.executor_probe", f"{__name__}.tagged_files")
