"""A small music folder, made from nothing: audible music of several formats with a known truth."""
