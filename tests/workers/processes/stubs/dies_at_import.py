"""Takes the worker with it before any job."""

import os

os.write(2, b"Illegal instruction in libblas\n")
os._exit(132)
