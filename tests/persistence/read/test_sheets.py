"""Which files were analysed with a sheet beside them."""

from passagework.persistence.read.queries import SheetFolders, SheetHashes

PATHS = (b"/music/a", b"/music/x/b", b"/music0/c", b"/musi/d")


def test_folders_at_and_below_a_root_are_found_and_files_of_these_alone(library, make):
    library.write(*(make.store(library.run, path, sheet_hash=path[-1:] * 16) for path in PATHS))
    library.write(make.store(library.run, b"/music/y/without"))
    found = {root: sorted(library.ask(SheetFolders(root))) for root in (b"/music", b"/music/", b"/music/x", b"/")}
    below = [b"/music", b"/music/x"]
    assert found == {
        b"/music": below,
        b"/music/": below,
        b"/music/x": [b"/music/x"],
        b"/": [b"/musi", *below, b"/music0"],
    }
    assert library.ask(SheetHashes((b"/music/", b"/music/y"))) == {b"/music/a": b"a" * 16}
