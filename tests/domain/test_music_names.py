import pytest

from passagework.domain.music_names import is_leftover, is_system_folder


@pytest.mark.parametrize(
    "name",
    [
        *("@eaDir", "#recycle", "#snapshot", "@tmp", "@sharebin"),
        *("@Recycle", ".@__thumb", ".@__qini", "@Recently-Snapshot", "@Recycle (2)"),
        *(".recycle", ".Recycle", "@GMT-2024.04.04-01.00.00"),
        *("$RECYCLE.BIN", "$Recycle.Bin", "RECYCLER", "RECYCLED", "System Volume Information", "FOUND.000"),
        *(".Trashes", ".Trash", ".Spotlight-V100", ".fseventsd", ".AppleDouble", "Network Trash Folder", "__MACOSX"),
        *("lost+found", ".Trash-1000", ".zfs", ".snapshot", ".snapshots", "~snapshot"),
        *(".stversions", ".rsync-partial", ".~tmp~", ".dropbox.cache", "_UNPACK_Artist - Album", "Song.mp3.download"),
    ],
)
def test_bins_snapshots_and_previews_of_systems_are_no_folders_of_music(name):
    assert is_system_folder(name.encode())


@pytest.mark.parametrize(
    "name",
    [
        *("Recycler", "Recycled", "Recycle", "Trash", "Snapshot", "Found", "Found 2000", "Download", "@", "#1 Record"),
        *("System", "Trash-1000", "Lost + Found", "$", "(2)", "Album (2)", "Unpack", ".hidden", "snapshots", "tmp"),
    ],
)
def test_folders_that_people_name_are_folders_of_music(name):
    assert not is_system_folder(name.encode())


@pytest.mark.parametrize(
    "name",
    [
        *("a.mp3.part", "a.mp3.crdownload", "a.flac.!qB", "a.flac.!ut", "a.mp3.filepart", "a.mp3.PARTIAL", "a.tmp"),
        *("a.mp3.download", "a.m4a.opdownload", "a.ogg.aria2", "a.mp3.temp", "INCOMPLETE~a.mp3"),
        *(".a.mp3.Xy7Zq0", ".a.mp3.~1a2b", ".syncthing.a.mp3.tmp", "~syncthing~a.mp3.tmp", ".pending-1700000000-a.mp3"),
        *("a.mp3~", "a.mp3.~1~", "a.mp3.bak", "a.mp3.old", "a.flac.BAK", "a.bak", "a.mp3.orig", "a.m4a_original"),
        *("a.mp3.bak2", "a.mp3.old.1", "._a.mp3", ".nfs0000000000a1b2c300000001", ".goutputstream-A1B2C3"),
        *("a.wvc", "a.WVC", "a.ofc"),
    ],
)
def test_incomplete_backup_and_temporary_files_are_no_music(name):
    assert is_leftover(name.encode())


@pytest.mark.parametrize(
    "name",
    [
        *("a.mp3", "a", ".a.mp3", "old.mp3", "bak.flac", "part.ogg", "a.part.mp3", "a part", "a.old.mp3", "~a.mp3"),
        *("a.wv", "a (copy).mp3", "Rock 'n' Rol~ler.mp3", "original", "a_original.mp3", "track_original", "a.1", "tmp"),
        *("Incomplete.mp3", "INCOMPLETE.mp3", ".a.matroska", "a.Xy7Zq0", "no. 9", ".mp3", "_.mp3", "a.", ".", ""),
    ],
)
def test_names_that_people_give_to_music_may_be_music(name):
    assert not is_leftover(name.encode())
