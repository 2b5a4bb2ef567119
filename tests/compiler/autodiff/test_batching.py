"""Batching: every op has a rule, and a batch is its members one by one."""
from __future__ import annotations

import itertools

import numpy as np
import pytest

from wengert.compiler.autodiff import batch, grad
from wengert.compiler.autodiff.batching import RULES
from wengert.ir import library as wl
from wengert.ir import ops
from wengert.ir.errors import ShapeError
from wengert.ir.graph import Graph
from wengert.ir.op import TABLE
from wengert.ir.types import Type

random = np.random.default_rng(2)
INDEX = "int64"


def region(name, types, build):
    parameters = [ops.input(name=f"p{k}", type=Type(*t)) for k, t in enumerate(types)]
    return Graph(name, parameters, build(*parameters))


F, V = ("float64",), ("float64", (3,))
BODY = region("body", [V, F, V], lambda c, x, k: [c * x + k, wl.sum(c) * x])
YES, NO = (region(name, [V, F], build) for name, build in [
    ("yes", lambda v, s: [v * s, wl.sum(v)]), ("no", lambda v, s: [wl.exp(v), s]),
])
SINGLE = region("single", [V], lambda v: [wl.sin(v)])


def scanned(init, xs, captured):
    loop = ops.scan(init, xs, captured, body=BODY, length=4, carries=1, sequences=1, reverse=False)
    return ops.item(loop, index=0)[0] + wl.sum(ops.item(loop, index=1) * np.arange(4.0))


def branched(test, v, s):
    found = ops.cond(test > 0.0, v, s, yes=YES, no=NO)
    return ops.item(found, index=0) * ops.item(found, index=1)


CASES = {
    "elementwise": (lambda a, b: wl.where(a > b, a * b, a), (3,), (3,)),
    "stop_gradient": (lambda a: ops.stop_gradient(a), (3,)),
    "cast": (lambda a: a.astype("float32"), (3,)),
    "broadcast": (lambda a: ops.broadcast(a, shape=(2, 3, 4), axes=(0, 2)), (2, 4)),
    "reshape": (lambda a: a.reshape(6), (2, 3)),
    "transpose": (lambda a: wl.transpose(a, (2, 0, 1)), (2, 3, 4)),
    "slice": (lambda a: a[1:, ::2], (3, 4)),
    "pad": (lambda a: ops.pad(a, low=(1, 0), high=(0, 2), interior=(0, 1)), (2, 3)),
    "flip": (lambda a: a[::-1], (3, 2)),
    "reductions": (lambda a: wl.sum(a, axis=0) + wl.prod(a, axis=0) + wl.max(a, axis=0) - wl.min(a, axis=0), (3, 2)),
    "positions": (lambda a: wl.argmax(a, axis=1) + 10 * wl.argmin(a, axis=1), (3, 2)),
    "along": (lambda a, b: ops.linear_recurrence(a, wl.cumsum(b, axis=0), axis=0, reverse=True), (3, 2), (3, 2)),
    "concatenate": (lambda a, b: wl.concatenate([a, b, np.ones((2, 1))], axis=1), (2, 3), (2, 1)),
    "matrix by matrix": (lambda a, b: a @ b, (2, 3), (3, 4)),
    "matrix by vector": (lambda a, b: a @ b, (2, 3), (3,)),
    "vector by matrix": (lambda a, b: a @ b, (3,), (3, 2)),
    "vector by vector": (lambda a, b: a @ b, (3,), (3,)),
    "batches of matrices": (lambda a, b: a @ b, (5, 2, 3), (5, 3, 4)),
    "scan": (scanned, (3,), (4,), (3,)),
    "cond": (branched, (), (3,), ()),
    "custom": (lambda a: ops.custom(a, body=SINGLE, jvp=None, vjp=None), (3,)),
    "a gradient": (lambda a, b: grad(wl.sum(wl.tanh(a @ b) ** 2), b), (2, 3), (3,)),
}


def check(f, shapes, which, dtypes, value, size):
    """The batch against its members, for a fixed and a symbolic size of it."""
    names = [f"x{k}" for k in range(len(shapes))]
    draw = lambda shape, dtype: random.integers(0, 2, shape) if dtype == INDEX else random.normal(size=shape)  # noqa: E731
    arrays = [draw((size, *s) if many else s, d) for s, many, d in zip(shapes, which, dtypes)]
    symbols = [ops.input(name=n, type=Type(d, s)) for n, s, d in zip(names, shapes, dtypes)]
    y = f(*symbols)
    wanted = np.stack([
        value(y, **{n: a[k] if many else a for n, a, many in zip(names, arrays, which)}) for k in range(size)
    ])
    for first in (size, "n"):
        batched = {s: ops.input(name=n, type=Type(d, (first, *s.type.shape)))
                   for s, n, d, many in zip(symbols, names, dtypes, which) if many}
        (found,) = batch([y], batched)
        np.testing.assert_allclose(value(found, **dict(zip(names, arrays))), wanted, rtol=1e-12, atol=1e-14)


def some(count):
    return [which for which in itertools.product([True, False], repeat=count) if any(which)]


@pytest.mark.parametrize(("name", "which"), [(n, w) for n, (_, *shapes) in CASES.items() for w in some(len(shapes))])
def test_a_batch_is_its_members(name, which, value):
    f, *shapes = CASES[name]
    check(f, shapes, which, ["float64"] * len(shapes), value, 3)


@pytest.mark.parametrize("which", some(3))
@pytest.mark.parametrize("axes", [(0, 1), (0, 2), (1, 2)])
def test_gather_and_scatter_with_any_operand_batched(which, axes, value):
    rest = next(d for k, d in enumerate((2, 3, 4)) if k not in axes)
    check(lambda x, i, j: ops.gather(x, i, j, axes=axes), [(2, 3, 4), (5, 2), (5, 2)], which, ["float64", INDEX, INDEX], value, 3)
    check(lambda x, i, j: ops.scatter_add(x, i, j, axes=axes, shape=(2, 3, 4)), [(5, 2, rest), (5, 2), (5, 2)], which,
          ["float64", INDEX, INDEX], value, 3)


def test_every_op_can_be_batched():
    left = [op.name for op in TABLE.values() if op.arity != 0 and not op.elementwise and op not in RULES]
    assert left == ["stop_gradient"]  # of any shape, like an elementwise op


def test_what_does_not_depend_on_the_batch_is_repeated(symbol, value):
    x, w, rows = symbol("x", (2,)), symbol("w", (2,)), symbol("rows", ("n", 2))
    found = batch([wl.sum(w), x], {x: rows})
    assert [str(node.type) for node in found] == ["f64[n]", "f64[n,2]"] and found[1] is rows
    np.testing.assert_array_equal(value(found, w=[1.0, 2.0], rows=np.zeros((3, 2)))[0], [3.0] * 3)


def test_errors(symbol):
    x, y = symbol("x", (2,)), symbol("y", (2,))
    with pytest.raises(ShapeError, match=r"batch: expected f64\[2\] with a further leading axis, got f64\[3,4\]"):
        batch([x], {x: symbol("rows", (3, 4))})
    with pytest.raises(ShapeError, match="batch: leading axes must be of one size, got 3 and 4"):
        batch([x + y], {x: symbol("r", (3, 2)), y: symbol("s", (4, 2))})
