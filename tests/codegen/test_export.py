"""Exported functions: what a C program gets from the files is what the call from Python gives, on every target the files are whole."""
from __future__ import annotations

import ctypes
import json
import re
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from graphs import programs
from hypothesis import HealthCheck, assume, given, settings

import wengert as wg
from wengert.codegen import export as exporting
from wengert.codegen import jit, undefined
from wengert.compiler.function import Build, Function
from wengert.compiler.model import Model
from wengert.ir.errors import WengertError
from wengert.ir.evaluate import evaluate

CC = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
with_compiler = pytest.mark.skipif(CC is None, reason="there is no C compiler")
with_linker = pytest.mark.skipif(not exporting.linkers(), reason="there is no linker")
rng = np.random.default_rng(3)
x, w = wg.symbol("x", ("n", 40)), wg.symbol("w", 40)
X, W = rng.normal(size=(60, 40)), rng.normal(size=40)


def loss() -> Any:
    y = wg.tanh(x @ w)
    cost = wg.sum(wg.exp(y) * y)
    return wg.function([x, w], [cost, wg.grad(cost, w), wg.cumsum(y)], name="loss")


# What BLAS documents of dgemv and dgemm, for programs that need it.
BLAS = """
void dgemv_(const char *t, const int *m, const int *n, const double *alpha, const double *a, const int *lda, const double *x,
            const int *incx, const double *beta, double *y, const int *incy) {
  int rows = *t == 'N' ? *m : *n, inner = *t == 'N' ? *n : *m;
  for (int i = 0; i < rows; i++) {
    double s = 0;
    for (int k = 0; k < inner; k++) s += (*t == 'N' ? a[i + k * *lda] : a[k + i * *lda]) * x[k * *incx];
    y[i * *incy] = *alpha * s + (*beta == 0 ? 0 : *beta * y[i * *incy]);
  }
}
"""


def compiled_and_run(folder: Path, program: str, *objects: Path) -> str:
    """What a C program prints. Header and program must be without warnings in the plainest C."""
    (folder / "main.c").write_text(program)
    options = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O1", f"-I{folder}", "-o", str(folder / "main")]
    command = [str(CC), *options, str(folder / "main.c"), *map(str, objects)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return subprocess.run([str(folder / "main")], capture_output=True, text=True, check=True).stdout


def c_array(values: np.ndarray) -> str:
    return "{" + ", ".join(float(v).hex() for v in values.ravel()) + "}"


@with_compiler
def test_a_c_program_calls_it(tmp_path: Path) -> None:
    f = loss()
    files = f.export(tmp_path)
    out = compiled_and_run(tmp_path, f"""
#include "loss.h"
#include <stdio.h>
#include <stdlib.h>
{BLAS}
static const double x[] = {c_array(X)}, w[] = {c_array(W)};
int main(void) {{
  double value, gradient[40], sums[60];
  int64_t bytes = loss_workspace(60);
  char *workspace = malloc((size_t)bytes + 3);
  int status = loss(x, w, &value, gradient, sums, 60, workspace + 3);
  printf("%d %.17g", status, value);
  for (int i = 0; i < 40; i++) printf(" %.17g", gradient[i]);
  for (int i = 0; i < 60; i++) printf(" %.17g", sums[i]);
  printf("\\n%d %d", loss(x, w, &value, gradient, sums, 60, NULL), loss(x, w, &value, gradient, sums, -1, workspace));
  printf(" %d %d", loss(x, w, &value, gradient, sums, INT64_MAX / 8, workspace), (int)loss_workspace(-1));
  printf(" %d", loss(x, w, &value, gradient, sums, 0, workspace));
  printf(" %g\\n", value);
  free(workspace);
  return 0;
}}
""", files.object)
    first, second = out.splitlines()
    status, *numbers = map(float, first.split())
    value, gradient, sums = f(X, W)
    assert status == 0
    np.testing.assert_allclose(numbers, [value, *gradient, *sums], rtol=1e-11)  # sums of products in another order
    assert second == "-1 -2 -2 -2 0 0"


@with_compiler
def test_numbers_of_every_type_go_by_value(tmp_path: Path) -> None:
    kinds = ["float64", "float32", "int64", "int32", "bool"]
    inputs = [wg.symbol(f"v{k}", (), dtype) for k, dtype in enumerate(kinds)]
    arrays = [wg.symbol(f"a{k}", 2, dtype) for k, dtype in enumerate(kinds)]
    outputs = [wg.where(v, v, v) if v.type.dtype_name == "bool" else v + v for v in (*inputs, *arrays)]
    f = wg.function([*inputs, *arrays], outputs, name="kinds")
    names = ["double", "float", "int64_t", "int32_t", "uint8_t"]
    places = "".join(f"  {name} o{k}, p{k}[2], q{k}[2] = {{1, 0}};\n" for k, name in enumerate(names))
    calls = ", ".join([f"q{k}" for k in range(5)] + [f"&o{k}" for k in range(5)] + [f"p{k}" for k in range(5)])
    shown = "".join(f'  printf("%.17g %g %g ", (double)o{k}, (double)p{k}[0], (double)p{k}[1]);\n' for k in range(5))
    out = compiled_and_run(tmp_path, f"""
#include "kinds.h"
#include <stdio.h>
int main(void) {{
{places}
  if (kinds(1.5, 2.5f, -(INT64_C(1) << 40), -7, 1, {calls})) return 1;
{shown}
  return 0;
}}
""", f.export(tmp_path).object)
    assert [float(v) for v in out.split()] == [3, 2, 0, 5, 2, 0, -(2.0**41), 2, 0, -14, 2, 0, 1, 1, 0]


@with_compiler
def test_an_index_out_of_bounds_is_a_status(tmp_path: Path) -> None:
    v, i = wg.symbol("v", 3), wg.symbol("i", ("k",), "int64")
    files = wg.function([v, i], v[i], name="pick").export(tmp_path)
    assert "1  an index is out of bounds" in files.header.read_text()
    out = compiled_and_run(tmp_path, """
#include "pick.h"
#include <stdio.h>
int main(void) {
  double v[] = {1, 2, 3}, out[2];
  int64_t good[] = {2, -3}, bad[] = {0, 3};
  int status = pick(v, good, out, 2);
  printf("%d %g %g", status, out[0], out[1]);
  printf(" %d", pick(v, bad, out, 2));
  return 0;
}
""", files.object)
    assert out == "0 3 1 1"


@with_compiler
def test_the_header_is_c_plus_plus_too(tmp_path: Path) -> None:
    compiler = shutil.which("c++") or shutil.which("g++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    files = loss().export(tmp_path)
    text = '#include "loss.h"\n#include "loss.h"\nint main() { return loss_workspace(0) < 0; }\n'
    (tmp_path / "main.cpp").write_text(text + BLAS.replace("void dgemv_", 'extern "C" void dgemv_'))
    command = [compiler, "-Wall", "-Werror", "-o", str(tmp_path / "main"), str(tmp_path / "main.cpp"), str(files.object)]
    subprocess.run(command, check=True)
    subprocess.run([str(tmp_path / "main")], check=True)


# ------------------------------------------------------------------------------------------------ through the description

C_TYPES = {"float64": ctypes.c_double, "float32": ctypes.c_float, "int64": ctypes.c_int64, "int32": ctypes.c_int32, "bool": ctypes.c_uint8}


def called(files: Any, arrays: list[np.ndarray]) -> tuple[int, list[np.ndarray]]:
    """The status and the outputs of the shared library, called by what its description says alone."""
    facts = json.loads(files.description.read_text())
    library = ctypes.CDLL(str(files.library))
    sizes: dict[str, int] = {}
    values: dict[str, Any] = {}
    for entry, array in zip(facts["inputs"], arrays):
        sizes.update({dim: size for dim, size in zip(entry["shape"], array.shape) if isinstance(dim, str)})
        kind = C_TYPES[entry["dtype"]]
        values[entry["c_name"]] = kind(array.item()) if entry["by"] == "value" else array.ctypes.data_as(ctypes.c_void_p)
    named = {key: value for key, value in sizes.items() if key in {entry["name"] for entry in facts["sizes"]}}
    results = []
    for entry in facts["outputs"]:
        shape = [dim if isinstance(dim, int) else eval(dim.replace("//", "//"), {}, named) for dim in entry["shape"]]
        results.append(np.empty(shape, entry["dtype"]))
        values[entry["c_name"]] = results[-1].ctypes.data_as(ctypes.c_void_p)
    values.update({entry["c_name"]: ctypes.c_int64(named[entry["name"]]) for entry in facts["sizes"]})
    if facts["workspace"]:
        count = library[facts["workspace"]["function"]]
        count.restype = ctypes.c_int64
        bytes = count(*(values[entry["c_name"]] for entry in facts["sizes"]))
        assert bytes == eval(str(facts["workspace"]["bytes"]), {}, named)
        values["workspace"] = ctypes.create_string_buffer(max(bytes, 1))
    return library[facts["function"]](*(values[name] for name in facts["order"])), results


@with_linker
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=programs(dtypes=("float64", "float32", "int64", "bool")))
def test_random_programs_give_what_the_interpreter_gives(program, tmp_path_factory):
    graph, arrays = program
    try:
        expected = evaluate(graph, *arrays)
    except WengertError:
        return
    f = Function(Build(Model(graph)))
    files = f.export(tmp_path_factory.mktemp("made"))
    assume(not json.loads(files.description.read_text())["needs"])  # nobody provides BLAS under its own names here
    status, results = called(files, [np.ascontiguousarray(a) for a in arrays])
    assert status == 0
    for got, want in zip(results, expected):
        assert got.shape == want.shape and got.dtype == want.dtype
        tolerance = 2e-4 if want.dtype == np.float32 else 1e-9
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


@with_linker
def test_a_lambdified_model_and_a_dict_of_outputs(tmp_path: Path) -> None:
    a, b = sympy.symbols("a b")
    f = wg.lambdify([a, b], sympy.sin(a) * b**2 + sympy.gamma(b), "gradient", name="model")
    status, (value, gradient) = called(f.export(tmp_path), [np.array(0.3), np.array(1.7)])
    assert status == 0 and value == f(0.3, 1.7)[0] and gradient.tolist() == f(0.3, 1.7)[1].tolist()
    g = wg.function([w], {"sum": wg.sum(w), "größe": w * 2, 3: w * 3, "double": w}, name="g")
    files = g.export(tmp_path, name="g2")
    assert [entry["c_name"] for entry in json.loads(files.description.read_text())["outputs"]] == ["sum", "gr_e", "x_3", "double_2"]
    for got, want in zip(called(files, [W])[1], g(W).values()):
        np.testing.assert_array_equal(got, want)


@with_linker
def test_the_structure_of_a_sparse_result_is_described(tmp_path: Path) -> None:
    a, b = sympy.symbols("a b")
    f = wg.lambdify([a, b], [a * b, b], "jacobian", sparse="csc", name="jac")
    files = f.export(tmp_path)
    [sparse] = json.loads(files.description.read_text())["sparse"]
    values = called(files, [np.array(2.0), np.array(3.0)])[1][sparse["output"]]
    dense = np.zeros(sparse["shape"])
    dense[sparse["rows"], sparse["columns"]] = values
    assert sparse["format"] == "csc" and dense.tolist() == f(2.0, 3.0)[1].toarray().tolist() == [[3, 2], [0, 1]]


# --------------------------------------------------------------------------------------------------------------- the files

def test_the_files_of_a_function(tmp_path: Path, golden: Any) -> None:
    files = loss().export(tmp_path / "deep" / "folder", triple="x86_64-unknown-linux-gnu", cpu="x86-64-v3")
    assert [p.name for p in files[:3]] == ["loss.o", "loss.h", "loss.json"]
    golden("codegen/loss.h", re.sub(r"Wengert [\d.]+ ", "Wengert ", files.header.read_text()))
    facts = json.loads(files.description.read_text())
    assert facts["needs"] == ["dgemv_"] and facts["target"] == {"triple": "x86_64-unknown-linux-gnu", "cpu": "x86-64-v3", "features": ""}
    assert facts["sizes"] == [{"name": "n", "c_name": "n"}] and facts["files"]["object"] == "loss.o"
    assert facts["inputs"][0] == {"name": "x", "c_name": "x", "dtype": "float64", "shape": ["n", 40], "by": "pointer"}


def test_names_that_c_does_not_have(tmp_path: Path) -> None:
    names = ["double", "α", "β", "größe", "gr_e", "out0", "workspace", "n"]
    inputs = [wg.symbol(name, "n") for name in names]
    files = wg.function(inputs, [inputs[0] + inputs[1], sum(inputs)], name="sin").export(tmp_path)
    facts = json.loads(files.description.read_text())
    assert facts["function"] == "sin_"
    assert facts["order"] == ["double_2", "x1", "x2", "gr_e", "gr_e_2", "out0", "workspace_2", "n", "out0_2", "out1", "n_2"]
    assert "called 'α' in the model" in files.header.read_text()
    for wrong in ("sin", "for", "no spaces", "", "1st"):
        with pytest.raises(wg.ArgumentError, match=f"must be an identifier that C does not use itself, got {wrong!r}"):
            loss().export(tmp_path, name=wrong)


FORMATS = {
    "x86_64-unknown-linux-gnu": b"\x7fELF\x02\x01", "aarch64-unknown-linux-gnu": b"\x7fELF\x02\x01",
    "riscv64-unknown-linux-gnu": b"\x7fELF\x02\x01",
    "arm64-apple-macosx13": b"\xcf\xfa\xed\xfe\x0c\0\0\1", "x86_64-apple-macosx13": b"\xcf\xfa\xed\xfe\7\0\0\1",
    "x86_64-pc-windows-msvc": b"\x64\x86", "aarch64-pc-windows-msvc": b"\x64\xaa",
}


@pytest.mark.parametrize("triple", FORMATS)
def test_other_machines(triple: str, tmp_path: Path) -> None:
    cpu = "haswell" if triple.startswith("x86_64") else "sifive-u74" if triple.startswith("riscv") else None
    files = loss().export(tmp_path, triple=triple, cpu=cpu)
    data = files.object.read_bytes()
    assert data.startswith(FORMATS[triple]) and files.object.suffix == (".obj" if "windows" in triple else ".o")
    assert {"linux": struct.unpack_from("<H", data, 18)[0] in (62, 183, 243)}.get(triple.split("-")[2], True)
    assert "dgemv_" in undefined.undefined(data) and json.loads(files.description.read_text())["needs"] == ["dgemv_"]
    assert triple in files.header.read_text()
    assert files.library is None or triple.split("-")[0] == jit.host()[0].split("-")[0]


def test_a_processor_without_fused_multiply_add_needs_the_math_library(tmp_path: Path) -> None:
    s = wg.symbol("s")
    f = wg.function([s], wg.tanh(s), name="f")
    for cpu, needs in (("x86-64", ["fma"]), ("x86-64-v3", [])):
        files = f.export(tmp_path, triple="x86_64-unknown-linux-gnu", cpu=cpu)
        assert json.loads(files.description.read_text())["needs"] == needs
        assert ("Link with the C math library, for fma." in files.header.read_text()) == bool(needs)


@pytest.mark.parametrize("options, said", [
    ({"triple": "nonsense"}, "LLVM knows no target 'nonsense'; a triple is like"),
    ({"triple": "x86_64-unknown-linux-gnu", "cpu": "haswel"}, "'haswel' is not a recognized processor for this target"),
    ({"features": "+flying"}, r"'\+flying' is not a recognized feature for this target"),
    ({"triple": "i686-unknown-linux-gnu"}, "64-bit little-endian machines only, not for i686"),
    ({"triple": "powerpc64-unknown-linux-gnu"}, "64-bit little-endian machines only, not for powerpc64"),
])
def test_targets_that_are_refused(options: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(wg.ArgumentError, match=said):
        loss().export(tmp_path / "made", **options)
    assert not (tmp_path / "made").exists()


def test_what_only_scipy_has_is_refused(tmp_path: Path) -> None:
    from wengert.codegen import external
    from wengert.ir.op import TABLE
    from wengert.ir.ops.external import EXTERNAL

    op = next(TABLE[name] for name, declared in EXTERNAL.items() if external.is_external(name) and declared.arity == 1)
    s = wg.symbol("s")
    f = wg.function([s], op(s), name="f")
    with pytest.raises(wg.ExpressionError, match=r"export: f calls scipy\.special\.\w+, for which Wengert has no code of its own"):
        f.export(tmp_path)


def test_without_a_linker_there_is_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for commands in ([], [["false"]]):
        monkeypatch.setattr(exporting, "linkers", lambda commands=commands: commands)
        files = loss().export(tmp_path)
        assert files.library is None and files.object.exists()
        assert json.loads(files.description.read_text())["files"] == {"object": "loss.o", "header": "loss.h", "library": None}


def test_other_bytes_are_no_object_file() -> None:
    with pytest.raises(ValueError, match="expected an object file"):
        undefined.undefined(b"\0asm\1\0\0\0")
