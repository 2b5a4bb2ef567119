"""The pages that scripts write are as the scripts write them now."""
from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_shows_the_stages_as_they_are() -> None:
    readme = (ROOT / "README.md").read_text()
    assert script("stages").written(readme) == readme, "run: python docs/stages.py"


def test_the_page_of_ops_is_the_table() -> None:
    assert script("ops").page() == (ROOT / "docs" / "ops.md").read_text(), "run: python docs/ops.py"
