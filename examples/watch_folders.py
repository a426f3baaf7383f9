"""Follow folders of music: print what comes and goes until a line is read from the standard input.

python examples/watch_folders.py LIBRARY FOLDER [FOLDER ...]
"""

import sys

from passagework import Event, FileFinished, FollowingChanged, Importer, RunFinished, Settings, display_path


def hear(event: Event) -> None:
    """Print what a host may want to know. Called in a thread of its own."""
    match event:
        case FollowingChanged(folder=folder, way=way, reason=reason):
            print(f"{display_path(folder)}: {way} ({reason})", flush=True)
        case FileFinished(path=path, failure=failure):
            print(f"{display_path(path)}: {failure or 'imported'}", flush=True)
        case RunFinished(run=run, report=report):
            print(f"run {run}: {report.summary.analysed} new, {report.summary.missing} missing", flush=True)


def main(library: str, *folders: str) -> None:
    """Watch until somebody presses Enter."""
    settings = Settings.model_validate({"library": {"path": library}, "scan": {"every": "1d"}})
    with Importer(settings, listeners=[hear]) as importer, importer.watch(folders):
        sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])
