"""Loads a module once more for one user of it, apart from the copy that everybody else imports."""

from importlib.util import find_spec, module_from_spec
from types import ModuleType


def private_copy(name: str) -> ModuleType:
    """Load the module ``name`` anew, without registering it: what is set in it stays in it.

    For libraries whose settings, limiters and locks are global to their module, in a process that may use them too.
    What the module imports in its turn is shared; so are the packages above a dotted name, which are imported. Its
    exceptions are other classes than those of the copy that others see. Raises ModuleNotFoundError.
    """
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
