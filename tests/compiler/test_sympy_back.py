"""From nodes back to SymPy, and formulas for notebooks."""
import numpy as np
import pytest
import sympy

import wengert as wg
from wengert.compiler.frontend.sympy import from_sympy, to_sympy
from wengert.compiler.frontend.sympy.back import MEANINGS
from wengert.compiler.frontend.sympy.handlers import Special
from wengert.ir import ops
from wengert.ir.op import TABLE
from wengert.ir.types import Type

x, y, z, k = sympy.symbols("x y z k")
a = sympy.IndexedBase("a")
P = sympy.Piecewise

# Elementwise rows without a function of SymPy's that is the same; casts are said where attributes matter.
WITHOUT = {"rint", "isnan", "isinf", "cast"}


@pytest.mark.parametrize("expr", [
    x / 3, sympy.pi * x,
    2 * sympy.pi / 3 + x, sympy.E * x, sympy.sqrt(2) * x, P((1, x > 0), (0, True)), P((x, x > 0), (y, x < -1), (z, True)),
    sympy.Integral(sympy.exp(-x * z), (z, 0, y)), sympy.Integral(1 / (x + z**2), (z, -sympy.oo, sympy.oo)),
    sympy.Integral(sympy.Integral(x * z**2 * k, (z, 0, k)), (k, 0, 1)), a[1] + a[2] ** 2, a[k] * 2, a[1, 2],
    sympy.Xor(x > 0, y > 0),
    sympy.ITE(x > 0, y > 0, z > 0), sympy.sign(x) * sympy.floor(y), sympy.Heaviside(x), x * y**2 - 7,
], ids=str)
def test_there_and_back(expr):
    """The same expression, or one that is equal at points; symbols that were bound may have another name."""
    back = to_sympy(from_sympy(expr))
    if back == expr or str(back) == str(expr):
        return
    at = {x: 0.7, y: 1.3, z: -0.4, k: 0.9}
    if isinstance(expr, sympy.Expr):
        assert abs(back.doit().subs(at).evalf() - expr.doit().subs(at).evalf()) < 1e-14
    else:
        assert bool(back.subs(at)) == bool(expr.subs(at))


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.elementwise], ids=lambda op: op.name)
def test_every_elementwise_row_comes_back(op):
    """Those without a counterpart are listed, so that a new row brings its own or says that there is none."""
    lacking = op not in MEANINGS
    private = op.name.startswith(("carlson_", "ellipd3", "gammaincinv", "gammainccinv", "betaincinv", "betainccinv"))
    assert lacking == (op.name in WITHOUT or private), op.name


def test_a_row_and_its_expression_agree():
    """Of the rows that a class of SymPy's means directly, the way there and back is the identity."""
    from wengert.compiler.frontend.sympy.table import TABLE as CLASSES

    for kind in (sympy.sin, sympy.erf, sympy.gamma, sympy.loggamma, sympy.atan2, sympy.Ci, sympy.airyai, sympy.elliptic_k):
        means = CLASSES[kind]
        assert not isinstance(means, Special)
        args = (x, y)[: 2 if kind is sympy.atan2 else 1]
        assert to_sympy(from_sympy(kind(*args))) == kind(*args)


def test_sizes_and_elements_of_arrays():
    v = ops.input(name="v", type=Type("float64", ("count", 3)))
    count = sympy.Symbol("count", integer=True)
    node = v[0, 2] * ops.cast(ops.size(dim=v.type.shape[0]), dtype="float64")
    assert to_sympy(node) == sympy.IndexedBase("v", shape=(count, 3))[0, 2] * count


# ----------------------------------------------------------------------------------------------------------- notebooks

def test_formulas():
    s, t = wg.symbol("s"), wg.symbol("theta")
    assert (np.sin(t) / s)._repr_latex_() == r"$\displaystyle \frac{\sin{\left(\theta \right)}}{s}$"
    assert wg.grad(s * s * t, s)._repr_latex_() == r"$\displaystyle 2 s \theta$"
    assert from_sympy(sympy.Matrix([[x, y]]))._repr_latex_().startswith(r"$\displaystyle \left[\begin{matrix}x & y")


def test_a_large_formula_is_shown_with_dots():
    node = start = wg.symbol("s")
    for _ in range(5000):
        node = np.sin(node) * start + 1
    shown = node._repr_latex_()
    assert r"\dots" in shown and len(shown) < 5000
    wide = sum(wg.symbol(f"s{k}") ** 2 * k for k in range(400))
    assert r"\dots" in wide._repr_latex_() and len(wide._repr_latex_()) < 20_000


@pytest.mark.parametrize("node", [
    wg.symbol("v", 3), wg.symbol("m", ("n", 4)) @ wg.symbol("w", 4), ops.rint(wg.symbol("s")), wg.symbol("v", 3) * 2,
    wg.sum(wg.symbol("v", 3)), wg.argmax(wg.symbol("v", 3)),
], ids=str)
def test_what_has_no_formula_is_shown_as_text(node):
    assert node._repr_latex_() is None
