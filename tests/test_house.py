"""The house rules that a machine can check: imports point one way, the package list is whole, nothing is left undone.

It must not know what the modules compute. Read next: CONTRIBUTING.md, which says the rules in words.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest itself depends on it there

ROOT = Path(__file__).parent.parent
OUTSIDE_WHEEL = {"tests", "examples", "benchmarks", "docs"}
NOT_SOURCE = {"build", "dist", "__pycache__"}

# What each folder may import, besides the standard library: its own packages, and others' libraries.
FOLDERS = {
    "ir": ({"ir"}, {"numpy"}),
    "codegen": ({"ir", "codegen"}, {"numpy", "scipy", "llvmlite"}),
    "compiler": ({"ir", "compiler"}, {"numpy", "scipy", "sympy", "rich", "optree", "sklearn", "matplotlib"}),
    "__init__.py": ({"ir", "compiler"}, set()),
}
DOOR = "compiler/function.py"  # the one file of compiler/ that may import codegen
SCIPY = "ir/ops/external.py"  # the one file of ir/ that may import SciPy, and only when a value is computed


# ---------------------------------------------------------------- imports


def resolve(module: str, level: int, path: str) -> str:
    """The absolute name of `from <level dots><module>` in the file `path`; "" if the dots leave the package."""
    if level == 0:
        return module
    package = ["wengert", *Path(path).parent.parts]
    return ".".join([*package[: len(package) - level + 1], *filter(None, [module])]) if level <= len(package) else ""


def imports(source: str, path: str) -> Iterator[tuple[int, str]]:
    """Every (line, absolute module name) that the file imports, also inside functions and by `import_module("...")`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = resolve(node.module or "", node.level, path)
            if module == "wengert":  # `from .. import ir` imports the folder, not the face
                yield from ((node.lineno, f"wengert.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, module
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            name = node.args[0].value
            if called in ("import_module", "__import__") and isinstance(name, str):
                module = name.lstrip(".")
                yield node.lineno, resolve(module, len(name) - len(module), path)


def forbidden(module: str, path: str) -> bool:
    own, others = FOLDERS[path.split("/")[0]]
    first, _, rest = module.partition(".")
    if first == "wengert":
        return rest.split(".")[0] not in (own | {"codegen"} if path == DOOR else own)
    return first not in (others | {"scipy"} if path == SCIPY else others) and first not in sys.stdlib_module_names


def broken_imports(source: str, path: str) -> list[str]:
    """One sentence for each import in `source`, the text of the file `path`, that points the wrong way."""
    where = path.split("/")[0]
    return [
        f"{path}:{line}: {where} may not import {module or 'above the package'}"
        for line, module in sorted(imports(source, path))
        if forbidden(module, path)
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_point_one_way(folder: str) -> None:
    start = ROOT / folder
    files = [start] if start.is_file() else sorted(start.rglob("*.py"))
    assert files, f"{folder} holds no Python file, so this test would see nothing"
    named = ((file.read_text("utf-8"), file.relative_to(ROOT).as_posix()) for file in files)
    broken = [sentence for source, path in named for sentence in broken_imports(source, path)]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("path", "source", "module"),
    [
        ("ir/node.py", "import scipy.special", "scipy.special"),
        ("ir/ops/external.py", "import sympy", "sympy"),
        ("ir/node.py", "import math, sympy as sp", "sympy"),
        ("ir/node.py", "from ..compiler import pipeline", "wengert.compiler"),
        ("ir/node.py", "from .. import codegen", "wengert.codegen"),
        ("ir/node.py", "import wengert", "wengert"),
        ("ir/node.py", "from wengert import symbol", "wengert.symbol"),
        ("ir/node.py", "from ... import shared", "above the package"),
        ("ir/ops/sums.py", "from ...codegen.math import exp", "wengert.codegen.math"),
        ("ir/ops/__init__.py", "from ...compiler.passes import fold", "wengert.compiler.passes"),
        ("ir/node.py", "def late():\n    from ..codegen.jit import compile", "wengert.codegen.jit"),
        ("ir/node.py", "import importlib\nimportlib.import_module('wengert.compiler.cli')", "wengert.compiler.cli"),
        ("ir/node.py", "import importlib\nimportlib.import_module('..codegen', __package__)", "wengert.codegen"),
        ("codegen/lower.py", "from ..compiler.function import Function", "wengert.compiler.function"),
        ("codegen/lower.py", "import sympy", "sympy"),
        ("compiler/cli.py", "from ..codegen import jit", "wengert.codegen"),
        ("compiler/passes/function.py", "from ...codegen import jit", "wengert.codegen"),
        ("compiler/function.py", "import llvmlite.binding", "llvmlite.binding"),
        ("__init__.py", "from .codegen import jit", "wengert.codegen"),
        ("__init__.py", "import numpy", "numpy"),
    ],
)
def test_a_wrong_import_is_seen(path: str, source: str, module: str) -> None:
    line = source.count("\n") + 1
    assert broken_imports(source, path) == [f"{path}:{line}: {path.split('/')[0]} may not import {module}"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ir/node.py", "from __future__ import annotations\nimport numpy as np, struct\nfrom .types import Type"),
        ("ir/ops/sums.py", "from ..op import Op\nfrom ... import ir\nimport wengert.ir.node"),
        ("ir/ops/__init__.py", "from . import sums\nfrom ..node import Node"),
        ("ir/ops/external.py", "def ufunc():\n    import scipy.special"),
        ("codegen/blas.py", "from scipy.linalg import cython_blas\nimport llvmlite\nfrom ..ir.graph import Graph"),
        ("codegen/math/exp.py", "from ..lower import row"),
        ("compiler/function.py", "from .. import codegen\nfrom ..codegen.jit import load\nfrom .pipeline import run"),
        ("compiler/frontend/sympy/table.py", "import sympy, optree\nfrom ....ir.node import Node"),
        ("__init__.py", "from .compiler import jit\nfrom .ir import parse"),
    ],
)
def test_a_right_import_is_allowed(path: str, source: str) -> None:
    assert broken_imports(source, path) == []


def test_the_face_defines_nothing() -> None:
    """Names come from below; only the two hooks of lazy loading (PEP 562) are the face's own."""
    body = ast.parse((ROOT / "__init__.py").read_text("utf-8")).body
    defined = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
    assert defined <= {"__getattr__", "__dir__"}


@pytest.mark.parametrize(("modules", "loaded"), [("wengert", ""), ("wengert, rich", "rich")])
def test_import_loads_nothing_heavy(modules: str, loaded: str, tmp_path: Path) -> None:
    program = f"import sys, {modules}; print(*sorted({{'scipy', 'sympy', 'rich'}} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == loaded


def test_import_loads_nothing_that_only_some_need(tmp_path: Path) -> None:
    unwanted = {"base64", "fractions", "hashlib", "json", "llvmlite", "pathlib", "ssl", "wengert.codegen.jit", "wengert.codegen.program",
                "wengert.compiler.frontend.special", "wengert.ir.text"}
    program = "import sys, numpy; before = set(sys.modules); import wengert; print(*sorted(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "wengert.ir.node" in run.stdout.split() and not unwanted & set(run.stdout.split())


# ---------------------------------------------------------------- folders and files


def source_folders() -> Iterator[Path]:
    """Every folder below the root that holds Python files of the wheel."""
    for top in sorted(ROOT.iterdir()):
        if top.is_dir() and not top.name.startswith(".") and top.name not in OUTSIDE_WHEEL | NOT_SOURCE:
            yield from sorted({file.parent for file in top.rglob("*.py") if not NOT_SOURCE & set(file.parts)})


def test_every_folder_is_packaged() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    on_disk = ["wengert", *(".".join(["wengert", *folder.relative_to(ROOT).parts]) for folder in source_folders())]
    assert len(listed) == len(set(listed))
    assert set(listed) ^ set(on_disk) == set()


def test_every_folder_is_a_package() -> None:
    assert [folder.name for folder in source_folders() if not (folder / "__init__.py").is_file()] == []


UNDONE = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")  # in halves, or this file would hold them


TEXT = {".py", ".md", ".toml", ".ir", ".ll", ".txt", ".json", ".html"}


def texts() -> Iterator[Path]:
    """Every text file of the checkout that is not made by a tool."""
    for folder, below, files in os.walk(ROOT):
        here = Path(folder)
        below[:] = {name for name in below if name == ".ci" or not name.startswith(".")} - NOT_SOURCE
        yield from (here / name for name in files if here.name == ".ci" or Path(name).suffix in TEXT)


def test_nothing_is_left_undone() -> None:
    files = {file.relative_to(ROOT).as_posix(): file for file in texts()}
    assert {"pyproject.toml", ".ci/run", "tests/test_house.py"} <= files.keys()
    assert [name for name, file in files.items() if UNDONE.search(file.read_text("utf-8"))] == []
    assert UNDONE.search("# TO" + "DO: later") and not UNDONE.search("autodiff")


@pytest.mark.parametrize("which", ["demo", "test"])
def test_the_readme_gives_each_command_in_one_line(which: str) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(rf"<!-- {which} command -->\n+```\w*\n(.*?)```", readme, re.DOTALL)
    assert [block.count("\n") for block in blocks] == [1]
    assert blocks[0].startswith("python3 -m venv .venv && ")


# ---------------------------------------------------------------- the golden fixture


def test_golden_compares_and_blesses(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    test = tmp_path / "test_a.py"
    file = tmp_path / "golden" / "folder" / "a.ir"

    def outcome(text: str, *options: str) -> tuple[int, str]:
        test.write_text(f"def test_a(golden): golden('folder/a.ir', {text!r})")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", *options, test.name]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return run.returncode, run.stdout

    code, shown = outcome("%0 = sin x")
    assert code == 1 and "+%0 = sin x" in shown and "pytest --bless" in shown and not file.exists()
    assert outcome("%0 = sin x", "--bless")[0] == 0 and file.read_bytes() == b"%0 = sin x\n"
    assert outcome("%0 = sin x")[0] == 0
    code, shown = outcome("%0 = cos x\n")
    assert code == 1 and "-%0 = sin x" in shown and "+%0 = cos x" in shown
    assert file.read_bytes() == b"%0 = sin x\n"
