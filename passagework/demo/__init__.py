"""A small folder of generated, audible music in several formats, with a known truth."""

from passagework.demo.folder import DemoFolder, DemoFolderError, make_demo_folder

__all__ = ["DemoFolder", "DemoFolderError", "make_demo_folder"]
