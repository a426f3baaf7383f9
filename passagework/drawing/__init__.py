"""Pictures of analysed files: what is on them is decided once, and written as SVG or as PNG."""
