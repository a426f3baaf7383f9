"""Names of folders that name no music: places of systems and programs, collections, genres, letters and years."""

import re
from typing import Final

_MUSIC_NAMES: Final = (
    "music;musik;musique;musica;música;muziek;muzyka;muzika;musiikki;hudba;müzik;zene;музыка;音楽;音乐;음악;"
    "my music;meine musik;mymusic;audio;songs;albums;alben;artists;discography;itunes media;library;mediathek"
)
_MUSIC: Final = frozenset(_MUSIC_NAMES.split(";"))
"""Below a folder with such a name stand artists."""

_COLLECTION_NAMES: Final = (
    "singles;single;eps;live;bootlegs;compilations;compilation;samplers;soundtracks;soundtrack;ost;"
    "various;misc;miscellaneous;mixed;mixes;other;others;unsorted;sorted;new;old;temp;tmp;todo;"
    "download;downloads;incoming;complete;completed;finished;torrents;import;imports;imported;export;exports;rips;ripped;"
    "flac;mp3;mp3s;ogg;wav;wavs;aac;m4a;alac;lossless;lossy;hires;hi-res;cds;vinyl;lps;tapes;recordings;records;"
    "collection;collections;media;medien;desktop;documents;dokumente;shared;public;share;shares;backup;backups;archive;"
    "archives;itunes;unknown;unknown artist;unknown album;unbekannt;unbekannter künstler;unbekanntes album;"
    "new folder;neuer ordner;untitled folder;favorites;favourites;playlists;playlist;podcasts;radio;audiobooks;"
    "sounds;sound;samples;tracks;files;data;content;storage;users;home;mnt;srv;var;tank;pool;usb;nas"
)
_COLLECTIONS: Final = frozenset(_COLLECTION_NAMES.split(";"))

_GENRE_NAMES: Final = (
    "alternative;ambient;blues;children;classic;classical;klassik;country;dance;electronic;electronica;folk;funk;"
    "hip hop;hip-hop;hiphop;house;indie;jazz;latin;metal;oldies;pop;punk;rap;reggae;rock;schlager;soul;techno;"
    "trance;world;weltmusik;christmas;weihnachten"
)
_GENRES: Final = frozenset(_GENRE_NAMES.split(";"))

_NO_NAME: Final = re.compile(
    r"\W*\w?\W*"  # one letter, by which artists are sorted, or none
    r"|[a-z0-9] ?[-\u2013] ?[a-z0-9]"  # A-C, 0-9
    r"|(?:19|20)[0-9]{2}|0?[0-9]"  # years, and numbers of discs
    r"|(?:disk|disc|drive|hdd|ssd|usb|nas|volume|vol|raid|share|data|storage|backup|part)[ _-]?[0-9a-z]?"
)

_OF_SYSTEM: Final = {
    **dict.fromkeys(
        ("home", "users", "mnt", "volumes", "srv", "var", "tmp", "net", "root", "opt", "data", "export"), 2
    ),
    **dict.fromkeys(("media",), 2),
    **dict.fromkeys(("run",), 4),
}
"""The first folder of a path, and how many of its folders name a place and never music."""


def places_before_music(folders: list[str]) -> int:
    """Return how many of the folders of a path, from the root of the file system on, are places of the system."""
    return _OF_SYSTEM.get(folders[0].casefold(), 0) if folders else 0


def holds_music(folder: str) -> bool:
    """Tell whether the folders in a folder of this name are, most likely, artists."""
    return folder.casefold() in _MUSIC


def names_nothing(folder: str) -> bool:
    """Tell whether a folder of this name says nothing about the music in it."""
    name = folder.casefold()
    return (
        name in _MUSIC
        or name in _COLLECTIONS
        or name in _GENRES
        or _NO_NAME.fullmatch(name) is not None
        or name[0] in ".@"
    )
