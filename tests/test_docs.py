"""The pages that scripts write are as the scripts write them now, and the examples of the guides run."""
from __future__ import annotations

import doctest
import importlib.util
import pkgutil
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import wengert

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


def test_the_guide_for_sympy_lists_every_class() -> None:
    page = (ROOT / "docs" / "sympy.md").read_text()
    assert script("classes").written(page) == page, "run: python docs/classes.py"


def test_the_examples_in_docstrings_run() -> None:
    """Of every module of the package."""
    names = [m.name for m in pkgutil.walk_packages(wengert.__path__, "wengert.") if m.name.split(".")[1] in ("ir", "compiler", "codegen")]
    assert len(names) > 150
    tried, said = 0, list[str]()
    for module in map(importlib.import_module, ["wengert", *names]):
        runner = doctest.DocTestRunner(verbose=False)
        for test in doctest.DocTestFinder().find(module):
            runner.run(test, out=said.append)
        tried += runner.tries
    assert tried > 120 and not said, "".join(said)


def python_blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


def test_the_code_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its blocks are one program, but for the tour, which has a test of its own."""
    monkeypatch.chdir(tmp_path)
    blocks = python_blocks((ROOT / "README.md").read_text().split("<!-- stages -->")[0])
    assert len(blocks) == 3
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)


def test_the_code_of_the_page_on_embedding_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "embedding.md").read_text()
    *blocks, for_numba = python_blocks(page)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    prototypes = re.findall(r"```c\n(.*?)```", page, re.DOTALL)
    assert len(prototypes) == 1 and prototypes[0] in names["files"].header.read_text()
    pytest.importorskip("numba")
    exec(for_numba, names)
    values = np.linspace(0, 1, 3)
    assert names["total"](values) == pytest.approx(2 * np.sin(values).sum(), rel=1e-12)
    code, value, scaled = names["both"](np.arange(3.0), 2.0)
    assert (code, value, scaled.tolist()) == (0, 6.0, [0.0, 2.0, 4.0])


def test_the_examples_of_the_guide_for_sympy_run() -> None:
    """Its blocks are one session."""
    page, names, said = (ROOT / "docs" / "sympy.md").read_text(), {}, list[str]()
    runner = doctest.DocTestRunner(verbose=False)
    for block in re.finditer(r"```python\n(.*?)```", page, re.DOTALL):
        line = page.count("\n", 0, block.start()) + 1
        session = doctest.DocTestParser().get_doctest(block[1], names, "docs/sympy.md", "docs/sympy.md", line)
        runner.run(session, out=said.append, clear_globs=False)
        names = session.globs
    assert runner.tries > 60 and not runner.failures, "".join(said)


def test_the_guide_for_sympy_has_a_row_for_every_error() -> None:
    """With the class of Python's that it is as well; and each can be caught by its name in `wengert`."""
    for module in pkgutil.walk_packages(wengert.__path__, "wengert."):
        if module.name.split(".")[1] in ("ir", "compiler", "codegen"):
            importlib.import_module(module.name)
    waiting, classes = [wengert.WengertError], list[type]()
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        classes += below
    page = (ROOT / "docs" / "sympy.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \(an? (\w+)\) \| .+ \| .+ \|$", page, re.MULTILINE)
    assert sorted(rows) == sorted((error.__name__, error.__bases__[-1].__name__) for error in classes)
    assert all(getattr(wengert, name).__module__ == "wengert.ir.errors" for name, _ in rows)


def test_the_page_of_benchmarks_names_every_command_and_workload() -> None:
    folder = ROOT / "benchmarks"
    page = (folder / "README.md").read_text()
    commands = {file.name for file in folder.glob("*.py") if "__main__" in file.read_text()}
    workloads = {file.stem for file in (folder / "workloads").glob("*.py")}
    assert len(commands) > 8 and len(workloads) > 8
    assert [name for name in sorted(commands | workloads) if f"`{name}`" not in page and f"benchmarks/{name}" not in page] == []


def test_the_files_that_the_architecture_names_are_there() -> None:
    named = set(re.findall(r"`([\w/]+\.py)`", (ROOT / "docs" / "architecture.md").read_text()))
    files = {f"/{file.relative_to(ROOT).as_posix()}" for file in ROOT.rglob("*.py")}
    assert len(named) > 80
    assert [name for name in sorted(named) if not any(file.endswith(f"/{name}") for file in files)] == []
