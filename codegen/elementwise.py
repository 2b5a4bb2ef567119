"""How each elementwise op runs: one row an op, from operands in SSA form to the result, for any number of lanes.

The meaning of the ops is in `ir/ops`; a test proves that both tables have the same keys. Transcendental functions are
calls of our own vector functions in `math/`, or of SciPy's (`external.py`). Nothing here traps: integer division by zero gives 0.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from ..ir.node import Node
from ..ir.ops.external import EXTERNAL
from . import math
from .text import SCALAR, Body, mangle, splat, vector

Row = Callable[["Emission", str, list[str]], str]  # (emission, scalar type of the operands, operands) -> result


class Emission(NamedTuple):
    """Where instructions go: a body, the number of lanes, and the vector functions that were called."""

    body: Body
    lanes: int
    functions: Counter[tuple[str, str, int]]

    def type(self, scalar: str) -> str:
        return vector(scalar, self.lanes)

    def const(self, value: float, scalar: str) -> str:
        return splat(value, scalar, self.lanes)

    def op(self, opcode: str, scalar: str, *operands: str) -> str:
        return self.body.op(opcode, self.type(scalar), *operands)

    def compare(self, predicate: str, scalar: str, a: str, b: str) -> str:
        return self.body.compare(predicate, self.type(scalar), a, b)

    def select(self, condition: str, scalar: str, yes: str, no: str) -> str:
        return self.body.select(condition, self.type(scalar), yes, no, self.lanes)

    def intrinsic(self, stem: str, scalar: str, *operands: str) -> str:
        return self.body.intrinsic(stem, scalar, self.lanes, *operands)

    def convert(self, opcode: str, source: str, value: str, target: str) -> str:
        return self.body.convert(opcode, self.type(source), value, self.type(target))

    def math(self, name: str, scalar: str, *operands: str) -> str:
        """A call of the vector function `name`."""
        self.functions[name, scalar, self.lanes] += 1
        type = self.type(scalar)
        return self.body.call(type, math.symbol(name, scalar, self.lanes), [(type, v) for v in operands])

    def saturating(self, scalar: str, value: str, target: str) -> str:
        """A float as an integer: truncated, saturated, NaN as 0."""
        source, result = self.type(scalar), self.type(target)
        name = f"llvm.fptosi.sat.{mangle(target, self.lanes)}.{mangle(scalar, self.lanes)}"
        self.body.declarations.add(f"declare {result} @{name}({source})")
        return self.body.call(result, name, [(source, value)])


def is_float(scalar: str) -> bool:
    return scalar in ("double", "float")


def _arithmetic(floating: str, integer: str) -> Row:
    # contract: a*b+c may become one fma, which only gains accuracy
    return lambda e, s, v: e.op(f"{floating} contract" if is_float(s) else integer, s, *v)


def _comparison(floating: str, integer: str) -> Row:
    return lambda e, s, v: e.compare(floating if is_float(s) else integer, s, *v)


def _math(name: str) -> Row:
    return lambda e, s, v: e.math(name, s, *v)


def _intrinsic(name: str) -> Row:
    return lambda e, s, v: e.intrinsic(name, s, *v)


def _float_only(name: str) -> Row:
    """An intrinsic that does nothing to integers."""
    return lambda e, s, v: e.intrinsic(name, s, *v) if is_float(s) else v[0]


def _negative(e: Emission, s: str, v: list[str]) -> str:
    return e.op("fneg", s, v[0]) if is_float(s) else e.op("sub", s, e.const(0, s), v[0])


def _reciprocal(e: Emission, s: str, v: list[str]) -> str:
    return e.op("fdiv", s, e.const(1.0, s), v[0])


def _one_minus_square(e: Emission, s: str, v: list[str]) -> str:
    one = e.const(1.0, s)
    return e.op("fmul", s, e.op("fsub", s, one, v[0]), e.op("fadd", s, one, v[0]))


def _abs(e: Emission, s: str, v: list[str]) -> str:
    if is_float(s):
        return e.intrinsic("fabs", s, v[0])
    return e.select(e.compare("slt", s, v[0], e.const(0, s)), s, _negative(e, s, v), v[0])


def _sign(e: Emission, s: str, v: list[str]) -> str:
    x, zero = v[0], e.const(0, s)
    up, down = ("ogt", "olt") if is_float(s) else ("sgt", "slt")
    other = x if is_float(s) else zero  # 0 stays 0 and NaN stays NaN
    below = e.select(e.compare(down, s, x, zero), s, e.const(-1, s), other)
    result = e.select(e.compare(up, s, x, zero), s, e.const(1, s), below)
    if is_float(s):  # np.sign(-0.0) is 0.0
        result = e.op("fadd", s, result, zero)
    return result


def _extremum(floating: str, integer: str, boolean: str) -> Row:
    def row(e: Emission, s: str, v: list[str]) -> str:
        if is_float(s):
            return e.intrinsic(floating, s, *v)  # llvm.maximum: NaN if one is NaN
        if s == "i1":
            return e.op(boolean, s, *v)
        return e.select(e.compare(integer, s, *v), s, *v)
    return row


def _guarded_division(e: Emission, s: str, b: str) -> tuple[str, str]:
    """(divisor that never traps, mask of the zero divisors). The smallest integer by -1 would trap as well."""
    zero = e.compare("eq", s, b, e.const(0, s))
    minus = e.compare("eq", s, b, e.const(-1, s))
    return e.select(e.op("or", "i1", zero, minus), s, e.const(1, s), b), zero


def _truncated_remainder(e: Emission, s: str, a: str, b: str) -> tuple[str, str]:
    """(remainder with the sign of a, where that is not the sign of b) of floats."""
    zero = e.const(0, s)
    rest = e.op("frem", s, a, b)
    apart = e.op("xor", "i1", e.compare("olt", s, rest, zero), e.compare("olt", s, b, zero))
    return rest, e.op("and", "i1", e.compare("one", s, rest, zero), apart)


def _floor_divide(e: Emission, s: str, v: list[str]) -> str:
    a, b = v
    if is_float(s):
        # from the remainder, so that rounding of a/b cannot push it over an integer; inf // b is NaN, as in NumPy
        rest, wrong = _truncated_remainder(e, s, a, b)
        whole = e.op("fdiv", s, e.op("fsub", s, a, rest), b)
        below = e.op("fsub", s, whole, e.select(wrong, s, e.const(1, s), e.const(0, s)))
        nearest, plain = e.intrinsic("rint", s, below), e.op("fdiv", s, a, b)
        signed = e.intrinsic("copysign", s, nearest, plain)  # a zero quotient has the sign of a/b
        floor = e.select(e.compare("oeq", s, nearest, e.const(0, s)), s, signed, nearest)
        return e.select(e.compare("oeq", s, b, e.const(0, s)), s, plain, floor)
    divisor, zero = _guarded_division(e, s, b)
    quotient = e.op("sdiv", s, a, divisor)
    minus = e.compare("eq", s, b, e.const(-1, s))
    quotient = e.select(minus, s, e.op("sub", s, e.const(0, s), a), quotient)
    rest = e.op("sub", s, a, e.op("mul", s, quotient, b))
    wrong = e.op("and", "i1", e.compare("ne", s, rest, e.const(0, s)), e.compare("slt", s, e.op("xor", s, rest, b), e.const(0, s)))
    floor = e.op("sub", s, quotient, e.select(wrong, s, e.const(1, s), e.const(0, s)))
    return e.select(zero, s, e.const(0, s), floor)


def _remainder(e: Emission, s: str, v: list[str]) -> str:
    a, b = v
    if is_float(s):
        rest, wrong = _truncated_remainder(e, s, a, b)
        moved = e.select(wrong, s, e.op("fadd", s, rest, b), rest)
        is_zero = e.compare("oeq", s, moved, e.const(0, s))
        return e.select(is_zero, s, e.intrinsic("copysign", s, moved, b), moved)
    divisor, _ = _guarded_division(e, s, b)
    rest = e.op("srem", s, a, divisor)
    wrong = e.op("and", "i1", e.compare("ne", s, rest, e.const(0, s)), e.compare("slt", s, e.op("xor", s, rest, b), e.const(0, s)))
    return e.op("add", s, rest, e.select(wrong, s, b, e.const(0, s)))


def _power(e: Emission, s: str, v: list[str]) -> str:
    if is_float(s):
        return e.math("power", s, *v)
    # Integers: binary powers over the exponent's bits; a negative exponent gives what 1/x**n truncates to.
    base, exponent, result = v[0], v[1], e.const(1, s)
    negative = e.compare("slt", s, exponent, e.const(0, s))
    left, square = e.select(negative, s, e.const(0, s), exponent), base
    for _ in range(63 if s == "i64" else 31):
        odd = e.compare("ne", s, e.op("and", s, left, e.const(1, s)), e.const(0, s))
        result = e.select(odd, s, e.op("mul", s, result, square), result)
        square, left = e.op("mul", s, square, square), e.op("lshr", s, left, e.const(1, s))
    is_one = e.compare("eq", s, base, e.const(1, s))
    is_minus = e.compare("eq", s, base, e.const(-1, s))
    parity = e.compare("ne", s, e.op("and", s, exponent, e.const(1, s)), e.const(0, s))
    minus = e.select(parity, s, e.const(-1, s), e.const(1, s))
    inverse = e.select(is_one, s, e.const(1, s), e.select(is_minus, s, minus, e.const(0, s)))
    return e.select(negative, s, inverse, result)


def _sigmoid(e: Emission, s: str, v: list[str]) -> str:
    """With t = e**-|x|: 1/(1+t) on the right, t/(1+t) on the left; accurate in both tails."""
    t = e.math("exp", s, e.op("fneg", s, e.intrinsic("fabs", s, v[0])))
    one = e.const(1, s)
    right = e.op("fdiv", s, one, e.op("fadd", s, one, t))
    nonnegative = e.compare("oge", s, v[0], e.const(0, s))
    result = e.select(nonnegative, s, right, e.op("fmul", s, t, right))
    return e.select(e.compare("uno", s, v[0], v[0]), s, v[0], result)


def _softplus(e: Emission, s: str, v: list[str]) -> str:
    """max(x, 0) + log1p(e**-|x|)."""
    t = e.math("exp", s, e.op("fneg", s, e.intrinsic("fabs", s, v[0])))
    return e.op("fadd", s, e.intrinsic("maximum", s, v[0], e.const(0, s)), e.math("log1p", s, t))


def _logaddexp(e: Emission, s: str, v: list[str]) -> str:
    """max + log1p(e**-|a-b|); equal infinities, whose difference is NaN, count as difference 0."""
    a, b = v
    same = e.compare("oeq", s, a, b)
    apart = e.select(same, s, e.const(0, s), e.op("fsub", s, a, b))
    t = e.math("exp", s, e.op("fneg", s, e.intrinsic("fabs", s, apart)))
    return e.op("fadd", s, e.intrinsic("maximum", s, a, b), e.math("log1p", s, t))


def _finite(predicate: str) -> Row:
    return lambda e, s, v: e.compare(predicate, s, e.intrinsic("fabs", s, v[0]), e.const(float("inf"), s))


def _logical(opcode: str) -> Row:
    return lambda e, s, v: e.op(opcode, "i1", *v)


ROWS: dict[str, Row] = {
    "add": _arithmetic("fadd", "add"), "subtract": _arithmetic("fsub", "sub"), "multiply": _arithmetic("fmul", "mul"),
    "divide": lambda e, s, v: e.op("fdiv", s, *v), "negative": _negative, "reciprocal": _reciprocal, "one_minus_square": _one_minus_square,
    "square": lambda e, s, v: _arithmetic("fmul", "mul")(e, s, [v[0], v[0]]),
    "abs": _abs, "sign": _sign, "copysign": _intrinsic("copysign"), "power": _power,
    "maximum": _extremum("maximum", "sgt", "or"), "minimum": _extremum("minimum", "slt", "and"),
    "floor": _float_only("floor"), "ceil": _float_only("ceil"), "rint": _float_only("rint"), "trunc": _float_only("trunc"),
    "floor_divide": _floor_divide, "remainder": _remainder,
    "equal": _comparison("oeq", "eq"), "not_equal": _comparison("une", "ne"),
    # bool is i1, where signed order is upside down: false < true only as unsigned
    "less": lambda e, s, v: e.compare("olt" if is_float(s) else "ult" if s == "i1" else "slt", s, *v),
    "less_equal": lambda e, s, v: e.compare("ole" if is_float(s) else "ule" if s == "i1" else "sle", s, *v),
    "greater": lambda e, s, v: e.compare("ogt" if is_float(s) else "ugt" if s == "i1" else "sgt", s, *v),
    "greater_equal": lambda e, s, v: e.compare("oge" if is_float(s) else "uge" if s == "i1" else "sge", s, *v),
    "logical_and": _logical("and"), "logical_or": _logical("or"), "logical_xor": _logical("xor"),
    "logical_not": lambda e, s, v: e.op("xor", "i1", v[0], e.const(True, "i1")),
    "isnan": lambda e, s, v: e.compare("uno", s, v[0], v[0]), "isinf": _finite("oeq"), "isfinite": _finite("one"),
    "sqrt": _intrinsic("sqrt"), "sigmoid": _sigmoid, "softplus": _softplus, "logaddexp": _logaddexp,
}
for _name in (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
    "arctan2", "hypot", "hypot3", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "erf", "erfc", "gamma",
    "gammaln", "digamma", "fresnel_sine", "fresnel_cosine",
):
    ROWS[_name] = _math(_name)


def _convert(e: Emission, source: str, target: str, value: str) -> str:
    if source == target:
        return value
    if target == "i1":
        return e.compare("une" if is_float(source) else "ne", source, value, e.const(0, source))
    if source == "i1":
        return e.convert("uitofp" if is_float(target) else "zext", source, value, target)
    if is_float(source):
        if is_float(target):
            return e.convert("fpext" if target == "double" else "fptrunc", source, value, target)
        return e.saturating(source, value, target)
    if is_float(target):
        return e.convert("sitofp", source, value, target)
    return e.convert("sext" if target == "i64" else "trunc", source, value, target)


def emit_elementwise(e: Emission, node: Node, operands: list[str]) -> str:
    """The result of an elementwise node for operands in SSA form."""
    scalar = SCALAR[node.args[0].type.dtype_name]
    if node.op.name == "cast":
        return _convert(e, scalar, SCALAR[node.type.dtype_name], operands[0])
    if node.op.name == "where":
        return e.select(operands[0], SCALAR[node.type.dtype_name], operands[1], operands[2])
    if node.op.name in math.ORDERED:
        return e.math(f"{node.op.name}{node.attribute('order')}", scalar, *operands)
    if node.op.name in EXTERNAL:
        return e.math(node.op.name, scalar, *operands)
    return ROWS[node.op.name](e, scalar, operands)
