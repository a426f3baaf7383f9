"""What one answer of a service may cost: sizes, counts and ranges. Real answers are far below.

Of the recorded answers of AcoustID (tests, July 2021) the largest has 82 kB, 3,700 values in 9 levels, 3 results with
30 recordings; with releases and tracks a popular track takes 300 kB. A release of MusicBrainz of 500 tracks with all
relations has some 3 MB, 100,000 elements and attributes in 14 levels.
"""

from typing import Final

LARGEST_ANSWER: Final = 8 * 1024 * 1024
"""Uncompressed bytes of one answer."""

MOST_VALUES: Final = 250_000
"""Values of JSON, which begin with a comma or a bracket."""

MOST_MARKS: Final = 500_000
"""Tags and attributes of XML: an element has one or two tags."""

MOST_LISTED: Final = 100
"""Releases or recordings of a page of MusicBrainz that are used: the server's longest page."""

DEEPEST: Final = 32
"""Levels of nesting."""

LONGEST_TEXT: Final = 4_096
"""Characters that are kept of one text."""

LARGEST_NUMBER: Final = 2**31 - 1
"""Both services keep positions, counts and milliseconds in 32 bits."""
