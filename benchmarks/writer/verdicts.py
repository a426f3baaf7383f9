"""What was expected, and whether it came: printed together at the end of a benchmark."""


class Verdicts:
    """Collects the expectations of one benchmark."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, figure: str, expected: str, *, met: bool) -> None:
        """Note a figure beside what was expected of it."""
        self._lines.append(f"{'met   ' if met else 'MISSED'} {figure}, {expected} wanted")

    def show(self) -> None:
        """Print all lines, in the order in which they came."""
        print("\n".join(self._lines))
