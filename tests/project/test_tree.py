"""What must not stand in any file: the places and hosts of the machine it was written on."""

import re
from pathlib import Path

HERE = [place for place in {str(Path(__file__).resolve().parents[2]), str(Path.home())} if len(place) > 2]
NOT_OURS = re.compile(
    "|".join(
        [
            rf"(?<![\w.~])({'|'.join(map(re.escape, HERE)) or '(?!)'})(?![\w-])",
            r"(?<![\w.~])/root/",
            r"(?<![\w.~])/work/(main|shared)",
            "/tmp/" + "lab",
            "/opt/" + "pypi",
            "py" + r"pi\.org",
            "python" + "hosted",
            r"deb\.debian" + r"\.org",
        ]
    )
)


def test_no_file_names_a_folder_of_somebodys_machine_or_a_package_host(project_files, root):
    found = []
    for path in project_files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            hit = NOT_OURS.search(line)
            if hit and path.name != "test_tree.py":
                found.append(f"{path.relative_to(root)}:{number}: {hit[0]}")
    assert not found


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
