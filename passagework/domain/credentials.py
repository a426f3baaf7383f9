"""Users and passwords in addresses: they may come from a person or a server, and are in no message and no log."""

import re
from typing import Final

HIDDEN: Final = "\N{HORIZONTAL ELLIPSIS}"

# A password may contain anything, and one slash is left of two where an address was taken for a path.
_USER_INFO: Final = re.compile(r"(?<=[a-z0-9]:/)(/?)[^\s\"'/][^\s\"']*@", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """Hide what stands before the last ``@`` of each address in a text."""
    return _USER_INFO.sub(rf"\g<1>{HIDDEN}@", text) if "@" in text else text
