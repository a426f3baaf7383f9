"""Numbers of things, as people say them."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return ``1 file`` or ``2 files``; ``many`` is for words whose plural is not that with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
