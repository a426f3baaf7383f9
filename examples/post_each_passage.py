"""Post each passage to a web server as soon as what it is has been committed: a listener of the importer.

    python examples/post_each_passage.py LIBRARY FOLDER URL

A listener is called in a thread of its own, so it may be slow, and what it raises is logged and harms nobody. It hears:

- RunStarted, RunFinished: a run was opened, or closed with its report
- FileFinished: the result of a file is committed, passages or a failure
- FileLinked: what the passages of a file are is committed; again, if more becomes known later
- FolderSkipped: a root or folder could not be scanned
- LibraryPaused, LibraryResumed: the library takes no writes at the moment, or takes them again
- EventsMissed: the listener was so slow that some events are not told
"""

import json
import sys
from urllib.request import Request, urlopen

from passagework import Event, FileLinked, Importer, Settings, display_path


def main(library: str, folder: str, url: str) -> int:
    """Import a folder; print how many passages were posted."""
    posted: list[str] = []
    with Importer(Settings.model_validate({"library": {"path": library}})) as importer:

        def post_each(event: Event) -> None:
            if isinstance(event, FileLinked):
                for guid in event.passages:
                    passage = importer.library.passage(guid)
                    body = json.dumps(
                        {"guid": guid, "file": display_path(passage.path), "title": passage.title.name}
                    ).encode()
                    request = Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - a person gives it
                    with urlopen(request, timeout=10):  # noqa: S310 - the same
                        posted.append(guid)

        importer.listen(post_each)
        report = importer.start(folder).wait()
    # Closing has waited for the listener.
    print(f"{len(posted)} passages posted")
    return 1 if report.new_failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
