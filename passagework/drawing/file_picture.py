"""What is on the picture of a file."""

from passagework.domain.views import FileCurves
from passagework.drawing.shapes import Paint, Picture, Text


def file_picture(name: str, curves: FileCurves) -> Picture:
    """Draw a file."""
    label = f"{name}: {len(curves.passages)} passages"
    return Picture(1200, 420, Paint("#ffffff"), name, (Text((20, 40), label, 16, Paint("#333333")),))
