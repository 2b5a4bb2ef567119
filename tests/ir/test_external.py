"""Rows that mean a function of SciPy's: what they evaluate to, how they are declared, and who loads SciPy when.

That the values are right is tested by family in tests/special.
"""
from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import scipy.special

import wengert as wg
from wengert.codegen.math import FUNCTIONS
from wengert.ir import ops
from wengert.ir.errors import ExpressionError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.op import TABLE, Op, Zero
from wengert.ir.ops.external import EXTERNAL, external
from wengert.ir.types import Type

SAMPLE = ((0.1, 0.9),)


@pytest.fixture
def declared() -> Iterator[None]:
    """Rows that a test declares are forgotten after it."""
    known = set(TABLE)
    yield
    for name in set(TABLE) - known:
        del TABLE[name], EXTERNAL[name]


def both(op: Op, count: int, dtype: str) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """What native code gives, what the interpreter does, and the arguments; a count of 0 stands for a scalar."""
    rng = np.random.default_rng(count)
    shape = (count,) if count else ()
    arrays = [np.asarray(rng.uniform(low, high, shape), dtype) for low, high in op.sample]
    xs = [ops.input(name=f"external{k}", type=Type(dtype, shape)) for k in range(len(arrays))]
    y = op(*xs)
    return wg.function(xs, [y])(*arrays)[0], evaluate(Graph("f", xs, [y]), *arrays)[0], arrays


def agree(got: np.ndarray, want: np.ndarray, dtype: str) -> None:
    assert np.asarray(want).dtype == dtype
    np.testing.assert_allclose(got, want, rtol=1e-14 if dtype == "float64" else 2e-7)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("count", [0, 1, 5, 37])
@pytest.mark.parametrize("op", [TABLE[name] for name in EXTERNAL], ids=lambda op: op.name)
def test_native_code_agrees_with_the_interpreter(op: Op, count: int, dtype: str) -> None:
    got, want, _ = both(op, count, dtype)
    if dtype == "float64" and op.name in FUNCTIONS:  # computed differently, near zeros too; tests/special has mpmath's values
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)
    else:
        agree(got, want, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("count", [0, 9, 16])
def test_four_arguments_and_several_outputs(declared: None, count: int, dtype: str) -> None:
    slope = lambda *values: values[-1]  # noqa: E731
    four = external("four", 4, *[slope] * 4, doc="Jacobi's polynomial", sample=SAMPLE * 4, scipy="eval_jacobi")
    second = external("second", 1, slope, doc="the cosine integral", sample=SAMPLE, scipy="sici", output=1, outputs=2)
    got, want, arrays = both(four, count, dtype)
    agree(got, want, dtype)
    np.testing.assert_allclose(want, scipy.special.eval_jacobi(*arrays), rtol=1e-6)
    got, want, arrays = both(second, count, dtype)
    agree(got, want, dtype)
    np.testing.assert_allclose(want, scipy.special.sici(*arrays)[1], rtol=1e-6)


def test_a_row_without_partials_is_piecewise_constant_and_others_need_one_an_argument(declared: None) -> None:
    steps = external("steps", 1, doc="the sign of gamma", sample=SAMPLE, scipy="gammasgn")
    assert isinstance(steps.derivative, Zero)
    with pytest.raises(ValueError, match="op pair: 2 arguments need 2 partials, got 1"):
        external("pair", 2, lambda a, b, y: y, doc="beta", sample=SAMPLE * 2, scipy="beta")


@pytest.mark.parametrize("function", ["no_such_function", "softmax"])
def test_a_function_that_this_scipy_lacks(declared: None, function: str) -> None:
    op = external("lacking", 1, lambda x, y: y, doc="none", sample=SAMPLE, scipy=function)
    x = ops.input(name="lacking", type=Type("float64"))
    message = rf"scipy.special.{function}: SciPy {scipy.__version__} has no such function of real numbers; install SciPy 1.13 or later"
    with pytest.raises(ExpressionError, match=message):
        evaluate(Graph("f", [x], [op(x)]), 0.5)
    with pytest.raises(ExpressionError, match=message):
        wg.function([x], op(x))


def test_scipys_own_functions_take_nodes() -> None:
    x = wg.symbol("scipys_own", (3,))
    assert scipy.special.erfinv(x) is wg.special.erfinv(x) is ops.erfinv(x)


def test_scipy_is_loaded_when_a_program_needs_it_and_not_before() -> None:
    program = """
import sys, wengert as wg
x = wg.symbol("x")
y = wg.special.erfinv(x)
assert "scipy" not in sys.modules
f = wg.function([x], wg.sin(x))
assert "scipy.special" not in sys.modules
assert abs(wg.function([x], wg.grad(y, x))(0.0) - 0.886226925452758) < 1e-15
assert "scipy.special.cython_special" in sys.modules
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
