"""Where the template library is that ships with this distribution."""

from __future__ import annotations

from pathlib import Path


class LibraryMissingError(FileNotFoundError):
    """This installation holds no template library."""


def library_folder() -> Path:
    """Return the folder of the library: package data when installed, ``templates`` in a source tree.

    :raises LibraryMissingError: there is neither.
    """
    package = Path(__file__).parent
    for folder in (package / "template_library", package.parent / "templates"):
        if folder.is_dir():
            return folder
    raise LibraryMissingError(f"no template library beside {package}; install the package again")
