"""The links at the top level are for readers; no code goes through them."""

import ast
import os

import pytest

LAYERS = ("actors", "domain", "persistence", "config")


def _links(root):
    links = [root / name for name in LAYERS]
    if not any(os.path.lexists(link) for link in links) or not all(link.is_symlink() for link in links):
        pytest.skip("unpacked from an archive without links")
    return links


def test_each_link_leads_to_the_layer_of_its_name_by_a_relative_path(root):
    for link in _links(root):
        assert os.readlink(link) == f"passagework/{link.name}"
        assert (link / "__init__.py").is_file()


@pytest.mark.slow
def test_nothing_is_imported_through_the_links(project_files, root):
    through = []
    for path in project_files:
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_bytes(), path)):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            through += [f"{path.relative_to(root)}:{node.lineno}" for name in names if name.split(".")[0] in LAYERS]
    assert not through
