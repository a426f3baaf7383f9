"""The only place where benchmarks take names from inside Passagework; each file says what for.

Everything else goes through public doors: ``from passagework import …``, the command line, the log, and library files
read with ``sqlite3``. A test keeps it so. A change inside the package then touches one file here. There are several
files so that a program that measures little does not import, and pay for, everything.
"""
