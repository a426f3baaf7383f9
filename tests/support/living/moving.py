"""What happens to the places of files: they are moved, swapped, deleted, restored, linked and unlinked."""

import os

from tests.support.living.pieces import some_tags
from tests.support.living.tree_of_pieces import EXCLUDED, MOST_FILES, ROOTS, SHELF, TreeOfPieces


class Moving(TreeOfPieces):
    """Each gives what it did, or None if it cannot be done to this tree."""

    def move(self) -> str | None:
        piece = self._choose(lambda one: len(one.places) == 1)
        if piece is None:
            return None
        before = self._name(piece)
        self._move(piece, self._new_path(piece.path.suffix, left_out=True))
        return f"{before} to {self._name(piece)}"

    def rename_case(self) -> str | None:
        """Change the case of a name, and nothing else."""
        piece = self._choose(lambda one: len(one.places) == 1)
        if piece is None:
            return None
        before = self._name(piece)
        self._move(piece, piece.path.with_name(piece.path.name.swapcase()))
        return f"{before} to {self._name(piece)}"

    def move_and_retag(self) -> str | None:
        piece = self._reachable(lambda one: len(one.places) == 1 and not self._may_be_one_that_is_gone(one))
        if piece is None:
            return None
        before = self._name(piece)
        self._move(piece, self._new_path(piece.path.suffix))
        piece.tags = some_tags(self.random)
        if self.random.random() < 0.5:
            piece.path.write_bytes(self._content(piece))
        else:
            self._replace(piece.path, self._content(piece))
        return f"{before} to {self._name(piece)}"

    def move_and_follow(self) -> str | None:
        """Move a file, and put a new one where it was."""
        piece = self._at_one_place()
        if piece is None or len(self.pieces) >= MOST_FILES:
            return None
        old = piece.path
        self._move(piece, self._new_path(old.suffix))
        new = self._add(piece.form, old)
        return f"{old.relative_to(self.folder)} to {self._name(piece)}, and {new.number} there"

    def move_over(self) -> str | None:
        """Move a file over another one, which is gone with that."""
        piece = self._at_one_place()
        if piece is None or len(self.pieces) < 4:
            return None
        other = self._reachable(lambda it: len(it.places) == 1 and it.form is piece.form and it.number != piece.number)
        if other is None or self._may_be_one_that_is_gone(other):
            return None
        before = self._name(piece)
        target = other.path
        self._lose(other)
        self._move(piece, target)
        return f"{before} to {self._name(piece)}, which was {other.number}"

    def swap(self) -> str | None:
        one = self._at_one_place()
        if one is None:
            return None
        other = self._reachable(lambda it: len(it.places) == 1 and it is not one and it.form is one.form)
        if other is None:
            return None
        first, second, aside = one.path, other.path, one.path.with_name("aside")
        first.rename(aside)
        second.rename(first)
        aside.rename(second)
        one.places, other.places = {second}, {first}
        return f"{first.relative_to(self.folder)} with {second.relative_to(self.folder)}"

    def move_folder(self) -> str | None:
        root = self.folder / ROOTS[0]
        folders = sorted(
            path for path in root.iterdir() if path.is_dir() and path.name != EXCLUDED and not path.is_symlink()
        )
        if not folders:
            return None
        old = self.random.choice(folders)
        new = root / f"{self.random.choice('mnop')}{next(self._names):03}"
        old.rename(new)
        for piece in self.pieces:
            piece.places = {new / place.relative_to(old) if old in place.parents else place for place in piece.places}
        return f"{old.relative_to(self.folder)} to {new.relative_to(self.folder)}"

    def delete(self) -> str | None:
        piece = self._at_one_place()
        if piece is None or len(self.pieces) < 3 or self._may_be_one_that_is_gone(piece):
            return None
        self._lose(piece)
        piece.path.unlink()
        return self._name(piece)

    def restore(self) -> str | None:
        """Bring a deleted file back: where it was, or elsewhere."""
        if not self.gone or len(self.pieces) >= MOST_FILES:
            return None
        index = self.random.randrange(len(self.gone))
        piece, content, mtime_ns = self.gone[index]
        old = piece.path
        if not self._is_reached(old):
            return None
        del self.gone[index]
        # Where the library last saw another file, other audio is that file, changed (docs/following.md).
        is_free = not old.exists() and all(old not in one.places for one, _, _ in self.gone)
        path = old if is_free and self.random.random() < 0.6 else self._new_path(old.suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if self.random.random() < 0.5:
            os.utime(path, ns=(mtime_ns, mtime_ns))
        piece.places = {path}
        self.pieces.append(piece)
        return f"{old.relative_to(self.folder)} as {self._name(piece)}"

    def link(self) -> str | None:
        """Give a file a second place: a hard link, on the same disk."""
        piece = self._at_one_place()
        if piece is None:
            return None
        disk = self.folder / SHELF
        if disk not in piece.path.parents:
            disk = self.folder / piece.path.relative_to(self.folder).parts[0]
        path = self._new_path(piece.path.suffix, disk)
        os.link(piece.path, path)
        piece.places.add(path)
        return f"{path.relative_to(self.folder)} of {self._name(piece)}"

    def symlink(self) -> str | None:
        """Make a link to wherever a file is; another one may be there later, or none."""
        piece = self._reachable()
        if piece is None:
            return None
        root = piece.path.relative_to(self.folder).parts[0]
        path = self._new_path(piece.path.suffix, self.folder / root)
        # Left out or not as the file is: else it would be there by the link.
        if (EXCLUDED in path.parts) != (EXCLUDED in piece.path.parts):
            return None
        path.symlink_to(piece.path)
        return f"{path.relative_to(self.folder)} to {self._name(piece)}"

    def unlink(self) -> str | None:
        """Take one of several places away."""
        piece = self._reachable(lambda one: len(one.places) > 1)
        if piece is None:
            return None
        path = self.random.choice(sorted(piece.places))
        path.unlink()
        piece.places.remove(path)
        return str(path.relative_to(self.folder))


MOVING = (
    Moving.move,
    Moving.move,
    Moving.rename_case,
    Moving.move_and_retag,
    Moving.move_and_follow,
    Moving.move_over,
    Moving.swap,
    Moving.move_folder,
    Moving.delete,
    Moving.delete,
    Moving.restore,
    Moving.link,
    Moving.symlink,
    Moving.unlink,
)
"""What can happen, the more often the more likely."""
