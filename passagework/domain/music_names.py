"""Which files and folders are no music by their names, whatever they contain: leftovers of systems and programs.

The rules are about one name, without its path. Names that people give to music are not among them: a folder "Recycler"
is an album, ``RECYCLER`` is the bin of Windows.
"""

import re
from typing import Final

_SYSTEM_FOLDERS: Final = frozenset(
    (
        # Windows, and its disk check
        b"$recycle.bin;system volume information;$extend;$windows.~bt;$windows.~ws;$sysreset;"
        # macOS, and what it leaves on other systems
        b".trashes;.trash;.spotlight-v100;.fseventsd;.temporaryitems;.documentrevisions-v100;.mobilebackups;__macosx;"
        b".appledouble;.appledb;.appledesktop;network trash folder;thevolumesettingsfolder;"
        # Synology, QNAP, Samba and others
        b"@eadir;@tmp;@sharebin;@sharesnap;@recycle;@recently-snapshot;"
        b"#recycle;#snapshot;#snapshots;.recycle;.recyclebin;.recycle_bin;.deleted;"
        # snapshots of file systems and filers
        b"lost+found;.zfs;.snapshot;.snapshots;.snap;~snapshot;@snapshots;.ckpt;"
        # programs that synchronise: earlier versions, and files under way
        b".stversions;.stfolder;.sync;.dropbox.cache;.tmp.drivedownload;.tmp.driveupload;.rsync-partial;.rsync-tmp;.~tmp~"
    ).split(b";")
)
"""In lower case."""

_SYSTEM_FOLDER: Final = re.compile(
    rb"RECYCLE[RD]\Z"  # Windows up to XP
    rb"|(?i:found\.[0-9]{3}|\.trash-[0-9]+|@gmt-[0-9.-]+)\Z"  # its disk check, the bin of Linux, snapshots by Samba
    rb"|\.@"  # QNAP
    rb"|_UNPACK_|.+\.(?i:download)\Z",  # downloads that are not complete
    re.DOTALL,
)

_NUMBERED: Final = re.compile(rb" \([0-9]+\)\Z")
"""What a system adds to a name that is taken: "@Recycle (2)"."""

_LEFTOVERS: Final = frozenset(
    (
        # downloads and copies that are not complete
        b".part .partial .filepart .crdownload .download .opdownload .fdmdownload .tdownload .ucdownload .!qb .!ut "
        b".!bt .!sync .bc! .az! .jc! .xltd .td .aria2 .incomplete .unfinished .tmp .temp .dctmp .antifrag "
        # what a program keeps before it changes a file
        b".bak .backup .bkp .bck .old .orig .original .save .sav .prev .previous .swp "
        # corrections to a file beside it; they are no music without it
        b".wvc .ofc"
    ).split()
)
"""Suffixes in lower case, with the dot."""

_LEFTOVER: Final = re.compile(
    rb"\._"  # AppleDouble: what macOS knows of the file of the same name
    rb"|\.(?:pending|trashed)-[0-9]+-"  # of Android
    rb"|INCOMPLETE(?:~|[0-9a-f]{32})"  # of Soulseek clients
    rb"|~syncthing~|\.syncthing\.|\.nfs[0-9a-f]{16,}\Z|\.fuse_hidden[0-9a-f]{8}|\.goutputstream-"
    rb"|.*~\Z|.+\.[0-9A-Za-z]+_original\Z"  # of editors and GNU cp; of ExifTool
    rb"|\..+\.[0-9A-Za-z]{6}\Z"  # rsync: .NAME.XXXXXX
    rb"|\..+\.~[0-9a-f]+\Z"  # ownCloud and Nextcloud: .NAME.~1a2b
    rb"|.+\.(?i:bak|old|orig|backup|tmp)[._-]?[0-9]+\Z",
    re.DOTALL,
)


def is_system_folder(name: bytes) -> bool:
    """Tell whether a folder of this name holds what a system or a program has put aside: a bin, snapshots, previews."""
    plain = _NUMBERED.sub(b"", name) if name[-1:] == b")" else name
    return plain.lower() in _SYSTEM_FOLDERS or _SYSTEM_FOLDER.match(plain) is not None


def is_sheet(name: bytes) -> bool:
    """Return whether a file of this name is a CUE sheet."""
    return name[-4:].lower() == b".cue"


def is_leftover(name: bytes) -> bool:
    """Tell whether a file of this name is an incomplete download, a backup, a temporary file or no file of its own."""
    return name[name.rfind(b".") :].lower() in _LEFTOVERS or _LEFTOVER.match(name) is not None
