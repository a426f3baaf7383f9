"""Pictures of analysed files: composed once, and written as SVG or as PNG."""
