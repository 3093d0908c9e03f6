"""What runs the checks: `.ci/run` does what the README says, and no more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="this system has no bash")


def run(folder: Path, readme: str) -> subprocess.CompletedProcess[str]:
    """`.ci/run` in a checkout that holds nothing but *readme* and an environment."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    (folder / "README.md").write_text(readme, encoding="utf-8")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return subprocess.run(["bash", str(folder / ".ci" / "run")], cwd="/", capture_output=True, text=True, check=False)


README = """# Title

```sh
touch first
```

Text with `sh` in it.

```python
touch python
```

```sh
touch second
echo "in $(basename "$PWD")"
{last}
```

```sh
touch third
```
"""


def test_second_block_runs_as_printed_in_the_root(tmp_path: Path) -> None:
    done = run(tmp_path, README.format(last="true"))

    assert done.returncode == 0, done.stderr
    assert done.stdout == f'touch second\necho "in $(basename "$PWD")"\ntrue\nin {tmp_path.name}\n'
    assert {p.name for p in tmp_path.iterdir()} == {".ci", ".venv", "README.md", "second"}


@pytest.mark.parametrize("last", ["false\ntrue", "false | true", 'echo "$no_such_variable"'])
def test_failing_line_ends_it(tmp_path: Path, last: str) -> None:
    """A command that fails, in a pipe too, and a variable that is not set: the status says so."""
    assert run(tmp_path, README.format(last=last)).returncode != 0


@pytest.mark.parametrize("readme", ["", "```sh\ntouch first\n```\n", "```sh\n```\n\n```sh\n\n```\n"])
def test_readme_without_a_second_block_is_an_error(tmp_path: Path, readme: str) -> None:
    done = run(tmp_path, readme)

    assert done.returncode == 2
    assert "no second ```sh block" in done.stderr


def test_only_an_environments_own_plugin_is_removed(tmp_path: Path) -> None:
    """An editable install points into a checkout: its source must survive."""
    (tmp_path / "arrowsmith_mine").mkdir()
    (tmp_path / "arrowsmith_mine" / "__init__.py").touch()

    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "remove_plugin.py"), "arrowsmith_mine"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "nothing is deleted" in done.stderr
    assert (tmp_path / "arrowsmith_mine" / "__init__.py").exists()
