"""What must not stand in any file: the places of the machine it was written on, and where packages come from."""

import re
from pathlib import Path

import pytest

HERE = [place for place in {str(Path(__file__).resolve().parents[2]), str(Path.home())} if len(place) > 2]
PLACE = re.compile("|".join([rf"(?<![\w.~]){re.escape(place)}(?![\w-])" for place in HERE] + [r"(?<![\w.~])/root/"]))
FROM_SOMEWHERE = re.compile(r"://|--(extra-)?index-url|--find-links|^-[if] ", re.MULTILINE)


@pytest.mark.slow
def test_no_file_names_a_folder_of_the_machine_it_was_written_on(project_files, root):
    found = []
    for path in project_files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            hit = PLACE.search(line)
            if hit and path.name != "test_tree.py":
                found.append(f"{path.relative_to(root)}:{number}: {hit[0]}")
    assert not found


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "bootstrap.py", ".ci/run"])
def test_what_is_installed_is_named_and_not_where_it_comes_from(root, name):
    assert not FROM_SOMEWHERE.search((root / name).read_text(encoding="utf-8"))


def test_every_text_file_ends_with_a_line_end_and_has_no_carriage_return(project_files, root):
    suffixes = {".py", ".md", ".toml", ".sql", ".txt"}
    texts = {path: path.read_bytes() for path in project_files if path.suffix in suffixes}
    assert not [
        str(path.relative_to(root)) for path, text in texts.items() if b"\r" in text or (text and text[-1:] != b"\n")
    ]


def test_links_in_the_documents_lead_somewhere(project_files, root):
    broken = []
    for path in project_files:
        if path.suffix == ".md":
            targets = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
            broken += [f"{path.relative_to(root)} -> {at}" for at in targets if not (path.parent / at).exists()]
    assert not broken
