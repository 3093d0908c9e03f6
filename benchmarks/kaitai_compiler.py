"""The reference compiler of Kaitai Struct, by npm and node: a description becomes a Python class.

The compiler is fetched once, into the user's cache (`XDG_CACHE_HOME`).  Classes need the package kaitaistruct.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

PACKAGE, VERSION = "kaitai-struct-compiler", "0.11.0"

#: what node runs: its arguments are the compiler's folder, the description as JSON, and the folder that gets the modules
SCRIPT = """
const [folder, text, out] = process.argv.slice(-3);
const made = require(folder);
const compiler = typeof made === "function" ? new made() : made;
compiler.compile("python", JSON.parse(text), null, false).then(
  (files) => { for (const name in files) require("fs").writeFileSync(out + "/" + name, files[name]); },
  (error) => { console.error(String(error)); process.exit(1); });
"""


class Missing(Exception):
    """What is not installed here, in words."""


def compiler() -> Path:
    """The folder of the compiler's package; it is fetched where it is not there yet.  Raises `Missing`."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Missing(f"{program} is not installed")
    if importlib.util.find_spec("kaitaistruct") is None:
        raise Missing("the package kaitaistruct is not installed")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "arrowsmith" / f"{PACKAGE}-{VERSION}"
    found = cache / "node_modules" / PACKAGE
    if not found.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        line = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(cache), f"{PACKAGE}@{VERSION}"]
        done = subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode or not found.is_dir():
            raise Missing(f"npm gives no {PACKAGE} {VERSION}: {(done.stderr or done.stdout).strip()[:200]}")
    return found


def reference(text: str, folder: Path) -> Any:
    """The class that the reference compiler makes of the description *text*; its module is written to *folder*."""
    described = yaml.safe_load(text)
    name = described["meta"]["id"]
    line = ["node", "-e", SCRIPT, str(compiler()), json.dumps(described), str(folder)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"the reference compiler refuses {name}: {done.stderr.strip()}")
    spec = importlib.util.spec_from_file_location(f"reference_{name}", folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, "".join(part.capitalize() for part in name.split("_")))
