"""The token: 256 random bits that are shown once. Only their hash is kept, so the file gives nobody access."""

import hashlib
import hmac
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from passagework.service.errors import ServeTokenFileError

_HASH: Final = re.compile(r"sha256:[0-9a-f]{64}\n?")
_BEARER: Final = b"bearer "
_LONGEST: Final = 200
_MOST_BYTES: Final = 1_000


class Token:
    """The hash of a token. A hash without salt and stretching is enough for what nobody can guess."""

    def __init__(self, digest: str) -> None:
        self._digest = bytes.fromhex(digest)

    def matches(self, header: bytes | None) -> bool:
        """Tell whether an Authorization header has the token. The time that it takes says nothing of it."""
        if header is None or len(header) > _LONGEST or header[: len(_BEARER)].lower() != _BEARER:
            return False
        given = hashlib.sha256(header[len(_BEARER) :].strip()).digest()
        return hmac.compare_digest(given, self._digest)


def make_token(path: Path) -> str:
    """Make a token, keep its hash at ``path`` in place of the one before, and return it.

    Only the owner of the file may read it. Raises ServeTokenFileError if it cannot be written.
    """
    token = secrets.token_urlsafe(32)
    content = f"sha256:{hashlib.sha256(token.encode('ascii')).hexdigest()}\n"
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with open(descriptor, "w", encoding="ascii") as file:
                file.write(content)
            beside.replace(path)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise
    except OSError as error:
        raise ServeTokenFileError(f"serve.token_file: {path} cannot be written: {error.strerror}") from error
    return token


def read_token(path: Path) -> Token | None:
    """Read the hash; None if there is no file. Raises ServeTokenFileError for any other content."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ServeTokenFileError(f"serve.token_file: {path} cannot be read: {error.strerror}") from error
    with open(descriptor, "rb") as file:
        regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        text = file.read(_MOST_BYTES).decode("ascii", "replace") if regular else ""
    if not _HASH.fullmatch(text):
        raise ServeTokenFileError(
            f"serve.token_file: {path} is no hash of a token; 'passagework serve --make-token' makes one"
        )
    return Token(text.strip().removeprefix("sha256:"))
