"""Peak memory of an export that has its process to itself."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.support.effort import effort

EXPORT = """
import sys
from pathlib import Path
from passagework.cli.group import cli
try:
    cli(["export", sys.argv[1], sys.argv[3], "--library", sys.argv[2]])
except SystemExit as end:
    assert not end.code
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""

LINES = (10_000, 60_000, 12)
SIZES = {"json": LINES, "csv": LINES, "m3u": LINES, "parquet": (20_000, 120_000, 24)}
"""Few and many passages, and by how many MiB the peaks may differ; Parquet's groups of rows reach their size later."""

MANY = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO passage (guid, file_id, start_ticks, end_ticks, lead_in_ticks, lead_out_ticks, link_state, analysis_run,
    first_run, user_title)
SELECT printf('%032d', i), (SELECT min(id) FROM file), 1000000000 + 2 * i, 1000000001 + 2 * i, 0, 0, 'text-only', 1, 1,
    'Title ' || i
FROM n
"""


def library_with(count, source, target):
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute(MANY, (count,))
        new.commit()
    return target


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
# csv and m3u go through the same reader and writer of lines as json does; all go through the same reader.
@pytest.mark.parametrize("kind", effort(["json"], ["json", "csv", "parquet", "m3u"]))
def test_six_times_as_many_passages_take_no_more_memory(exported_library, tmp_path, kind):
    if kind == "parquet":
        pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    peaks = []
    few, many, most = SIZES[kind]
    for count in (few, many):
        library = library_with(count, exported_library[0], tmp_path / f"{count}.passages")
        arguments = [sys.executable, "-c", EXPORT, kind, str(library), str(tmp_path / f"{count}.{kind}")]
        ran = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=280)
        assert int(ran.stderr.split()[0]) >= count
        peaks.append(int(ran.stdout) / 1024)
    assert peaks[1] - peaks[0] < most, f"{peaks[0]:.0f} MiB for {few:,}, {peaks[1]:.0f} MiB for {many:,}"
