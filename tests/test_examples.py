"""Every example runs as a person runs it, and prints what its page in tests/golden/examples says."""
from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
PICTURES = {"cart": "cart.png", "digits": "digits.png", "pendulum": "pendulum.png"}


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_an_example_prints_its_page(name: str, tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *([str(tmp_path)] if name in PICTURES else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    golden(f"examples/{name}.txt", done.stdout)
    if name in PICTURES:
        assert (tmp_path / PICTURES[name]).read_bytes().startswith(b"\x89PNG")
