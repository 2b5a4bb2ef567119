"""Writes the table of SymPy's classes into docs/sympy.md from the front end's tables. Run: python docs/classes.py

`tests/test_docs.py` holds the page against it. Classes of functions are given symbols for arguments; others have an example here.
"""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sympy
from sympy.codegen import cfunctions as c
from sympy.codegen.matrix_nodes import MatrixSolve
from sympy.codegen.numpy_nodes import logaddexp, logaddexp2
from sympy.codegen.scipy_nodes import cosm1, powm1
from sympy.combinatorics import Permutation
from sympy.core.function import AppliedUndef
from sympy.functions.special.singularity_functions import SingularityFunction
from sympy.functions.special.tensor_functions import LeviCivita
from sympy.logic.boolalg import Equivalent, Implies, Nand, Nor, Xnor
from sympy.matrices import expressions as m
from sympy.tensor.array import expressions as tensor
from sympy.utilities.lambdify import implemented_function

import wengert as wg
from wengert.compiler.frontend.sympy import table
from wengert.compiler.frontend.sympy.complex_table import PAIRS
from wengert.ir.node import Node, postorder

PAGE = Path(__file__).parent / "sympy.md"
BEGIN, END = "<!-- classes -->", "<!-- end of classes -->"
MANY = 6  # ops, from which on they are counted

x, y, z, t = sympy.symbols("x y z t")
i, j = sympy.symbols("i j", integer=True)
A, B = sympy.MatrixSymbol("A", 3, 3), sympy.MatrixSymbol("B", 3, 3)
v, w = sympy.MatrixSymbol("v", 3, 1), sympy.MatrixSymbol("w", 3, 1)
a = sympy.IndexedBase("a", shape=(4,))
p, q = sympy.Gt(x, 0), sympy.Gt(y, 0)
T = tensor.ArraySymbol("T", (2, 2, 2))
ARRAYS = {array: wg.symbol(str(array), tuple(map(int, array.shape))) for array in (A, B, v, w, a, T)}


def plain(kind: Any, *args: Any) -> Any:
    return kind(*args, evaluate=False)


EXAMPLES: dict[type, Any] = {type(expr): expr for expr in (
    x + y, x * y, x**y, sympy.I, sympy.zoo, sympy.Matrix([x, y]).as_immutable(), sympy.SparseMatrix(2, 1, {(0, 0): x}).as_immutable(),
    m.Identity(3), m.ZeroMatrix(3, 3), m.OneMatrix(3, 3), A + B, A * B, A**3, m.HadamardProduct(A, B), m.KroneckerProduct(A, B),
    m.HadamardPower(A, 2), A.T, m.Adjoint(A), sympy.Trace(A), sympy.Determinant(A), m.DotProduct(v, w), m.BlockMatrix([[A, B]]),
    m.BlockDiagMatrix(A, B), A[:2, 1:], m.MatrixPermute(A, Permutation([1, 2, 0])), m.DiagMatrix(v), m.DiagonalOf(A),
    m.DiagonalMatrix(A), A.applyfunc(sympy.sin), m.FunctionMatrix(3, 3, sympy.Lambda((i, j), i + j)), A[0, 1], a[2],
    sympy.Derivative(sympy.sin(x), x), plain(sympy.Subs, x**2, x, y), implemented_function("f", lambda s: s * s)(x),
    sympy.Integral(sympy.exp(-(t**2)), (t, 0, x)), sympy.Max(x, y), sympy.Min(x, y), sympy.Piecewise((x, x > 0), (y, True)),
    sympy.Eq(x, y), sympy.Ne(x, y), x < y, x <= y, x > y, x >= y, p & q, p | q, sympy.Xor(p, q), plain(Nand, p, q), plain(Nor, p, q),
    plain(Xnor, p, q), plain(sympy.Not, p), Implies(p, q), Equivalent(p, q), sympy.ITE(p, q, x > y),
    plain(sympy.Contains, x, sympy.Interval(0, 1)), sympy.true, sympy.false, LeviCivita(x, y, z), SingularityFunction(x, y, 2),
    sympy.Sum(a[i], (i, 0, 3)), sympy.Product(a[i], (i, 0, 3)), sympy.betainc(x, y, 0, z), sympy.betainc_regularized(x, y, 0, z),
    sympy.UnevaluatedExpr(x + y), sympy.Poly(x**2 + 1, x), c.isnan(x), c.isinf(x),
    logaddexp(x, y), logaddexp2(x, y), cosm1(x), powm1(x, y), MatrixSolve(A, v),
    tensor.ArrayTensorProduct(A, v), tensor.ArrayContraction(tensor.ArrayTensorProduct(A, B), (1, 2)),
    tensor.ArrayDiagonal(T, (0, 1)), T[0, 1, 1], tensor.ArrayAdd(T, T), tensor.PermuteDims(T, [2, 0, 1]), tensor.Reshape(T, (4, 2)),
    tensor.ZeroArray(2, 2), tensor.OneArray(2, 2), tensor.ArrayElementwiseApplyFunc(sympy.exp, T),
)}
EXAMPLES |= {sympy.NumberSymbol: sympy.pi, AppliedUndef: implemented_function("f", lambda s: s * s)(x),
             sympy.MatrixExpr: m.PermutationMatrix(Permutation([1, 2, 0])), sympy.hyper: sympy.hyper([x, y], [z], t),
             sympy.meijerg: sympy.meijerg([], [1, 1], [0, 0, x], [], y)}


def candidates(kind: Any) -> Iterator[Any]:
    """The class of symbols; then with whole numbers in front, which some degrees and orders must be."""
    if kind in EXAMPLES:
        yield EXAMPLES[kind]
    elif issubclass(kind, sympy.Function) and kind.nargs is not sympy.S.Naturals0:
        count = min(kind.nargs)
        for given in ((), (3,), (3, 1), (1,)):
            if len(given) <= count:
                yield plain(kind, *map(sympy.Integer, given), *(x, y, z, t)[: count - len(given)])


def example(kind: Any) -> tuple[Any, Node | None]:
    """An expression of the class that has a meaning, and its node; None where the meaning is complex."""
    found = None
    for expr in candidates(kind):
        try:
            return expr, wg.from_sympy(expr, ARRAYS)
        except wg.NotReal:
            return expr, None
        except wg.ExpressionError:
            found = found or expr
    if found is None or kind not in PAIRS:
        raise LookupError(f"{kind.__module__}.{kind.__name__}: write an expression of this class into EXAMPLES")
    return found, None


def row(kind: Any) -> str:
    expr, node = example(kind)
    said = str(expr).replace("\n", "").replace("|", "\\|")
    complex = "yes" if kind in PAIRS or node is None else ""
    return f"| {kind.__name__} | `{said}` | {ops_of(node)} | {complex} | {back(node)} |"


def ops_of(node: Node | None) -> str:
    if node is None:
        return "a pair of reals"
    names = list(dict.fromkeys(part.op.name for part in postorder([node]) if part.op.name not in ("input", "const", "cast")))
    if not names:
        return "its argument" if node.op.name == "input" else "a constant"
    return f"a composition of {len(names)}" if len(names) > MANY else ", ".join(f"`{name}`" for name in names)


def back(node: Node | None) -> str:
    try:
        wg.to_sympy(node)
    except wg.ExpressionError:
        return ""
    return "yes"


def classes() -> str:
    """The section between the page's markers."""
    parts = []
    for family in table.FAMILIES:
        head = (family.__doc__ or "").split("\n\n")[0].split("\n")[0]
        rows = [row(kind) for kind in family.HANDLERS]
        parts.append("\n".join([f"**{head}**", "", "| class | example | ops | complex | back |", "|---|---|---|---|---|", *rows]))
    refused = [f"| {kind.__name__} | {why} |" for kind, why in table.NO_VALUE.items()]
    parts.append("\n".join(["**What has no value, and what to do about it.**", "", "| class | what to do |", "|---|---|", *refused]))
    return "\n\n".join(parts)


def written(page: str) -> str:
    """The page with a fresh table."""
    head, rest = page.split(BEGIN)
    return f"{head}{BEGIN}\n{classes()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
