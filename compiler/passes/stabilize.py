"""Formulas as people write them, rewritten so that value and derivative survive extreme inputs.

The great idea of Theano: log(1 + exp(x)) is softplus(x), and knows its own derivative. Every rule here gains accuracy
or range, so all are always applied. `stabilized` rewrites a cost before it is differentiated; the pipeline runs the same
rules over the combined graph, where they meet the rows' own partials such as tanh's 1 - y*y.
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ...ir import ops
from ...ir.graph import Graph, substitute
from ...ir.library import (
    abs,
    cos,
    cosh,
    divide,
    erf,
    erfc,
    exp,
    expm1,
    hypot,
    hypot3,
    isfinite,
    log,
    log1p,
    logaddexp,
    reciprocal,
    sigmoid,
    sin,
    sinh,
    softplus,
    sqrt,
    square,
    stop_gradient,
    tanh,
    where,
)
from ...ir.node import Node
from ...ir.ops.source import uniform
from . import cancellation, canonical, overflow
from .rewrite import Fired, rewrite
from .rule import REAL, Rule, exact, real, rewrites
from .table import Table

LN2 = math.log(2)


def _one_if_finite(x: Node) -> Node:
    return where(isfinite(x) & (x != 0), 1.0, math.nan)


def _log_cosh(x: Node) -> Node:
    """log(cosh(x)): through sinh near 0, through the larger exponential elsewhere; each branch only sees its side."""
    near = abs(x) < 1
    small, large = where(near, x, 0), abs(where(near, 1.0, x))
    return where(near, log1p(2 * square(sinh(0.5 * small))), large + (log1p(exp(-2 * large)) - LN2))


LOGARITHMS = [
    real("log of one plus", lambda x: (log(x + 1), log1p(x)), "1 + x rounds x away"),
    real("log of one minus", lambda x: (log(1 - x), log1p(-x)), "1 - x rounds x away"),
    real("log1p of exp", lambda x: (log1p(exp(x)), softplus(x)), "exp overflows"),
    real("log of exp", lambda x: (log(exp(x)), x), "exp overflows and underflows"),
    real("log of exp plus exp", lambda x, y: (log(exp(x) + exp(y)), logaddexp(x, y)), "exp overflows and underflows"),
    real("log of sigmoid", lambda x: (log(sigmoid(x)), -softplus(-x)), "sigmoid underflows"),
    real("log of one minus sigmoid", lambda x: (log1p(-sigmoid(x)), -softplus(x)), "sigmoid rounds to 1"),
    real("log of a square", lambda x: (log(square(x)), 2 * log(abs(x))), "squares overflow and underflow"),
    real("log of a reciprocal", lambda x: (log(reciprocal(x)), -log(x)), "reciprocals overflow and underflow", differs=(-0.0,)),
    real("log of cosh", lambda x: (log(cosh(x)), _log_cosh(x)), "cosh overflows and rounds to 1 near 0"),
    real("log of a root", lambda x: (log(sqrt(x)), 0.5 * log(x)), "near 1 the root loses half of what is left"),
]

EXPONENTIALS = [
    real("exp minus one", lambda x: (exp(x) - 1, expm1(x)), "cancels near 0"),
    real("one minus exp", lambda x: (1 - exp(x), -expm1(x)), "cancels near 0"),
    real("expm1 plus one", lambda x: (expm1(x) + 1, exp(x)), "expm1 rounds to -1"),
    real("reciprocal of exp", lambda x: (reciprocal(exp(x)), exp(-x)), "exp overflows"),
    real("over exp", lambda x, y: (x / exp(y), x * exp(-y)), "exp overflows"),
    real("difference of exps", lambda x: (exp(x) - exp(-x), 2 * sinh(x)), "cancels near 0"),
    real("sum of exps", lambda x: (exp(x) + exp(-x), 2 * cosh(x)), "one function, one rounding"),
    real("sinh over cosh", lambda x: (sinh(x) / cosh(x), tanh(x)), "both overflow"),
    real("twice sinh over twice cosh", lambda x: (sinh(x) * 2 / (cosh(x) * 2), tanh(x)), "both overflow"),
    real("expm1 over exp plus one", lambda x: (expm1(x) / (exp(x) + 1), tanh(0.5 * x)), "both overflow"),
]

SIGMOIDS = [
    real("reciprocal of one plus exp", lambda x: (reciprocal(exp(x) + 1), sigmoid(-x)), "exp overflows, which breaks the derivative"),
    real("over one plus exp", lambda x, y: (x / (exp(y) + 1), x * sigmoid(-y)), "exp overflows, which breaks the derivative"),
    real("exp over one plus exp", lambda x: (exp(x) / (exp(x) + 1), sigmoid(x)), "inf / inf"),
    real("exp times sigmoid", lambda x: (exp(x) * sigmoid(-x), sigmoid(x)), "inf * 0"),
    real("one minus sigmoid", lambda x: (1 - sigmoid(x), sigmoid(-x)), "cancels in the upper tail"),
    real("one minus tanh", lambda x: (1 - tanh(x), 2 * sigmoid(-2 * x)), "cancels in the upper tail"),
    real("one plus tanh", lambda x: (tanh(x) + 1, 2 * sigmoid(2 * x)), "cancels in the lower tail"),
]

TRIGONOMETRY = [
    real("one minus cosine", lambda x: (1 - cos(x), 2 * square(sin(0.5 * x))), "cancels near 0"),
    real("cosine minus one", lambda x: (cos(x) - 1, -2 * square(sin(0.5 * x))), "cancels near 0"),
    real("one minus cosine squared", lambda x: (1 - square(cos(x)), square(sin(x))), "cancels near 0"),
    real("one minus sine squared", lambda x: (1 - square(sin(x)), square(cos(x))), "cancels near pi/2"),
    real("cosh minus one", lambda x: (cosh(x) - 1, 2 * square(sinh(0.5 * x))), "cancels near 0"),
    real("one minus erf", lambda x: (1 - erf(x), erfc(x)), "cancels in the upper tail"),
    real("one plus erf", lambda x: (erf(x) + 1, erfc(-x)), "cancels in the lower tail"),
    real("one minus erfc", lambda x: (1 - erfc(x), erf(x)), "cancels near 0"),
]

NORMS = [
    real("root of a square", lambda x: (sqrt(square(x)), abs(x)), "squares overflow and underflow"),
    real("root of two squares", lambda x, y: (sqrt(square(x) + square(y)), hypot(x, y)), "squares overflow and underflow"),
    real("root of a square and one", lambda x: (sqrt(square(x) + 1), hypot(x, 1.0)), "squares overflow"),
    real(
        "root of three squares", lambda x, y, z: (sqrt(square(x) + square(y) + square(z)), hypot3(x, y, z)),
        "squares overflow and underflow",
    ),
    exact("over itself", lambda x: (divide(x, x), _one_if_finite(x))),
]


def _sech_squared(x: Node) -> Node:
    """1 / cosh(x)^2 with its own derivative -2 tanh(x) y, which neither overflows nor cancels, at any order."""
    argument, result, given = (ops.input(name=f"p{k}", type=x.type) for k in range(3))
    value = Graph("sech_squared", [argument], [reciprocal(square(cosh(argument)))])
    slope = Graph("slope", [argument, result, given], [given * (-2 * tanh(argument) * result)])
    return ops.custom(x, body=value, jvp=slope, vjp=slope)


@rewrites(ops.subtract, name="one minus tanh squared", kind=REAL, because="cancels in both tails", children=[ops.square])
def _one_minus_tanh_squared(node: Node) -> Node | None:
    """1 - tanh(x)**2 -> 1/cosh(x)**2; tanh(x)**2 - 1 -> -1/cosh(x)**2"""
    for k in (0, 1):
        one, power = uniform(node.args[k]), node.args[1 - k]
        if one is not None and one == 1 and power.op is ops.square and power.args[0].op is ops.tanh:
            y = _sech_squared(power.args[0].args[0])
            return ops.negative(y) if k else y
    return None


# ---------------------------------------------------------------------------------------------- sums of exponentials

def _apart(node: Node) -> Node:
    """The node under broadcasts, reshapes, selections of a finite shift and stop_gradient."""
    while True:
        if node.op in (ops.broadcast, ops.reshape, ops.stop_gradient):
            node = node.args[0]
        elif node.op is ops.where:
            node = node.args[1]
        else:
            return node


def is_shifted(x: Node) -> bool:
    """Whether x is already something less its own largest element."""
    if x.op is not ops.subtract:
        return False
    top = _apart(x.args[1])
    return top.op is ops.max and _apart(top.args[0]) is _apart(x.args[0])


def _shift(x: Node, axes: tuple[int, ...]) -> Node:
    """The largest element over the axes, or 0 where that is infinite; no derivative flows through it."""
    top = stop_gradient(ops.max(x, axes=axes))
    return where(isfinite(top), top, 0)


def _again(y: Node, x: Node, axes: tuple[int, ...]) -> Node:
    """A reduction's result in the shape of x."""
    return ops.broadcast(y, shape=x.type.shape, axes=tuple(k for k in range(x.type.ndim) if k not in axes))


def _never_empty(x: Node, axes: tuple[int, ...]) -> bool:
    return all(x.type.shape[a] != 0 for a in axes)


@rewrites(ops.log, name="log of a sum of exps", kind=REAL, because="exp overflows and underflows", children=[ops.sum])
def _log_sum_exp(node: Node) -> Node | None:
    """log(sum(exp(x))) -> log(sum(exp(x - max))) + max"""
    total = node.args[0]
    if total.op is not ops.sum or total.args[0].op is not ops.exp:
        return None
    x, axes = total.args[0].args[0], total.attrs[0]
    if is_shifted(x) or not _never_empty(x, axes):
        return None
    shift = _shift(x, axes)
    again = ops.sum(exp(x - _again(shift, x, axes)), axes=axes)
    none = again == 0
    return where(none, -math.inf, log(where(none, 1, again))) + shift


def _softmax_of(node: Node) -> tuple[Node, tuple[int, ...]] | None:
    """(x, axes) if the node is exp(x) / sum(exp(x), axes)."""
    if node.op is not ops.divide or node.args[0].op is not ops.exp or node.args[1].op is not ops.broadcast:
        return None
    total = node.args[1].args[0]
    if total.op is not ops.sum or total.args[0] is not node.args[0]:
        return None
    x, axes = node.args[0].args[0], total.attrs[0]
    back = tuple(k for k in range(x.type.ndim) if k not in axes)
    return (x, axes) if node.args[1].attrs[1] == back and _never_empty(x, axes) else None


@rewrites(ops.divide, name="softmax", kind=REAL, because="exp overflows and underflows", children=[ops.exp])
def _softmax(node: Node) -> Node | None:
    """exp(x) / sum(exp(x)) -> the same of x - max"""
    found = _softmax_of(node)
    if found is None or is_shifted(found[0]):
        return None
    x, axes = found
    terms = exp(x - _again(_shift(x, axes), x, axes))
    return divide(terms, _again(ops.sum(terms, axes=axes), x, axes))  # type: ignore[no-any-return]


@rewrites(ops.log, name="log of softmax", kind=REAL, because="softmax underflows", children=[ops.divide])
def _log_softmax(node: Node) -> Node | None:
    """log(exp(x) / sum(exp(x))) -> x - log(sum(exp(x)))"""
    found = _softmax_of(node.args[0])
    if found is None:
        return None
    x, axes = found
    return x - _again(log(ops.sum(exp(x), axes=axes)), x, axes)


@rewrites(ops.log, name="log of many exps", kind=REAL, because="exp overflows and underflows", children=[ops.add])
def _log_add_exps(node: Node) -> Node | None:
    """log(exp(x) + exp(y) + ... + k) -> logaddexp(logaddexp(x, y), ...), for k > 0"""
    leaves, waiting = [], [node.args[0]]
    while waiting:
        part = waiting.pop()
        if part.op is ops.add:
            waiting += part.args
        else:
            leaves.append(part)
        if len(leaves) + len(waiting) > 32:
            return None
    constants = [uniform(part) for part in leaves if part.op is not ops.exp]
    if len(leaves) < 3 or any(k is None or not k > 0 for k in constants):
        return None
    terms = [part.args[0] if part.op is ops.exp else log(part) for part in reversed(leaves)]
    result = terms[0]
    for term in terms[1:]:
        result = logaddexp(result, term)
    return result


@rewrites(
    ops.log, ops.log1p, name="log of one minus exp", kind=REAL, because="1 - exp(x) cancels near 0, and rounds exp(x) away far from it",
    children=[ops.negative],
)
def _log1mexp(node: Node) -> Node | None:
    """log(1 - exp(x)), x < 0: of -expm1(x) near 0, else log1p(-exp(x)); each branch only sees its side.

    Mächler, "Accurately computing log(1 - exp(-|a|))", 2012.
    """
    inner = node.args[0].args[0] if node.args[0].op is ops.negative else node
    if inner.op is not (ops.expm1 if node.op is ops.log else ops.exp) or inner.args[0].op is ops.where:
        return None  # what has been selected is one of the branches
    x = inner.args[0]
    near = x > -LN2
    return where(near, log(-expm1(where(near, x, -1.0))), log1p(-exp(where(near, -1.0, x))))


RULES: list[Rule] = [
    *LOGARITHMS, *EXPONENTIALS, *SIGMOIDS, *TRIGONOMETRY, *NORMS, _one_minus_tanh_squared,
    _log_sum_exp, _softmax, _log_softmax, _log_add_exps, _log1mexp, *cancellation.RULES, *overflow.RULES,
]

_table: list[Table] = []


def stabilized(outputs: Sequence[Node], keep: Iterable[Node] = (), fired: Fired | None = None) -> list[Node]:
    """The outputs in a form whose value and derivatives survive extreme inputs; nodes in `keep` stay what they are. The same
    outputs where no rule gains anything: forms of the same bits are left to the passes, which see them once.

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> wg.dump(stabilized([wg.log(1 + wg.exp(x))])[0]).count("softplus")
    1
    """
    if not _table:
        _table.append(Table([*canonical.RULES, *RULES, *overflow.BEFORE]))
    # Rules must not see through a kept node: it is a symbol while they run.
    hidden = {node: ops.input(name=f"kept {node.serial}", type=node.type) for node in keep if node.op is not ops.input}
    found = rewrite(substitute(outputs, hidden) if hidden else outputs, _table[0], fired, gains=True)
    return substitute(found, {symbol: node for node, symbol in hidden.items()}) if hidden else found
