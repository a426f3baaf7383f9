"""``passagework/__init__.pyi`` as it has to be: the public names for type checkers, made from the one table of them.

python -m tests.support.public_stub > passagework/__init__.pyi
"""

import sys

import passagework


def public_stub() -> str:
    """Give the text of the stub."""
    lines = [
        f'"""{passagework.__doc__}"""',
        "",
        "# Made by tests/support/public_stub.py from the table in __init__.py.",
        "",
    ]
    for home, names in sorted(passagework._HOMES.items()):
        lines += [f"from {home} import {name} as {name}" for name in sorted(names)]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(public_stub())
