"""Serve HTTP on loopback for as long as a test needs it."""

import threading
from contextlib import contextmanager


@contextmanager
def serving(server):
    """Let a server of ``socketserver`` answer in a thread of its own."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
