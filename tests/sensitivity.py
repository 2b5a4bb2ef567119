"""How far apart two correct evaluations of a graph may lie: the interpreter again, with every rounding disturbed.

A fixed tolerance is too wide for most graphs and too narrow for one that cancels. Here each float operation's result is
multiplied by 1 plus a few random ulp, and each element before it is added up, so that fused multiplications, other
orders of addition and other last bits of a function are all within what the disturbance gives.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wengert.ir.evaluate import concrete, evaluate
from wengert.ir.graph import Graph
from wengert.ir.sizes import bind_sizes

ULPS, TRIALS = 8, 8
# Their arguments are disturbed as well: sums in another order, and functions that amplify their argument's last bit.
ADDING = {"sum", "prod", "cumsum", "linear_recurrence", "matmul", "scatter_add", "gamma", "gammaln", "digamma",
          "polygamma"}
EXACT = {"const", "size", "iota", "broadcast", "transpose", "reshape", "slice", "flip", "pad", "concatenate", "gather", "where",
         "stop_gradient", "max", "min", "negative", "abs", "maximum", "minimum"}


def assert_as_interpreted(graph: Graph, arrays: Sequence[np.ndarray], got: Sequence[object], finite_only: bool = False) -> None:
    """What native code gave lies where the interpreter's roundings could have led. Integers and bools that no
    disturbance changes are exact. `finite_only` leaves out what is infinite or NaN: there, an order or a fused
    multiplication decides, and a pass may be better than what it replaces.
    """
    rng = np.random.default_rng(0)
    expected = evaluate(graph, *arrays)
    disturbed = [_disturbed(graph, arrays, rng) for _ in range(TRIALS)]
    for k, (value, want) in enumerate(zip(map(np.asarray, got), expected)):
        assert value.shape == want.shape, (k, value.shape, want.shape)
        others = np.stack([each[k] for each in disturbed])
        wrong = _wrong(value, want, others, finite_only)
        assert not wrong.any(), f"output {k} at {np.argwhere(wrong)[:3].tolist()}: {value[wrong][:3]}, not {want[wrong][:3]}\n{graph}"


def _wrong(value: np.ndarray, want: np.ndarray, others: np.ndarray, finite_only: bool) -> np.ndarray:
    if want.dtype.kind != "f":
        return np.asarray((others == want).all(0) & (value != want))
    info = np.finfo(want.dtype)
    value, want, others = (np.asarray(a, "float64") for a in (value, want, others))
    with np.errstate(all="ignore"):
        within = np.abs(value - want) <= 8 * np.abs(others - want).max(0) + 2 * ULPS * (info.eps * np.abs(want) + info.tiny)
        steady = (_kind(others) == _kind(want)).all(0)
        if finite_only:
            steady &= np.isfinite(want)
        return np.asarray(steady & ~within & (value != want) & ~(np.isnan(value) & np.isnan(want)))


def _kind(x: np.ndarray) -> np.ndarray:
    """Finite, one of the infinities, or NaN."""
    return np.where(np.isnan(x), 2.0, np.where(np.isinf(x), np.sign(x), 0.0))


def _product(x: np.ndarray, axes: Sequence[int], falling: bool) -> np.ndarray:
    """The product from the largest factor to the smallest, or the other way: no other order overflows or underflows where
    neither of the two does."""
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    flat = x.transpose(*kept, *axes).reshape(*[x.shape[axis] for axis in kept], -1)
    order = np.argsort(-np.abs(flat) if falling else np.abs(flat), axis=-1)
    partial = np.multiply.accumulate(np.take_along_axis(flat, order, -1), axis=-1, dtype=x.dtype)
    return partial[..., -1] if partial.shape[-1] else np.ones(partial.shape[:-1], x.dtype)


def _disturbed(graph: Graph, arrays: Sequence[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    sizes = bind_sizes(graph, [np.shape(a) for a in arrays])
    known = dict(zip(graph.inputs, map(np.asarray, arrays)))

    def disturb(x: np.ndarray) -> np.ndarray:
        if x.dtype.kind != "f":
            return x
        return np.asarray(x * (1 + rng.uniform(-ULPS, ULPS, x.shape) * np.finfo(x.dtype).eps), x.dtype)

    with np.errstate(all="ignore"):
        for node in graph.nodes:
            if node not in known:
                args = [disturb(known[a]) if node.op.name in ADDING else known[a] for a in node.args]
                if node.op.name == "prod":
                    result = _product(args[0], node.attrs[0], falling=bool(rng.integers(2)))
                else:
                    result = np.asarray(node.op.evaluate(*args, *[concrete(a, sizes) for a in node.attrs]))
                known[node] = result if node.op.name in EXACT else disturb(result)
    return [known[node] for node in graph.outputs]
