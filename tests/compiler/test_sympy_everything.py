"""Everything of SymPy's that means a number: values and gradients against 50 digits, compiled and interpreted.

The reference is SymPy's own evaluation (mpmath) of the expression with its arrays written out, and differences of it over
1e-25, which are right to about 1e-30. Points are drawn from each expression's name, so every run asks at the same ones.
"""
import random
import zlib

import numpy as np
import pytest
import sympy
from sympy.codegen import cfunctions as c
from sympy.codegen.matrix_nodes import MatrixSolve
from sympy.codegen.numpy_nodes import logaddexp, logaddexp2
from sympy.codegen.scipy_nodes import cosm1, powm1
from sympy.combinatorics import Permutation
from sympy.functions.special.singularity_functions import SingularityFunction
from sympy.logic.boolalg import Equivalent, Implies, Nand, Nor, Xnor
from sympy.matrices import expressions as m
from sympy.tensor.array import expressions as tensor
from sympy.utilities.lambdify import implemented_function

from wengert.compiler.frontend.sympy import lambdify
from wengert.compiler.frontend.sympy.table import NO_VALUE, TABLE
from wengert.ir.evaluate import evaluate

x, y, z = sympy.symbols("x y z")
t, u = sympy.symbols("t u")
i, j, k = sympy.symbols("i j k", integer=True)
v = sympy.IndexedBase("v", shape=(4,))
M = sympy.MatrixSymbol("M", 3, 3)
w = sympy.MatrixSymbol("w", 3, 1)
T = tensor.ArraySymbol("T", (2, 2, 2))
S, P, R = sympy.S, sympy.Piecewise, sympy.Rational
unevaluated = {"evaluate": False}
square = implemented_function("square", lambda s: s * s)

ELEMENTARY = [
    x + y - z, -x - y, x - 2, x * y / (z * 7), -2 * x / (3 * y), 1 / (x * y), (x + 1) / (x - 4), x**2, x**-3, x**7, x**70, x ** R(1, 2),
    x ** R(-3, 2),
    x ** R(1, 3), x**0.3, x**y, x ** (-y), 2**x, 10**x, y**2 ** x, sympy.exp(x), sympy.exp(-(x**2)), sympy.E**2 * x, sympy.log(x),
    sympy.log(x, y),
    sympy.sin(x), sympy.cos(x * y), sympy.tan(x / 2), sympy.cot(x), sympy.sec(x / 3), sympy.csc(x), sympy.asin(x / 4), sympy.acos(x / 4),
    sympy.atan(x * y), sympy.acot(x), sympy.asec(x + 1), sympy.acsc(x + 1), sympy.atan2(x, -y), sympy.atan2(-x, -y), sympy.sinc(x),
    sympy.sinc(x) * 0 + sympy.sinh(x), sympy.cosh(x), sympy.tanh(x), sympy.coth(x), sympy.sech(x), sympy.csch(x), sympy.asinh(-x),
    sympy.acosh(x + 1),
    sympy.atanh(x / 4), sympy.acoth(x + 1), sympy.asech(x / 4), sympy.acsch(x), sympy.re(x) * y, sympy.im(x) + y, sympy.conjugate(x) * x,
    sympy.pi * x, sympy.EulerGamma + x, sympy.Catalan * x, sympy.GoldenRatio**x, sympy.TribonacciConstant - x, R(10**30, 7) * x,
    sympy.Float("0.1", 40) * x,
    c.expm1(x / 9), c.log1p(x / 9), c.exp2(x), c.log2(x), c.log10(x), c.Sqrt(x), c.Cbrt(x), c.hypot(x, y), c.fma(x, y, z),
    logaddexp(x, y),
    logaddexp2(x, y), cosm1(x / 9), powm1(x, y / 9), powm1(-x, 3) * y,
    (x + y + z) ** 2 * sympy.exp(-(x**2)) / (1 + sympy.cos(y) ** 2),
    sympy.Add(x, x, y, **unevaluated), sympy.Mul(2, x, 3, sympy.Pow(y, 2, **unevaluated), **unevaluated),
    sympy.sqrt(x**2 + y**2 + z**2) ** -3,
    sympy.log(1 + sympy.exp(x)) * sympy.tanh(y), (1 - sympy.exp(-x)) / x, sympy.root(x * y * z, 3),
]
STEPS = [
    sympy.Abs(x - y), sympy.Abs(x - y) ** 3, sympy.sign(x - y) * x**2, sympy.floor(3 * x) * x, sympy.ceiling(3 * x) * y,
    sympy.frac(3 * x) * y,
    sympy.Mod(5 * x, y), sympy.Mod(-5 * x, y), sympy.Max(x, y, z), sympy.Min(x * y, y * z, 1), sympy.Heaviside(x - y) * x,
    sympy.Heaviside(x - 1, 1) * y,
    P((x**2, x < 1), (sympy.sin(x), x < y), (x, True)),
    P((x, (x > 1) & (y > 1)), (y, (x < 1) | sympy.Not(y > 2, **unevaluated)), (z, True)),
    P((1, sympy.Eq(x, y)), (2, sympy.Ne(x, z)), (3, True)) * x, P((x, sympy.Xor(x > 1, y > 1)), (y, True)),
    P((x, Implies(x > 1, y > 1)), (y, True)),
    P((x, Equivalent(x > 1, y > 1, z > 1)), (y, True)), P((x, Nand(x > 1, y > 1, **unevaluated)), (y, True)),
    P((x, Nor(x > 1, y > 1, **unevaluated)), (y, True)), P((x, Xnor(x > 1, y > 1, **unevaluated)), (y, True)),
    P((x, sympy.ITE(x > 1, y > 1, z >= 1)), (y, True)),
    P((x, sympy.Contains(y, sympy.Interval(0, 1), **unevaluated)), (y, x <= 2), (z, True)),
    P((sympy.sqrt(x - y), x > y), (sympy.log(y - x + 1), True)), P((1 / (x - y), sympy.Ne(x, y)), (0, True)),
    P((sympy.zoo, x < 0), (x, True)),
    SingularityFunction(x, 1, 2), sympy.KroneckerDelta(x, y) + z, P((x, sympy.true), (y, sympy.false)),
    P((x, c.isnan(y) | c.isinf(z)), (x * y, True)),
]
SPECIAL = [
    sympy.erf(x), sympy.erfc(x), sympy.erfi(x), sympy.erf2(x, y), sympy.erfinv(x / 4), sympy.erfcinv(x / 4),
    sympy.erf2inv(x / 10, y / 10),
    sympy.gamma(x), sympy.gamma(-x), sympy.loggamma(x), sympy.digamma(x), sympy.trigamma(x), sympy.polygamma(2, x), sympy.beta(x, y),
    sympy.meijerg([], [1, 1], [0, 0, x], [], y),
    sympy.uppergamma(x, y), sympy.lowergamma(x, y), sympy.betainc(x, y, 0, R(1, 3)), sympy.betainc_regularized(x, y, R(1, 5), R(2, 5)),
    sympy.factorial(x), sympy.factorial2(x), sympy.subfactorial(3) * x, sympy.binomial(x + y, y), sympy.RisingFactorial(x, y),
    sympy.FallingFactorial(x, z), sympy.fibonacci(x), sympy.lucas(x), sympy.catalan(x), sympy.Ei(x), sympy.Si(x), sympy.Ci(x),
    sympy.Shi(x), sympy.Chi(x),
    sympy.li(x + 2), sympy.Li(x + 3), sympy.expint(1, x), sympy.E1(y), sympy.expint(x, y), sympy.expint(3, y),
    sympy.fresnels(x), sympy.fresnelc(x), sympy.airyai(x),
    sympy.airybi(x), sympy.airyaiprime(-x),
    sympy.airybiprime(x), sympy.elliptic_k(x / 4), sympy.elliptic_e(x / 4), sympy.elliptic_f(x / 4, y / 4),
    sympy.elliptic_pi(x / 9, y / 4),
    sympy.legendre(3, x / 4, **unevaluated), sympy.assoc_legendre(3, 1, x / 4, **unevaluated),
    sympy.chebyshevt(4, x / 4, **unevaluated), sympy.chebyshevu(3, x, **unevaluated), sympy.hermite(4, x, **unevaluated),
    sympy.hermite_prob(3, x, **unevaluated), sympy.laguerre(3, x, **unevaluated), sympy.assoc_laguerre(3, y, x, **unevaluated),
    sympy.gegenbauer(3, y, x / 4, **unevaluated), sympy.jacobi(3, x, y, z / 4, **unevaluated),
    sympy.zeta(x + y), sympy.zeta(-x), sympy.zeta(x + 1, y), sympy.dirichlet_eta(x), sympy.polylog(y, x / 4), sympy.polylog(2, -x),
    sympy.LambertW(x), sympy.LambertW(-x / 10, -1), sympy.harmonic(x), sympy.harmonic(x, 2), sympy.bernoulli(x + 2),
    sympy.besselj(y, x), sympy.bessely(2, x), sympy.besseli(y, x), sympy.besselk(y, x), sympy.jn(2, x), sympy.yn(y, x),
    sympy.re(sympy.hankel1(1, x) * sympy.exp(sympy.I * y)), sympy.im(sympy.hankel2(y, x)), sympy.re(sympy.hn1(2, x)) * y,
    sympy.im(sympy.hn2(1, x)), sympy.arg(x + sympy.I * y),
    sympy.hyper([x, y], [z + 1], x / 9),
]
SUMS = [
    sympy.Sum(x**k / sympy.factorial(k), (k, 0, 12)), sympy.Sum(x * k, (k, 5, 2)), sympy.Sum(sympy.sin(k * x) / k, (k, 1, 6)),
    sympy.Product(x + k, (k, 1, 5)),
    sympy.Product(1 + x / k**2, (k, 1, 6)), sympy.Sum(x ** (i * j), (j, 0, i), (i, 0, 3)),
    sympy.Sum(sympy.Product(x + i * k, (k, 1, i)), (i, 1, 3)),
    sympy.Sum(v[i] ** 2, (i, 0, 3)), sympy.Sum((v[i + 1] - v[i]) ** 2, (i, 0, 2)),
    sympy.Sum(v[i] * v[j] * x ** (i - j), (i, 0, 3), (j, 0, 3)),
    sympy.Product(v[2 * i], (i, 0, 1)) * x, sympy.Sum(v[3 - i] * v[i], (i, 0, 3)), sympy.Sum(P((v[i], v[i] > 1), (x, True)), (i, 0, 3)),
    v[0] * v[3] / x,
    sympy.Sum(sympy.LeviCivita(i, j, 1) * x**i * y**j, (i, 0, 2), (j, 0, 2)), sympy.Sum(sympy.subfactorial(k) * x, (k, 0, 5)),
    sympy.Sum(v[sympy.Idx("n")], (sympy.Idx("n"), 1, 3)) * y,
]
UNDONE = [
    sympy.Derivative(sympy.sin(x) * x**2, x), sympy.Derivative(sympy.exp(x * y), x, y), sympy.Derivative(x**4 * y, (x, 3)),
    sympy.Derivative(sympy.Abs(x - y) ** 3, x),
    sympy.Subs(sympy.Derivative(sympy.sin(t) * t, t), t, x * y), sympy.Subs(t * u**2, (t, u), (x, y + 1), **unevaluated),
    sympy.Integral(sympy.exp(-x * t**2), (t, 0, y)), sympy.Integral(1 / (x + t**2), (t, -sympy.oo, sympy.oo)),
    sympy.Integral(sympy.log(t) * x, (t, 0, y)),
    sympy.Integral(sympy.exp(-x * t) * sympy.sin(t), (t, y, sympy.oo)), square(x) * y,
    sympy.Derivative(sympy.Sum(x**k / k, (k, 1, 4)), x), sympy.UnevaluatedExpr(x + y) * x, sympy.Poly(x**3 - 2 * x * y + 1, x, y),
]
ARRAYS = [
    sympy.Trace(M * w * w.T), (w.T * M * w)[0, 0], sympy.Trace(M * M.T * M), (M**3)[0, 2], sympy.Trace((M * w + 2 * w) * w.T) * x,
    M[0, 1] * M[1, 0], sympy.Trace(M + m.Identity(3) * x),
    sympy.Trace(M.inv() * w * w.T), sympy.Trace(w * w.T * M.inv()), sympy.Determinant(M), sympy.Trace(M**-2 * M.T),
    sympy.Determinant(M * x + m.OneMatrix(3, 3)) * y,
    sympy.Trace(m.HadamardProduct(M, M.T) * M), sympy.Trace(m.HadamardPower(M, 2) * M),
    sympy.Trace(m.KroneckerProduct(M, w) * m.KroneckerProduct(M, w.T)),
    sympy.Trace(m.BlockMatrix([[M, w]]) * m.BlockMatrix([[M, w]]).T) * M[1, 1],
    sympy.Trace(m.BlockDiagMatrix(M, 2 * M)), sympy.Trace(M[0:2, 1:3] * x), sympy.Trace(M.applyfunc(sympy.sin)), m.DotProduct(w, w) * x,
    sympy.Trace(M * sympy.Matrix([x, y, 1]) * w.T), sympy.Trace(M * sympy.SparseMatrix(3, 1, {(0, 0): x}) * w.T),
    sympy.Trace(m.FunctionMatrix(3, 3, sympy.Lambda((i, j), i + j * x)) * M),
    sympy.Trace(m.DiagMatrix(w) * M), sympy.Trace(m.DiagonalOf(M) * w.T) * x, sympy.Trace(m.DiagonalMatrix(M) * M),
    sympy.Trace(m.MatrixPermute(M, Permutation([1, 2, 0]))),
    sympy.Trace(m.PermutationMatrix(Permutation([1, 2, 0])) * M), sympy.Trace(m.Adjoint(M) * M),
    sympy.Trace(sympy.MatAdd(m.ZeroMatrix(3, 3), M, evaluate=False)), sympy.Trace(MatrixSolve(M, w) * w.T),
    sympy.Sum(M[i, j] * w[j, 0] * x**i, (i, 0, 2), (j, 0, 2)), T[0, 1, 1] * T[1, 0, 0],
    tensor.ArrayElement(tensor.ArrayContraction(tensor.ArrayTensorProduct(T, T), (0, 3), (1, 4)), (0, 1)),
    tensor.ArrayElement(tensor.ArrayDiagonal(T, (0, 1)), (1, 0)), tensor.ArrayElement(tensor.PermuteDims(T, [2, 0, 1]), (0, 1, 1)),
    tensor.ArrayElement(tensor.ArrayAdd(T, tensor.OneArray(2, 2, 2), tensor.ZeroArray(2, 2, 2)), (0, 1, 1)) * x,
    tensor.ArrayElement(tensor.Reshape(T, (4, 2)), (2, 1)),
    tensor.ArrayElement(tensor.ArrayElementwiseApplyFunc(sympy.exp, T), (1, 1, 1)),
    tensor.ArrayElement(tensor.ArrayTensorProduct(T, T), (0, 1, 0, 1, 0, 1)),
]
EVERYTHING = [*ELEMENTARY, *STEPS, *SPECIAL, *SUMS, *UNDONE, *ARRAYS]

# What SymPy has no digits for, in functions that it has digits for.
TRUE = {
    sympy.factorial2(x): 2 ** (x / 2) * sympy.gamma(x / 2 + 1) * (sympy.pi / 2) ** ((sympy.cos(sympy.pi * x) - 1) / 4),
    sympy.lucas(x): sympy.fibonacci(x - 1) + sympy.fibonacci(x + 1), c.Cbrt(x): sympy.root(x, 3), c.fma(x, y, z): x * y + z,
    sympy.erf2(x, y): sympy.erf(y) - sympy.erf(x), sympy.erf2inv(x / 10, y / 10): sympy.erfinv(sympy.erf(x / 10) + y / 10),
    sympy.erfcinv(x / 4): sympy.erfinv(1 - x / 4), logaddexp(x, y): sympy.log(sympy.exp(x) + sympy.exp(y)),
    logaddexp2(x, y): sympy.log(2**x + 2**y, 2), P((x, c.isnan(y) | c.isinf(z)), (x * y, True)): x * y, square(x) * y: x**2 * y,
    c.Sqrt(x): sympy.sqrt(x), sympy.Derivative(sympy.Abs(x - y) ** 3, x): 3 * (x - y) * sympy.Abs(x - y),
    sympy.yn(y, x): sympy.sqrt(sympy.pi / (2 * x)) * sympy.bessely(y + R(1, 2), x),
    cosm1(x / 9): sympy.cos(x / 9) - 1, powm1(x, y / 9): x ** (y / 9) - 1,
    powm1(-x, 3) * y: (-(x**3) - 1) * y,
    sympy.Trace(MatrixSolve(M, w) * w.T): sympy.Trace(M.inv() * w * w.T),
}


def written_out(expr):
    """The expression with the elements of its arrays as symbols, and these symbols' places."""
    expr = TRUE.get(expr, sympy.sympify(expr))
    places = {}

    def symbol(kind, at):
        return places.setdefault((kind, at), sympy.Symbol(f"{kind}_{'_'.join(map(str, at))}", positive=True))

    matrices = {M: sympy.Matrix(3, 3, lambda r, q: symbol("M", (r, q))), w: sympy.Matrix(3, 1, lambda r, q: symbol("w", (r, q)))}
    cube = sympy.Array([[[symbol("T", (a, b, q)) for q in range(2)] for b in range(2)] for a in range(2)])
    expr = expr.replace(lambda e: isinstance(e, tensor.ArrayElement), lambda e: sympy.Array(e.name.subs(T, cube).doit()
                        if e.name == T else e.name.xreplace({T: cube}).as_explicit())[tuple(map(int, e.indices))])
    expr = expr.replace(lambda e: isinstance(e, sympy.Trace), lambda e: e.arg.as_explicit().trace())
    expr = expr.replace(lambda e: isinstance(e, sympy.Determinant), lambda e: e.arg.as_explicit().det())
    expr = expr.xreplace({a: b.as_immutable() for a, b in matrices.items()}).doit()
    expr = expr.replace(lambda e: isinstance(e, sympy.Indexed), lambda e: symbol("v", tuple(map(int, e.indices))))
    return expr.doit(), places


def reference(expr, arguments, point):
    """Value and gradient by every element of the arguments, from 60 digits."""
    plain, places = written_out(expr)
    at = {(str(a), ()): (a, sympy.Float(float(point[a]), 70)) for a in arguments if a in (x, y, z)}
    for a in arguments:
        if a not in (x, y, z):
            name = str(a)
            for index in np.ndindex(point[a].shape):
                at[name, index] = places.get((name, index)), sympy.Float(float(point[a][index]), 70)
    values = {symbol: number for symbol, number in at.values() if symbol is not None}
    step = sympy.Float(10, 70) ** -25

    def value(changed):
        return sympy.N(plain.subs(values | changed), 60)

    gradient = [
        0.0 if symbol is None or symbol not in plain.free_symbols else
        float((value({symbol: number + step}) - value({symbol: number - step})) / (2 * step)) for symbol, number in at.values()
    ]
    return float(value({})), gradient


@pytest.mark.parametrize("expr", EVERYTHING, ids=[f"{at} {expr}"[:50] for at, expr in enumerate(EVERYTHING)])
def test_value_and_gradient(expr):
    seed = random.Random(zlib.crc32(str(expr).encode()))
    symbols = sympy.sympify(expr).free_symbols | sympy.sympify(expr).atoms(sympy.MatrixSymbol, sympy.IndexedBase, tensor.ArraySymbol)
    arguments = [a for a in (x, y, z, v, M, w, T) if a in symbols] or [x]
    call = lambdify(arguments, expr, "gradient")
    for _ in range(3 if any(expr is step for step in STEPS) else 1):
        point = {a: np.float64(seed.uniform(0.3, 2.7)) for a in arguments if a in (x, y, z)}
        for a in arguments:
            if a not in (x, y, z):
                size = tuple(map(int, a.shape))
                point[a] = np.array([seed.uniform(0.3, 2.7) for _ in range(int(np.prod(size)))]).reshape(size)
        value, gradient = reference(expr, arguments, point)
        native, interpreted = call(*point.values()), evaluate(call._graph, *point.values())
        for found, slopes in (native, interpreted):
            np.testing.assert_allclose(found, value, rtol=4e-14, atol=1e-15)
            np.testing.assert_allclose(slopes, gradient, rtol=1e-12, atol=2e-13 * max(map(abs, gradient)) + 1e-15)


def test_every_class_is_met():
    met = {type(part) for expr in EVERYTHING for part in sympy.preorder_traversal(sympy.sympify(expr))}
    inside = {sympy.Tuple, sympy.Lambda, sympy.IndexedBase, sympy.Idx, sympy.Symbol, sympy.MatrixSymbol, tensor.ArraySymbol, sympy.Set}
    elsewhere = {type(sympy.I), sympy.MatrixExpr, sympy.Ynm}  # complex
    rewritten = {sympy.digamma, sympy.trigamma}  # SymPy makes polygammas of them
    left = {kind for kind in TABLE if not any(issubclass(one, kind) for one in met)} - set(NO_VALUE) - inside - elsewhere - rewritten
    assert {kind.__name__ for kind in left} == set()
