"""Load a private copy of a module, separate from the one that others import."""

from importlib.util import find_spec, module_from_spec
from types import ModuleType


def private_copy(name: str) -> ModuleType:
    """Load a new copy of the module ``name`` without registering it, so changes to it affect nobody else.

    For libraries with module-global settings, limiters and locks, in a process that may use them too.
    Modules that it imports are shared; so are the parent packages of a dotted name, which are imported. Its
    exceptions are other classes than those of the registered copy. Raises ModuleNotFoundError.
    """
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
