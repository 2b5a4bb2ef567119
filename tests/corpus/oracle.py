"""The reference: value, gradient and Hessian of an expression by mpmath, and how much each is allowed to differ.

Owns the differences at high precision and the conditions; knows nothing of Wengert. Read `generate.py` for where the results lie.

A formula is evaluated at 160 digits, and its derivatives are central differences over a step of 1e-32 of the argument, so that
truncation (1e-64) and rounding (1e-160 / 1e-96, at the third order) leave more than fifty digits. SymPy's derivatives are the
independent check of the gradient.

Beside each number stands its *size*, how much it changes under changes of the arguments: |f| + sum |x_i df/dx_i| for the value, the same of
df/dx_j for the gradient. An error of 1e-12 of the size is a relative error of 1e-12 times the condition number; the size stays finite where
the number is 0. Of a derivative that is exactly 0 it is that of the value over the arguments. Of the Hessian it also holds the sizes of
gradient and value over the arguments: nobody is asked to see that terms of a second derivative cancel.

The size *as written* counts every operation as well: the sum of |e df/de| over all subexpressions e. Of the gradient it is the same of
df/dx_j, and the sum of |df/dx| over all occurrences of x_j, which are the paths that the chain rule adds. It is what rounding makes of the
formula and of its chain rule where nobody rewrites them.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath as mp
import sympy
from sympy.functions.elementary.piecewise import ExprCondPair

from .formula import Formula

DIGITS = (160, 500)  # tried in turn: the second where the first does not resolve a number
STEP = 32  # digits of the step of a difference
AGREED = 28  # digits to which SymPy's derivative and the difference must agree

Numbers = tuple[mp.mpf, mp.mpf]  # a number and its size


class Reference(NamedTuple):
    """At one point: the value, the gradient, the lower triangle of the Hessian row by row, the sizes of value and gradient as written."""

    value: Numbers
    gradient: list[Numbers]
    hessian: list[Numbers]
    written: list[mp.mpf]


class Unresolved(ValueError):
    """The digits do not suffice, or two ways disagree."""


def exactly(expr: sympy.Expr) -> sympy.Expr:
    """The expression with its floats as the rational numbers that they are, so that no operation on them rounds."""
    return expr.xreplace({f: sympy.Rational(*float(f).as_integer_ratio()) for f in expr.atoms(sympy.Float)})


def evaluated(symbols: Sequence[sympy.Symbol], expr: Any) -> Callable[..., Any]:
    """The expression as a function of mpmath's numbers, where steps have no derivative."""
    return sympy.lambdify(symbols, expr, [{"DiracDelta": lambda *args: 0}, "mpmath"], cse=True)  # type: ignore[no-any-return]


def lower(n: int) -> list[tuple[int, int]]:
    """The places of a lower triangle, row by row."""
    return [(i, j) for i in range(n) for j in range(i + 1)]


def perturbed(expr: sympy.Expr) -> tuple[list[sympy.Symbol], sympy.Expr]:
    """The expression with a factor for each symbol and operation, each subexpression once; conditions stay."""
    new: dict[sympy.Basic, sympy.Basic] = {}
    factors = []
    for part in sympy.postorder_traversal(expr):
        if part in new:
            continue
        if isinstance(part, ExprCondPair):
            new[part] = ExprCondPair(new[part.args[0]], part.args[1])
        elif part.is_Number or part.is_NumberSymbol or not isinstance(part, sympy.Expr):
            new[part] = part
        else:
            factor = sympy.Dummy(positive=True)
            factors.append(factor)
            new[part] = factor * (part.func(*(new[arg] for arg in part.args)) if part.args else part)
    return factors, new[expr]


def apart(part: sympy.Basic, found: list[tuple[sympy.Symbol, sympy.Symbol]]) -> sympy.Basic:
    """The expression with each occurrence of a symbol one of its own, which are listed with what they stand for; conditions stay."""
    if isinstance(part, sympy.Symbol):
        found.append((sympy.Dummy(real=True), part))
        return found[-1][0]
    if isinstance(part, ExprCondPair):
        return ExprCondPair(apart(part.args[0], found), part.args[1])
    return part.func(*(apart(arg, found) for arg in part.args)) if part.args and isinstance(part, sympy.Expr) else part


class Oracle:
    """The exact values of one formula and its derivatives."""

    def __init__(self, formula: Formula) -> None:
        self.name = formula.name
        symbols, expr = formula.expression(real=True)
        expr = exactly(expr)
        slopes = [expr.diff(symbol).xreplace({sympy.zoo: sympy.nan}) for symbol in symbols]  # poles of branches that are not taken
        factors, rounded = perturbed(expr)
        self.function = evaluated(symbols, expr)
        self.slopes = [evaluated(symbols, slope) for slope in slopes]
        self.rounded, self.factors = evaluated([*factors, *symbols], rounded), len(factors)
        occurrences: list[tuple[sympy.Symbol, sympy.Symbol]] = []
        split = apart(expr, occurrences)
        self.split = evaluated([*(own for own, _ in occurrences), *symbols], split)
        self.occurrences = [symbols.index(symbol) for _, symbol in occurrences]

    def __call__(self, point: Sequence[float]) -> Reference:
        """Raises Unresolved where a value is not real, or SymPy's derivatives differ at the highest precision too."""
        for digits in DIGITS:
            with mp.workdps(digits):
                last = digits == DIGITS[-1]
                try:
                    differences = Differences(self.function, [mp.mpf(x) for x in point])
                    found = self._reference(differences, last)
                    self._check(differences, found)
                    return found
                except Unresolved:
                    if last:
                        raise
        raise AssertionError

    def _reference(self, differences: Differences, last: bool) -> Reference:
        n = len(differences.point)

        def number(*order: int) -> Numbers:
            value, size = differences(order), differences.size(order)
            if differences.noise(order) <= mp.mpf(10) ** -AGREED * size:
                return value, size
            if not last:
                raise Unresolved(f"{self.name}: derivative {order} at {differences} is 0 or too small")
            return mp.mpf(0), value_size / mp.fprod(scale[k] for k in order)

        def second(i: int, j: int) -> Numbers:
            value = differences((i, j))
            below = sizes[i] / scale[j] + sizes[j] / scale[i] + value_size / (scale[i] * scale[j])
            return value if abs(value) > differences.noise((i, j)) else mp.mpf(0), differences.size((i, j)) + below

        scale = [abs(x) or mp.mpf(1) for x in differences.point]
        value_size = differences.size(())
        value, gradient = number(), [number(k) for k in range(n)]
        sizes = [size for _, size in gradient]
        return Reference(value, gradient, [second(*place) for place in lower(n)], self._as_written(differences.point))

    def _as_written(self, point: Sequence[mp.mpf]) -> list[mp.mpf]:
        small, moved = mp.mpf(10) ** -STEP, [mp.mpf(10) ** -STEP * (abs(x) or 1) for x in point]
        total = [mp.mpf(0)] * (1 + len(point))
        for k in range(-1, self.factors):  # first all of them at 1: the number itself

            def rounded(sign: int, at: Sequence[mp.mpf], k: int = k) -> mp.mpf:
                return self.rounded(*[1 + sign * small if i == k else mp.mpf(1) for i in range(self.factors)], *at)

            def change(at: Sequence[mp.mpf], k: int = k) -> mp.mpf:
                return rounded(0, at) if k < 0 else (rounded(1, at) - rounded(-1, at)) / (2 * small)

            total[0] += abs(change(point))
            for j, step in enumerate(moved):
                sides = [change([x + sign * step if i == j else x for i, x in enumerate(point)]) for sign in (1, -1)]
                total[1 + j] += abs(sides[0] - sides[1]) / (2 * step)
        for k, j in enumerate(self.occurrences):
            sides = [
                self.split(*[point[i] + sign * moved[j] * (m == k) for m, i in enumerate(self.occurrences)], *point) for sign in (1, -1)
            ]
            total[1 + j] += abs(sides[0] - sides[1]) / (2 * moved[j])
        return total

    def _check(self, differences: Differences, found: Reference) -> None:
        for k, (slope, (mine, size)) in enumerate(zip(self.slopes, found.gradient)):
            known = slope(*differences.point)
            if not abs(known - mine) <= mp.mpf(10) ** -AGREED * size:
                raise Unresolved(f"{self.name}: derivative {k} at {differences}: {mp.nstr(known, 40)}, not {mp.nstr(mine, 40)}")


class Differences:
    """Derivatives of any order at one point, from values on the grid of its steps, each computed once."""

    def __init__(self, function: Callable[..., Any], point: list[mp.mpf]) -> None:
        self.function, self.point = function, point
        self.steps = [mp.mpf(10) ** -STEP * (abs(x) or 1) for x in point]
        self.values: dict[tuple[int, ...], mp.mpf] = {}
        self.found: dict[tuple[int, ...], mp.mpf] = {}

    def __call__(self, order: Sequence[int]) -> mp.mpf:
        """The derivative by the variables of these numbers."""
        key = tuple(sorted(order))
        if key not in self.found:
            terms = {(0,) * len(self.point): 1}
            for k in key:
                further: dict[tuple[int, ...], int] = {}
                for place, weight in terms.items():
                    for sign in (1, -1):
                        moved = (*place[:k], place[k] + sign, *place[k + 1 :])
                        further[moved] = further.get(moved, 0) + sign * weight
                terms = further
            self.found[key] = mp.fsum(weight * self._value(place) for place, weight in terms.items() if weight) / self._scale(key)
        return self.found[key]

    def size(self, order: Sequence[int]) -> mp.mpf:
        """The derivative's own size, and how much it changes when the arguments do."""
        changes = (abs(x * self((*order, k))) for k, x in enumerate(self.point) if x)
        return abs(self(order)) + mp.fsum(changes)

    def noise(self, key: Sequence[int]) -> mp.mpf:
        """What rounding may make of a zero; intermediate values may be 1e15 times the result."""
        return mp.eps * mp.mpf(10) ** 15 * max(abs(value) for value in self.values.values()) / self._scale(key)

    def _scale(self, key: Sequence[int]) -> mp.mpf:
        return mp.fprod(2 * self.steps[k] for k in key)

    def _value(self, place: tuple[int, ...]) -> mp.mpf:
        if place not in self.values:
            value = mp.mpmathify(self.function(*(x + k * h for x, k, h in zip(self.point, place, self.steps))))
            if isinstance(value, mp.mpc) or not mp.isfinite(value):
                raise Unresolved(f"no real value at {self}: {mp.nstr(value, 10)}")
            self.values[place] = value
        return self.values[place]

    def __str__(self) -> str:
        return str(tuple(map(float, self.point)))
