"""The track list of a release, and where its tracks are in a file that holds all of them."""
