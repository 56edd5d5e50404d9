"""Where the folders stand that are not Python: templates and migrations.

In a checkout they stand at the top level; in an installed wheel, inside the package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_folder(name: str) -> Path:
    """Return the folder `name`, from the wheel or else from the checkout."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
