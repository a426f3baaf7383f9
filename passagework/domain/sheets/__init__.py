"""CUE sheets: their text, what they say, and the pieces of a file that follow from it. Pure."""
