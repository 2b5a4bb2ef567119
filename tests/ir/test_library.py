"""Each function of the language against its namesake in NumPy, through the interpreter, with fixed and symbolic sizes."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wengert.ir import library as wl
from wengert.ir.errors import DTypeError, ExpressionError, ShapeError, WengertError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import postorder
from wengert.ir.ops import input
from wengert.ir.types import Type

random = np.random.default_rng(7)
V = random.normal(size=5)
M = random.normal(size=(4, 5))
T = random.normal(size=(3, 4, 5))
S = random.normal(size=(5, 5))
P = np.abs(M) + 0.5
J = random.integers(-4, 5, size=(4, 5))
B = J > 0
N = np.array([[1.0, np.nan, -np.inf], [np.inf, -0.0, 0.0]])


def symbols(arrays, symbolic):
    """Inputs for the arrays; sizes that are equal and above 1 have one name if they are symbolic."""

    def dims(a):
        return tuple(f"n{s}" if symbolic and s > 1 else s for s in a.shape)

    return [input(name=f"x{k}", type=Type(a.dtype, dims(a))) for k, a in enumerate(arrays)]


def run(function, *arrays, symbolic=False):
    nodes = symbols(arrays, symbolic)
    out = function(*nodes)
    outs = list(out) if isinstance(out, (list, tuple)) else [out]
    values = evaluate(Graph("f", nodes, [wl.as_node(o) for o in outs]), *arrays)
    return list(values) if isinstance(out, (list, tuple)) else values[0]


def check(function, *arrays, symbolic=False, dtype=True, expected=None):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        want = function(*arrays) if expected is None else expected
    got = run(function, *arrays, symbolic=symbolic)
    pairs = zip(want, got) if isinstance(want, (list, tuple)) else [(want, got)]
    for w, g in pairs:
        w, g = np.asarray(w), np.asarray(g)
        assert g.shape == w.shape
        if dtype:
            assert g.dtype == w.dtype
        np.testing.assert_allclose(g, w, rtol=1e-13 if w.dtype == np.float64 else 2e-6, atol=1e-14)


# name of the case: function of the arrays, arrays. Each runs with fixed sizes and with symbolic ones.
CASES = {
    "sum": (lambda x: np.sum(x), T),
    "sum axis": (lambda x: np.sum(x, axis=1), T),
    "sum axes": (lambda x: np.sum(x, axis=(0, -1)), T),
    "sum keepdims": (lambda x: np.sum(x, -2, keepdims=True), T),
    "sum int": (lambda x: x.sum(0), J),
    "sum bool": (lambda x: np.sum(x), B),
    "sum dtype": (lambda x: np.sum(x, dtype="float32"), M),
    "sum f32": (lambda x: x.sum(), M.astype("f4")),
    "sum no axes": (lambda x: np.sum(x, axis=()), M),
    "sum i32": (lambda x: x.sum(), J.astype("i4")),
    "prod": (lambda x: np.prod(x, axis=0), M),
    "max": (lambda x: x.max(axis=1), M),
    "min": (lambda x: np.amin(x, axis=(0, 1)), M),
    "ptp": (lambda x: np.ptp(x, axis=0), M),
    "argmax": (lambda x: np.argmax(x), M),
    "argmax axis": (lambda x: x.argmax(axis=-1), T),
    "argmin keepdims": (lambda x: np.argmin(x, axis=0, keepdims=True), M),
    "argmax flat keepdims": (lambda x: np.argmax(x, keepdims=True), M),
    "cumsum": (lambda x: np.cumsum(x), M),
    "cumsum axis": (lambda x: np.cumsum(x, axis=1), M),
    "cumprod": (lambda x: np.cumprod(x, axis=1), J),
    "cumprod flat": (lambda x: np.cumprod(x), M),
    "any": (lambda x: np.any(x, axis=1), B),
    "all": (lambda x: np.all(x, axis=0), B),
    "any f": (lambda x: x.any(), M),
    "count": (lambda x: np.count_nonzero(x, axis=0), J),
    "mean": (lambda x: np.mean(x), M),
    "mean int": (lambda x: x.mean(axis=0), J),
    "mean f32": (lambda x: np.mean(x, 1, keepdims=True), M.astype("f4")),
    "var": (lambda x: np.var(x, axis=0), M),
    "var ddof": (lambda x: x.var(ddof=1), M),
    "std": (lambda x: np.std(x, axis=1, keepdims=True), M),
    "average": (lambda x: np.average(x), M),
    "average weights": (lambda x, w: np.average(x, axis=1, weights=w), M, np.abs(V)),
    "average full": (lambda x, w: np.average(x, weights=w), M, P),
    "trapezoid": (lambda y: np.trapezoid(y, dx=0.5), M),
    "trapezoid x": (lambda y, x: np.trapezoid(y, x), M, np.sort(V)),
    "diff": (lambda x: np.diff(x), M),
    "diff n": (lambda x: np.diff(x, 2, axis=0), M),
    "diff prepend": (lambda x: np.diff(x, prepend=0.0), M),
    "ediff1d": (lambda x: np.ediff1d(x, to_end=[9.0]), M),
    "cov": (lambda x: np.cov(x), M),
    "norm": (lambda x: np.linalg.norm(x), T),
    "norm axis": (lambda x: np.linalg.norm(x, axis=1), M),
    "norm 1": (lambda x: np.linalg.norm(x, 1), V),
    "norm inf": (lambda x: np.linalg.norm(x, np.inf, axis=0), M),
    "norm -inf": (lambda x: np.linalg.norm(x, -np.inf), V),
    "norm 3": (lambda x: np.linalg.norm(x, 3, axis=1), M),
    "norm 0": (lambda x: np.linalg.norm(x, 0), V),
    "norm fro": (lambda x: np.linalg.norm(x, "fro", axis=(0, 2)), T),
    "norm m1": (lambda x: np.linalg.norm(x, 1), M),
    "norm minf": (lambda x: np.linalg.norm(x, np.inf, keepdims=True), M),
    "vector_norm": (lambda x: np.linalg.vector_norm(x, axis=(0, 2)), T),
    "clip": (lambda x: np.clip(x, -0.5, 0.5), M),
    "clip low": (lambda x: x.clip(min=0), J),
    "clip array": (lambda x, h: np.clip(x, None, h), M, V),
    "round": (lambda x: np.round(x, 1), M),
    "round 0": (lambda x: x.round(), M),
    "round int": (lambda x: np.round(x, -1), 10 * J),
    "fix": (lambda x: np.fix(x), M),
    "fmax": (lambda x: np.fmax(x, 0.5), N),
    "fmin": (lambda x, y: np.fmin(x, y), N, N[::-1].copy()),
    "fmod": (lambda x, y: np.fmod(x, y), M, P),
    "fmod i": (lambda x: np.fmod(x, 3), J),
    "divmod": (lambda x, y: np.divmod(x, y), M, P),
    "modf": (lambda x: np.modf(x), np.array([1.5, -2.5, 0.0, -0.0, np.inf, -np.inf])),
    "heaviside": (lambda x: np.heaviside(x, 0.5), N),
    "signbit": (lambda x: np.signbit(x), N),
    "sinc": (lambda x: np.sinc(x), np.array([0.0, 1e-9, 0.01, 0.016, -0.3, 1.0, 7.2])),
    "deg2rad": (lambda x: np.deg2rad(x), M),
    "rad2deg": (lambda x: np.degrees(x), M),
    "logaddexp2": (lambda x, y: np.logaddexp2(x, y), M, P),
    "float_power": (lambda x: np.float_power(x, 2), J),
    "nan_to_num": (lambda x: np.nan_to_num(x), N),
    "nan_to_num values": (lambda x: np.nan_to_num(x, nan=1.0, posinf=2.0, neginf=-2.0), N),
    "nansum": (lambda x: np.nansum(x, axis=1), N),
    "nanmean": (lambda x: np.nanmean(x[:, :2], axis=1), N),
    "isclose": (lambda x, y: np.isclose(x, y), N, N + 1e-12),
    "isclose nan": (lambda x: np.isclose(x, x, equal_nan=True), N),
    "select": (lambda x: np.select([x < -1, x > 1], [x, -x], 7.0), M),
    "piecewise": (lambda x: np.piecewise(x, [x < 0, x >= 0.5], [lambda v: -v, 3.0]), M),
    "interp": (lambda x, xp, fp: np.interp(x, xp, fp), M, np.sort(V), V),
    "interp left": (lambda x, xp, fp: np.interp(x, xp, fp, left=-9.0), M, np.sort(V), V),
    "polyval": (lambda x: np.polyval([2.0, -1.0, 0.5], x), M),
    "vander": (lambda x: np.vander(x, 3), V),
    "where": (lambda c, x: np.where(c, x, 0.0), B, M),
    "where broadcast": (lambda c, x: np.where(c, x, 1), B, V),
    "reshape": (lambda x: x.reshape(2, -1), T),
    "reshape -1": (lambda x: np.reshape(x, -1), T),
    "ravel": (lambda x: x.ravel(), T),
    "squeeze": (lambda x: np.squeeze(x), M[:, None, :1]),
    "squeeze axis": (lambda x: x.squeeze(axis=1), M[:, None, :1]),
    "expand_dims": (lambda x: np.expand_dims(x, (0, -1)), M),
    "transpose": (lambda x: x.T, T),
    "transpose axes": (lambda x: x.transpose(1, 2, 0), T),
    "transpose np": (lambda x: np.transpose(x, (0, 2, 1)), T),
    "moveaxis": (lambda x: np.moveaxis(x, 0, -1), T),
    "moveaxis two": (lambda x: np.moveaxis(x, (0, 1), (-1, 0)), T),
    "swapaxes": (lambda x: x.swapaxes(0, 2), T),
    "matrix_transpose": (lambda x: np.linalg.matrix_transpose(x), T),
    "broadcast_arrays": (lambda x, y: tuple(np.broadcast_arrays(x, y)), M, V),
    "flip": (lambda x: np.flip(x), T),
    "flip axis": (lambda x: np.flip(x, -1), T),
    "fliplr": (lambda x: np.fliplr(x), M),
    "flipud": (lambda x: np.flipud(x), M),
    "rot90": (lambda x: np.rot90(x), M),
    "rot90 3": (lambda x: np.rot90(x, 3, axes=(1, 2)), T),
    "atleast_1d": (lambda x: np.atleast_1d(x), np.float64(3.0)),
    "atleast_2d": (lambda x: np.atleast_2d(x), V),
    "atleast_3d": (lambda x: np.atleast_3d(x), M),
    "atleast_3d v": (lambda x: np.atleast_3d(x), V),
    "concatenate": (lambda x, y: np.concatenate([x, y]), M, S),
    "concatenate axis": (lambda x, y: np.concatenate([x, y], axis=-1), M, J),
    "concatenate flat": (lambda x, y: np.concatenate([x, y], axis=None), M, V),
    "stack": (lambda x, y: np.stack([x, y, x], axis=-1), M, P),
    "hstack": (lambda x, y: np.hstack([x, y]), V, V),
    "hstack m": (lambda x: np.hstack((x, x)), M),
    "vstack": (lambda x, y: np.vstack([x, y]), M, V),
    "dstack": (lambda x: np.dstack([x, x]), M),
    "column_stack": (lambda x, y: np.column_stack([x, y]), V, V),
    "append": (lambda x: np.append(x, [1.0, 2.0]), V),
    "block": (lambda x, v: np.block([[x, x], [v, v]]), M, V),
    "split": (lambda x: np.split(x, 2), T[:2].repeat(2, 0)),
    "array_split": (lambda x: np.array_split(x, [1, 3], axis=1), M),
    "hsplit": (lambda x: np.hsplit(x, [2]), M),
    "tile": (lambda x: np.tile(x, (2, 1, 3)), M),
    "tile v": (lambda x: np.tile(x, 3), M),
    "meshgrid": (lambda x, y: list(np.meshgrid(x, y)), V, V[:3]),
    "meshgrid ij": (lambda x, y: list(np.meshgrid(x, y, indexing="ij")), V, V[:3]),
    "meshgrid sparse": (lambda x, y: list(np.meshgrid(x, y, sparse=True)), V, V[:3]),
    "take": (lambda x: np.take(x, [1, -1, 0], axis=1), M),
    "take flat": (lambda x: np.take(x, np.array([[1, 2], [3, -1]])), M),
    "take wrap": (lambda x: np.take(x, [7, -6], axis=1, mode="wrap"), M),
    "take clip": (lambda x: np.take(x, [99, -6, 1], axis=1, mode="clip"), M),
    "take node": (lambda x, i: np.take(x, i, axis=0), M, np.array([0, 3, -1])),
    "take scalar": (lambda x: x.take(2, axis=0), M),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.argmax(x, axis=1, keepdims=True), axis=1), M),
    "take_along_axis many": (lambda x, i: np.take_along_axis(x, i, axis=0), M, np.abs(J) % 4),
    "repeat": (lambda x: np.repeat(x, 3, axis=1), M),
    "repeat flat": (lambda x: np.repeat(x, 2), M),
    "roll": (lambda x: np.roll(x, 1, axis=1), M),
    "roll back": (lambda x: np.roll(x, (-1, 2), axis=(0, 1)), M),
    "roll flat": (lambda x: np.roll(x, 2), M),
    "diag": (lambda x: np.diag(x), V),
    "diag k": (lambda x: np.diag(x, -2), V),
    "diag of": (lambda x: np.diag(x, 1), S),
    "diagonal": (lambda x: np.diagonal(x, 0, 1, 2), np.stack([S, S])),
    "diagflat": (lambda x: np.diagflat(x), M),
    "trace": (lambda x: np.trace(x), S),
    "trace k": (lambda x: np.trace(x, -1), S),
    "linalg.trace": (lambda x: np.linalg.trace(x), np.stack([S, S])),
    "tril": (lambda x: np.tril(x, -1), M),
    "triu": (lambda x: np.triu(x, 1), T),
    "tril v": (lambda x: np.tril(x), V),
    "pad": (lambda x: np.pad(x, 2), M),
    "pad widths": (lambda x: np.pad(x, ((1, 0), (0, 2)), constant_values=3.0), M),
    "pad value pairs": (lambda x: np.pad(x, 1, constant_values=((1, 2), (3, 4))), M),
    "pad edge": (lambda x: np.pad(x, (2, 1), mode="edge"), M),
    "pad reflect": (lambda x: np.pad(x, 6, mode="reflect"), M),
    "pad symmetric": (lambda x: np.pad(x, 6, mode="symmetric"), M),
    "pad wrap": (lambda x: np.pad(x, 6, mode="wrap"), M),
    "zeros_like": (lambda x: np.zeros_like(x), J),
    "ones_like": (lambda x: np.ones_like(x, dtype="float32"), M),
    "full_like": (lambda x: np.full_like(x, 2.5), M),
    "matmul": (lambda x, y: x @ y, M, S),
    "matmul batch": (lambda x, y: x @ y, T, S),
    "matmul vector": (lambda x, y: x @ y, T, V),
    "vector matmul": (lambda x, y: x @ y, V, np.stack([S, S, S])),
    "matmul broadcast": (lambda x, y: np.matmul(x, y), T[:, None], np.stack([S, S])),
    "matmul int": (lambda x, y: x @ y, J, V),
    "matmul bool": (lambda x: x @ x.T, B),
    "dot": (lambda x, y: np.dot(x, y), M, V),
    "dot scalar": (lambda x: np.dot(x, 2.0), M),
    "dot nd": (lambda x, y: np.dot(x, y), M, np.stack([S, S])),
    "vdot": (lambda x, y: np.vdot(x, y), M, P),
    "inner": (lambda x, y: np.inner(x, y), T, M),
    "outer": (lambda x, y: np.outer(x, y), V, M),
    "tensordot": (lambda x, y: np.tensordot(x, y, axes=([1, 2], [0, 1])), T, M),
    "tensordot 1": (lambda x, y: np.tensordot(x, y, 1), T, S),
    "tensordot 0": (lambda x, y: np.tensordot(x, y, 0), V, M),
    "tensordot 2": (lambda x, y: np.tensordot(x, y), M, M),
    "kron": (lambda x, y: np.kron(x, y), M, S),
    "kron v": (lambda x, y: np.kron(x, y), V, V),
    "cross": (lambda x, y: np.cross(x, y), M[:, :3], P[:, 1:4]),
    "matrix_power": (lambda x: np.linalg.matrix_power(x, 5), S),
    "matrix_power 0": (lambda x: np.linalg.matrix_power(x, 0), S),
    "multi_dot": (lambda x, y, z: np.linalg.multi_dot([x, y, z]), M, S, V),
    "vecdot": (lambda x, y: np.vecdot(x, y), M, V),
    "add.reduce": (lambda x: np.add.reduce(x), M),
    "max.reduce": (lambda x: np.maximum.reduce(x, axis=1), M),
    "or.reduce": (lambda x: np.logical_or.reduce(x, axis=1), B),
    "add.accumulate": (lambda x: np.add.accumulate(x), M),
    "subtract.outer": (lambda x, y: np.subtract.outer(x, y), V, M),
    "mixed": (lambda x: (2 - x) / 3 + x**2 - x**3 // 2 + 5 % (x + 9) + abs(-x), M),
    "compare": (lambda x: (x > 0) & ~(x < 1) | (x == x) ^ (x != 0), M),
    "ints": (lambda x: x * 2 + 1 - x // 3 + x % 3, J),
    "int divide": (lambda x: x / 2, J),
    "power int": (lambda x: x**3, J),
    "power float": (lambda x: 2.0**x, J),
    "array op": (lambda x: np.arange(5.0) * x, M),
    "f32 weak": (lambda x: x * 2.5 + 1, M.astype("f4")),
    "f32 strong": (lambda x: x * np.float64(2.5), M.astype("f4")),
    "i32 weak float": (lambda x: x * 1.5, J.astype("i4")),
    "bool add": (lambda x: x + x, B),
    "bool mul": (lambda x: x * ~x, B),
    "bool int": (lambda x: x + 1, B),
    "bool float": (lambda x: x * 2.0, B),
    "sin int": (lambda x: np.sin(x), J),
    "sqrt i32": (lambda x: np.sqrt(np.abs(x)), J.astype("i4")),
    "hypot": (lambda x, y: np.hypot(x, y), M, V),
    "bitwise bool": (lambda x: np.bitwise_and(x, np.invert(x)), B),
    "isnan": (lambda x: np.isnan(x), N),
    "size of": (lambda x: x * x.shape[0], M),
    "astype": (lambda x: x.astype("int64"), M),
    "ufunc dtype": (lambda x: np.add(x, 1, dtype="float64"), J),
    "add empty": (lambda x: x.sum(axis=0) + x.mean(axis=1).sum(), np.zeros((0, 3))),
}
EINSUMS = [
    ("ij,jk->ik", M, S),
    ("ij,jk", M, S),
    ("ij->ji", M),
    ("ij->", M),
    ("ii->i", S),
    ("ii", S),
    ("ij,ij->i", M, P),
    ("ij,ij", M, P),
    ("i,j->ij", V, V),
    ("i,i->", V, V),
    ("bij,bjk->bik", np.stack([S, S]), np.stack([S, S.T])),
    ("...ij,...jk->...ik", T, S),
    ("...i,i", T, V),
    ("bij,jk,k->bi", T, S, V),
    ("ij,ik,il->jkl", S, S, S),
    ("i,ij,j->", V, S, V),
    ("ij,kj->ijk", M, S),
    ("iij->j", np.stack([S] * 5)),
    ("ij,j->", M, V),
    ("bi,bj->bij", M, M),
    ("a,b,c->cab", V, V[:3], V[:2]),
    ("ij, jk -> ki", M, S),
    ("bhqd,bhkd->bhqk", T[None], T[None, :, ::-1]),
    ("i->", V),
    ("ijk->kj", T),
    ("...->...", M),
    ("i...->...", T),
]
for text, *arrays in EINSUMS:
    CASES[f"einsum {text}"] = (lambda *a, text=text: np.einsum(text, *a), *arrays)

# What cannot be said of sizes that are known at the call only.
FIXED = {"cross", "split", "reshape", "array op"}


@pytest.mark.parametrize("symbolic", [False, True], ids=["fixed", "symbolic"])
@pytest.mark.parametrize("name", CASES)
def test_equals_numpy(name, symbolic):
    function, *arrays = CASES[name]
    if symbolic and name in FIXED:
        pytest.skip("needs fixed sizes")
    check(function, *map(np.asarray, arrays), symbolic=symbolic)


CREATED = {
    "zeros": (lambda m: m.zeros((2, 3)), "f8"),
    "ones": (lambda m: m.ones(3, dtype="int32"), "i4"),
    "full": (lambda m: m.full((2,), 1.5), "f8"),
    "full int": (lambda m: m.full((2,), 2), "i8"),
    "arange": (lambda m: m.arange(5), "i8"),
    "arange step": (lambda m: m.arange(1.0, 2.0, 0.25), "f8"),
    "arange down": (lambda m: m.arange(9, 2, -3), "i8"),
    "linspace": (lambda m: m.linspace(0, 1, 7), "f8"),
    "linspace open": (lambda m: m.linspace(0, 1, 4, endpoint=False), "f8"),
    "eye": (lambda m: m.eye(3), "f8"),
    "eye k": (lambda m: m.eye(3, 4, k=1, dtype="int64"), "i8"),
    "identity": (lambda m: m.identity(2), "f8"),
    "tri": (lambda m: m.tri(3, 4, -1), "f8"),
    "asarray": (lambda m: m.asarray([[1, 2], [3, 4]], dtype="float32"), "f4"),
    "empty axis": (lambda m: m.zeros((0, 3)), "f8"),
}


@pytest.mark.parametrize("name", CREATED)
def test_creation(name):
    make, dtype = CREATED[name]
    got = evaluate(Graph("f", [], [make(wl)]))[0]
    np.testing.assert_array_equal(got, make(np))
    assert got.dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda x: wl.arange(x.shape[0]), lambda n: np.arange(n)),
        (lambda x: wl.arange(1, x.shape[0] + 3, 2), lambda n: np.arange(1, n + 3, 2)),
        (lambda x: wl.arange(x.shape[0] - 1, -1, -1), lambda n: np.arange(n - 1, -1, -1)),
        (lambda x: wl.eye(x.shape[0]), lambda n: np.eye(n)),
        (lambda x: wl.zeros(x.shape), lambda n: np.zeros(n)),
        (lambda x: wl.ones(("n", 2)), lambda n: np.ones((n, 2))),
        (lambda x: wl.full_like(x, 3), lambda n: np.full(n, 3.0)),
        (lambda x: wl.linspace(0.0, 1.0, x.shape[0]), lambda n: np.linspace(0.0, 1.0, n)),
        (lambda x: wl.iota(x.shape), lambda n: np.arange(n)),
        (lambda x: wl.broadcast_to(x[:, None], (x.shape[0], 2)), lambda n: np.zeros((n, 2))),
        (lambda x: x.sum() + x.shape[0], lambda n: np.float64(n)),
        (lambda x: wl.repeat(wl.ones(1), x.shape[0]), lambda n: np.ones(n)),
        (lambda x: wl.reshape(wl.ones((x.shape[0], 6)), (x.shape[0] * 2, -1)), lambda n: np.ones((2 * n, 3))),
    ],
)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_creation_of_sizes_known_at_the_call(function, expected, n):
    x = input(name="x", type=Type("float64", ("n",)))
    got = evaluate(Graph("f", [x], [function(x)]), np.zeros(n))[0]
    np.testing.assert_array_equal(got, expected(n))
    assert got.dtype == expected(n).dtype


def test_linspace_between_nodes():
    got = run(lambda a, b: wl.linspace(a, b, 4), np.float64(1.0), np.float64(0.1))
    np.testing.assert_array_equal(got, np.linspace(1.0, 0.1, 4))


# ------------------------------------------------------------------------------------------------- promotion, all pairs

DTYPES = ["float64", "float32", "int64", "int32", "bool"]


@pytest.mark.parametrize("operation", ["add", "multiply", "subtract", "divide", "maximum", "arctan2", "less", "power"])
@pytest.mark.parametrize("a", DTYPES)
@pytest.mark.parametrize("b", [*DTYPES, 2, 2.5, True, np.float32(1.5), np.float64(1.5), np.int32(2)])
def test_promotion_is_numpys(operation, a, b):
    x = np.ones(2, a)
    y = np.ones(2, b) if isinstance(b, str) else b
    try:
        want = getattr(np, operation)(x, y)
    except TypeError:
        with pytest.raises(DTypeError):
            getattr(np, operation)(input(name="x", type=Type(a, (2,))), input(name="y", type=Type(b, (2,))) if isinstance(b, str) else b)
        return
    if want.dtype.name not in DTYPES:
        return  # int8, float16: dtypes that Wengert has not
    got = run(getattr(np, operation), x, y) if isinstance(b, str) else run(lambda v: getattr(np, operation)(v, y), x)
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)


# -------------------------------------------------------------------------------------------------------------- indexing


@st.composite
def indexed(draw):
    """An array's shape and an index for it: integers, slices, new axes, an ellipsis, index arrays and masks."""
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    common = draw(st.sampled_from([(), (1,), (2,), (3, 1), (2, 3)]))
    key, axis = [], 0
    while axis < len(shape) and draw(st.integers(0, 9)) > 0:
        n = shape[axis]
        kind = draw(st.sampled_from(["int", "slice", "slice", "new", "array", "mask", "whole"]))
        if kind == "new":
            key.append(None)
            continue
        bound = st.none() | st.integers(-n - 2, n + 2)
        if kind == "int":
            key.append(draw(st.integers(-n, n - 1)))
        elif kind == "slice":
            key.append(slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, 3, -1, -2]))))
        elif kind == "array":
            key.append(
                np.array(draw(st.lists(st.integers(-n, n - 1), min_size=int(np.prod(common)), max_size=int(np.prod(common)))))
                .reshape(common)
                .astype(int)
            )
        elif kind == "mask":
            mask = np.zeros(n, bool)
            mask[draw(st.integers(0, n - 1))] = True  # one hit broadcasts with every index array
            key.append(mask)
        else:
            key.append(slice(None))
        axis += 1
    if draw(st.booleans()):  # after it an index counts from the last axis, so it stands inside only if all axes are named
        key.insert(draw(st.integers(0 if axis == len(shape) else len(key), len(key))), Ellipsis)
    return tuple(shape), tuple(key)


@settings(max_examples=400)
@given(indexed())
def test_indexing_is_numpys(case):
    shape, key = case
    x = np.arange(float(np.prod(shape))).reshape(shape)
    want = x[key]
    got = run(lambda v: v[key], x)
    assert got.shape == want.shape
    np.testing.assert_array_equal(got, want)
    positions = [k for k in key if isinstance(k, np.ndarray) and k.dtype != bool]  # the same with indices known at the call
    if positions:

        def symbolic(v, *nodes):
            rest = iter(nodes)
            return v[tuple(next(rest) if isinstance(k, np.ndarray) and k.dtype != bool else k for k in key)]

        np.testing.assert_array_equal(run(symbolic, x, *positions), want)


KEYS = [
    np.s_[1:],
    np.s_[:-1],
    np.s_[::2],
    np.s_[-1],
    np.s_[0],
    np.s_[:3],
    np.s_[-2:],
    np.s_[::-1],
    np.s_[-2::-1],
    np.s_[::-2],
    np.s_[1:-1],
    np.s_[2::3],
    np.s_[..., 0],
    np.s_[None, 1],
    np.s_[3:1:-1],
    np.s_[:, None],
    np.s_[[0, -1]],
    np.s_[1:, ::-1],
    np.s_[4:1],
]


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("n", [4, 5, 9])
def test_indexing_of_sizes_known_at_the_call(key, n):
    x = np.arange(3.0 * n).reshape(n, 3)
    check(lambda v: v[key], x, symbolic=True)


def test_an_ellipsis_for_no_axis_parts_index_arrays():
    check(lambda x: x[:, [[0, 1, 2]], ..., 0], T)
    check(lambda x: x[:, [[0, 1, 2]], 0], T)
    check(lambda x: x[..., [[0, 1, 2]], 0], T)


def test_index_by_mask_of_several_axes_and_by_truth():
    check(lambda x: x[B], M)
    check(lambda x: x[:, B], T)
    check(lambda x: x[True], M)
    check(lambda x: x[False], M)
    check(lambda x: x[np.zeros((0,), bool)], np.zeros((0, 3)))


# -------------------------------------------------------------------------------------------------------- special values

INF = np.inf
SPECIAL = [
    (lambda x: wl.logsumexp(x), [-INF, -INF], -INF),
    (lambda x: wl.logsumexp(x), [INF, 1.0], INF),
    (lambda x: wl.logsumexp(x), [1e300, 1e300], 1e300),
    (lambda x: wl.logsumexp(x), [-INF, 2.0], 2.0),
    (lambda x: wl.logsumexp(x), [], -INF),
    (lambda x: wl.logsumexp(x), [np.nan, 1.0], np.nan),
    (lambda x: wl.logsumexp(x), [-1e5, -1e5], -1e5 + np.log(2)),
    (lambda x: wl.softmax(x), [1e300, 0.0], [1.0, 0.0]),
    (lambda x: wl.softmax(x), [-INF, 0.0], [0.0, 1.0]),
    (lambda x: wl.log_softmax(x), [0.0, -1e4], [0.0, -1e4]),
    (lambda x: np.linalg.norm(x), [3e200, 4e200], 5e200),
    (lambda x: np.linalg.norm(x), [3e-200, 4e-200], 5e-200),
    (lambda x: np.linalg.norm(x), [0.0, 0.0], 0.0),
    (lambda x: np.linalg.norm(x), [INF, 1.0], INF),
    (lambda x: np.linalg.norm(x), [], 0.0),
    (lambda x: np.linalg.norm(x), [np.nan], np.nan),
    (lambda x: np.linalg.norm(x), [5e-324], 5e-324),
    (lambda x: wl.relu(x), [-1.0, 0.0, np.nan, 2.0], [0.0, 0.0, np.nan, 2.0]),
    (lambda x: wl.xlogy(0.0, x), [0.0, 2.0, INF], [0.0, 0.0, 0.0]),
    (lambda x: wl.entr(x), [0.0, 1.0, -1.0, np.e], [0.0, 0.0, -INF, -np.e]),
    (lambda x: wl.std(x), [2.0, 2.0], 0.0),
    (lambda x: wl.clip(x, -1, 1), [np.nan, 5.0], [np.nan, 1.0]),
    (lambda x: x.any(), [], False),
    (lambda x: x.all(), [], True),
    (lambda x: wl.var(x), [1e8 + 1, 1e8 + 2], 0.25),
    (lambda x: wl.prod(x), [], 1.0),
]


@pytest.mark.parametrize("case", range(len(SPECIAL)))
def test_special_values(case):
    function, x, want = SPECIAL[case]
    np.testing.assert_allclose(run(function, np.array(x, float)), want, rtol=1e-15)


def test_norm_is_plain_in_the_middle():
    x = random.normal(size=100)
    assert run(lambda v: np.linalg.norm(v), x) == np.sqrt(np.sum(x * x))


# -------------------------------------------------------------------------------------------------------------- bad input

x, m = input(name="x", type=Type("float64", (3,))), input(name="m", type=Type("float64", ("n", 4)))
k, b = input(name="k", type=Type("int64", (3,))), input(name="b", type=Type("bool", (3,)))
BAD = [
    (lambda: x + np.ones(4), ShapeError, "add: shapes [3] and [4] do not broadcast"),
    (lambda: x @ np.ones((5, 2)), ShapeError, "matmul: inner sizes must be equal, got f64[3] and f64[5,2]"),
    (lambda: np.sum(x, axis=2), ShapeError, "sum: f64[3] has no axis 2"),
    (lambda: np.sum(m, axis=(0, 0)), ShapeError, "an axis is named twice"),
    (lambda: np.sum(x, axis=1.5), ExpressionError, "sum: axis: expected an integer, got 1.5"),
    (lambda: x.reshape(2, -1), ShapeError, "reshape: f64[3] has 3 elements, which 2 does not divide"),
    (lambda: x.reshape(4), ShapeError, "the numbers of elements differ"),
    (lambda: m.reshape(-1, 3), ShapeError, "4*n elements"),
    (lambda: x[5], ShapeError, "index: 5 is out of bounds for axis 0 of f64[3]"),
    (lambda: x[0, 0], ShapeError, "index: f64[3] has 1 axes, the index is for 2"),
    (lambda: x[b], ExpressionError, "wg.where(mask, x, 0)"),
    (lambda: x[0.5], DTypeError, "must be of integers"),
    (lambda: x[[1, 7]], ShapeError, "7 is out of bounds"),
    (lambda: x[np.array([True, False])], ShapeError, "a mask of shape [2] does not fit axis 0"),
    (lambda: x["a"], ExpressionError, "expected integers, slices or masks"),
    (lambda: x[::0], ExpressionError, "cannot be 0"),
    (lambda: x[k[0] :], ExpressionError, "a slice bound must be an integer or a size"),
    (lambda: m[np.ones(4, bool)], ShapeError, "a mask of shape [4]"),
    (lambda: np.add(x, 1, out=np.zeros(3)), ExpressionError, "np.add: the option out= is not supported"),
    (lambda: np.sum(x, where=[True, False, True]), ExpressionError, "np.sum: the option where= is not supported"),
    (lambda: np.mean(x, out=np.zeros(())), ExpressionError, "np.mean: the option out="),
    (lambda: np.add(x, 1, casting="unsafe"), ExpressionError, "casting="),
    (lambda: np.sort(x), ExpressionError, "np.sort: is not available"),
    (lambda: np.where(b), ExpressionError, "np.where"),
    (lambda: np.where(x, 1, 2), DTypeError, "the condition must be bool"),
    (lambda: np.gcd(k, k), ExpressionError, "np.gcd: is not available"),
    (lambda: np.bitwise_and(k, 1), DTypeError, "takes bool"),
    (lambda: x & 1, DTypeError, "takes bool"),
    (lambda: k**-1, DTypeError, "an integer to a negative power"),
    (lambda: x + "a", ExpressionError, "constant: expected numbers or symbols"),
    (lambda: x + 1j, DTypeError, "complex"),
    (lambda: x + object(), ExpressionError, "expected numbers or symbols"),
    (lambda: k + 2**70, DTypeError, "does not fit int64"),
    (lambda: np.concatenate([x, m]), ShapeError, "equally many axes"),
    (lambda: np.stack([x, x[:2]]), ShapeError, "stack: arrays must have one shape, got f64[3] and f64[2]"),
    (lambda: np.concatenate([x.sum(), x.sum()]), ShapeError, "scalars"),
    (lambda: np.stack([]), (WengertError, ValueError), ""),
    (lambda: wl.stack([]), ShapeError, "at least one"),
    (lambda: np.split(x, 2), ShapeError, "does not divide into 2 equal parts"),
    (lambda: np.einsum("ij,jk", x, m), ExpressionError, "einsum: 'ij' in 'ij,jk' does not fit f64[3]"),
    (lambda: np.einsum("i,i->j", x, x), ExpressionError, "must name indices"),
    (lambda: np.einsum("i,i->", x, x[:2]), ShapeError, "index 'i' has the sizes 3 and 2"),
    (lambda: np.linalg.norm(m, 2), ExpressionError, "singular values"),
    (lambda: np.linalg.norm(x, "nuc"), ExpressionError, "matrices"),
    (lambda: wl.zeros(-1), ShapeError, "must not be negative"),
    (lambda: wl.zeros((2.5,)), ShapeError, "an int or a name"),
    (lambda: np.max(x[:0]), ShapeError, "empty axis"),
    (lambda: range(m.shape[0]), ShapeError, "the size n is known only at the call"),
    (lambda: bool(x[0] > 0), ExpressionError, "wg.where(condition, a, b) or wg.cond"),
    (lambda: float(x[0]), ExpressionError, "no value yet"),
    (lambda: np.asarray(x), ExpressionError, "no elements yet"),
    (lambda: list(m), ShapeError, "known only at the call"),
    (lambda: np.diag(m), ShapeError, "length of the diagonal"),
    (lambda: np.pad(x, 1, mode="maximum"), ExpressionError, "pad: mode must be"),
    (lambda: np.repeat(x, k), ExpressionError, "symbolic number of repeats"),
    (lambda: np.tensordot(x, m, 1), ShapeError, "must have equal sizes"),
    (lambda: np.broadcast_to(x, (4,)), ShapeError, "broadcast_to: shapes [3] and [4] do not broadcast"),
    (lambda: np.squeeze(m, 0), ShapeError, "not of size 1"),
    (lambda: b - b, DTypeError, "subtract: has no meaning on bool"),
    (lambda: -b, DTypeError, "negative: has no meaning on bool"),
    (lambda: np.add.at(x, [0], 1), ExpressionError, "np.add.at"),
    (lambda: x.sum(frobnicate=1), (TypeError, ExpressionError), "frobnicate"),
    (lambda: x.nothing, AttributeError, "no attribute 'nothing'"),
    (lambda: x + np.array([1, None]), ExpressionError, "expected numbers"),
]


@pytest.mark.parametrize("case", range(len(BAD)))
def test_bad_input_gives_one_sentence(case):
    function, error, said = BAD[case]
    with pytest.raises(error) as caught:
        function()
    assert said in str(caught.value)
    if isinstance(caught.value, WengertError) and not str(caught.value).startswith("dim:"):
        assert "test_library.py:" in str(caught.value) and "\n" not in str(caught.value)


def test_a_composition_knows_the_users_line():
    own = input(name="composed", type=Type("float64", (7, 11)))  # a size of its own: constants spread over it are no other test's
    node = wl.softmax(own + 1.25)
    lines = {n.source for n in postorder([node]) if n.op.name != "input" and n.op.name != "const"}
    assert {source[0] for source in lines} == {__file__} and len(lines) == 1


def test_numpy_and_language_names_agree():
    for name in wl.NAMES:
        assert callable(getattr(wl, name))


def test_fmod_has_the_sign_of_its_first_argument_also_at_zero():
    x, y = np.array([-0.0, 0.0, -4.0, 4.0, -5.0]), np.array([2.0, -2.0, 2.0, -2.0, 3.0])
    got = run(np.fmod, x, y)
    np.testing.assert_array_equal(got, np.fmod(x, y))
    np.testing.assert_array_equal(np.signbit(got), np.signbit(x))


def test_vander_has_ones_also_for_infinity_and_polyval_keeps_integers():
    np.testing.assert_array_equal(run(lambda x: np.vander(x, 2), np.array([np.inf, 2.0])), [[np.inf, 1], [2, 1]])
    check(lambda x: np.polyval([1, 2], x), np.array([3, -4]))


def test_iota_of_an_axis_that_is_not_there():
    with pytest.raises(ShapeError, match=r"iota: a shape of rank 2 has no axis 5"):
        wl.iota((2, 3), axis=5)


@pytest.mark.parametrize("values", list(itertools.product([0.0, 2.0, np.inf, -np.inf, np.nan], repeat=3)))
def test_interp_between_infinities(values):
    at = np.array([-1, 0, 0.25, 1, 1.5, 2, 3, np.inf, -np.inf, np.nan])
    check(lambda x: np.interp(x, [0.0, 1.0, 2.0], values), at)


def test_interp_of_one_point():
    check(lambda x: np.interp(x, [1.0], [5.0]), np.array([0.5, 1.0, 2.0]))
