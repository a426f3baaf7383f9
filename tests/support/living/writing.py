"""What happens to the content of files: they are made, tagged, replaced, spoilt and mended."""

import os

from passagework.demo.encoding import AudioForm
from tests.support.living.pieces import Piece, some_album, some_tags
from tests.support.living.tree_of_pieces import MOST_FILES, TreeOfPieces


class Writing(TreeOfPieces):
    """Each gives what it did, or None if it cannot be done to this tree."""

    def create(self) -> str | None:
        return self._create() if len(self.pieces) < MOST_FILES else None

    def copy(self) -> str | None:
        """Copy a file with its times: the same bytes, and another file."""
        piece = self._reachable(lambda one: not self._may_be_one_that_is_gone(one))
        if piece is None or len(self.pieces) >= MOST_FILES:
            return None
        now, path = piece.path.stat(), self._new_path(piece.path.suffix)
        path.write_bytes(piece.path.read_bytes())
        if self.random.random() < 0.5:
            os.utime(path, ns=(now.st_atime_ns, now.st_mtime_ns))
        self.pieces.append(Piece(piece.number, piece.form, piece.tags, {path}))
        return f"{self._name(piece)} as {path.relative_to(self.folder)}"

    def retag(self) -> str | None:
        """Write other tags into the file, as most taggers do: in place."""
        piece = self._reachable()
        if piece is None:
            return None
        piece.tags = some_tags(self.random)
        piece.path.write_bytes(self._content(piece))
        return self._name(piece)

    def retag_beside(self) -> str | None:
        """Write a copy with other tags and rename it over the file, as careful taggers do."""
        piece = self._at_one_place()
        if piece is None:
            return None
        piece.tags = some_tags(self.random)
        self._replace(piece.path, self._content(piece))
        return self._name(piece)

    def retag_unseen(self) -> str | None:
        """Write tags of the same size, and put the mtime back."""
        piece = self._reachable(lambda one: one.form is AudioForm.FLAC)
        if piece is None:
            return None
        now, before = piece.path.stat(), piece.tags
        for _ in range(30):
            piece.tags = some_tags(self.random)
            content = self._content(piece)
            if piece.tags != before and len(content) == now.st_size:
                self._write_unseen(piece, content)
                return self._name(piece)
        piece.tags = before
        return None

    def retag_album(self) -> str | None:
        """Write another album into all files of one that can be reached."""
        piece = self._reachable()
        if piece is None:
            return None
        album, told = piece.tags.album, []
        for one in self.pieces:
            is_seen = self._is_reached(one.path) and not self._is_left_out(one)
            if one.tags.album == album and not one.spoilt and is_seen:
                one.tags = some_album(self.random, one.tags)
                one.path.write_bytes(self._content(one))
                told.append(self._name(one))
        return ", ".join(told)

    def touch(self) -> str | None:
        """Change the mtime and nothing else."""
        piece = self._choose(lambda one: not self._is_left_out(one))
        if piece is None:
            return None
        now = piece.path.stat()
        os.utime(piece.path, ns=(now.st_atime_ns, now.st_mtime_ns + 3_600_000_000_000))
        return self._name(piece)

    def replace(self) -> str | None:
        """Put other music into a file, perhaps with the size and the mtime of the former."""
        piece = self._reachable(lambda one: one.form in (AudioForm.WAV, AudioForm.FLAC))
        if piece is None:
            return None
        before = self._name(piece)
        size = piece.path.stat().st_size
        piece.number = next(self._numbers)
        content = self._content(piece)
        if len(content) == size:
            self._write_unseen(piece, content)
            return f"{before} by {piece.number}, unseen"
        piece.path.write_bytes(content)
        return f"{before} by {piece.number}"

    def replace_by_known(self) -> str | None:
        """Write what another file has into a file."""
        piece = self._at_one_place()
        if piece is None:
            return None
        other = self._reachable(lambda it: it.form is piece.form and not self._may_be_one_that_is_gone(it))
        if other is None or other.number == piece.number:
            return None
        before = self._name(piece)
        piece.path.write_bytes(other.path.read_bytes())
        piece.number, piece.tags = other.number, other.tags
        return f"{before} by {self._name(other)}"

    def spoil(self) -> str | None:
        """Write something into a file that is no music, perhaps of the same size and mtime."""
        piece = self._reachable()
        if piece is None or len(self.pieces) < 3:
            return None
        content = self.random.randbytes(piece.path.stat().st_size)
        if self.random.random() < 0.3:
            self._write_unseen(piece, content)
        else:
            piece.path.write_bytes(content + b"...")
        piece.spoilt = True
        return self._name(piece)

    def mend(self) -> str | None:
        """Write the music of a file again, perhaps with other tags."""
        piece = self._choose(lambda one: one.spoilt and not self._is_left_out(one))
        if piece is None:
            return None
        piece.spoilt = False
        if self.random.random() < 0.5:
            piece.tags = some_tags(self.random)
        piece.path.write_bytes(self._content(piece))
        return self._name(piece)


WRITING = (
    Writing.create,
    Writing.create,
    Writing.copy,
    Writing.retag,
    Writing.retag,
    Writing.retag_beside,
    Writing.retag_unseen,
    Writing.retag_album,
    Writing.touch,
    Writing.replace,
    Writing.replace_by_known,
    Writing.spoil,
    Writing.mend,
    Writing.mend,
)
"""What can happen, the more often the more likely."""
