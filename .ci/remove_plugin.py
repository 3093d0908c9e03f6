"""Deletes an installed plugin's package from the environment that runs this, as a packager who leaves it out would."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path


def main(package: str) -> None:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed here")
    folder = Path(spec.origin).resolve().parent
    if not folder.is_relative_to(Path(sys.prefix).resolve()):
        sys.exit(f"{folder} does not belong to this environment (an editable install?); nothing is deleted")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1])
