"""Every kind of mistake a person can make, through the public face: one sentence, the right class, and nothing changed.

The messages are pinned whole, but for the file and line at their end. Operands differ in size and type, so that a
message that swaps what was expected and what came is found.
"""
from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as wg

X = wg.symbol("x", ("m", 4))
Y = wg.symbol("y", "m")
V, W = wg.symbol("v", 3), wg.symbol("w", 4)
H = wg.symbol("h", (2, 3), "float32")
S = wg.symbol("s")
K = wg.symbol("k", 3, "int64")
B = wg.symbol("b", 5, "bool")

F = wg.function([X, W], [np.sum(X @ W), X @ W], name="f")
A4, A34 = np.arange(4.0), np.arange(12.0).reshape(3, 4)


def refused(call: Callable[[], Any], kind: type[Exception], message: str) -> None:
    """The call raises exactly this class with exactly this message, lines of files left out."""
    with pytest.raises(wg.WengertError) as caught:
        call()
    assert type(caught.value) is kind
    said = re.sub(r" \((made at )?\w+\.py:\d+\)", "", str(caught.value))  # a symbol is shared with whoever made it first
    assert said == message
    assert "\n" not in said and "Traceback" not in said and len(said) < 200


def named(cases: list[tuple[Any, ...]]) -> Any:
    return pytest.mark.parametrize(("call", "kind", "message"), cases, ids=[message[:60] for *_, message in cases])


def test_the_classes_are_python_s_own_kinds_too():
    for kind, base in ((wg.ShapeError, ValueError), (wg.DTypeError, TypeError), (wg.GraphError, ValueError), (wg.ParseError, ValueError),
                       (wg.ExpressionError, TypeError), (wg.ArgumentError, ValueError)):
        assert issubclass(kind, wg.WengertError) and issubclass(kind, base)


# ------------------------------------------------------------------------------------------------------ building a graph

@named([
    (lambda: V + W, wg.ShapeError, "add: shapes [3] and [4] do not broadcast"),
    (lambda: X + Y, wg.ShapeError,
     "add: shapes [m,4] and [m] do not broadcast; sizes known at the call must have one name to be equal"),
    (lambda: np.maximum(V, W), wg.ShapeError, "maximum: shapes [3] and [4] do not broadcast"),
    (lambda: np.where(B, V, W), wg.ShapeError, "where: shapes [5] and [3] and [4] do not broadcast"),
    (lambda: X @ V, wg.ShapeError, "matmul: inner sizes must be equal, got f64[m,4] and f64[3]"),
    (lambda: V @ S, wg.ShapeError, "matmul: operands must have at least one axis, got f64[3] and f64; multiply scalars with *"),
    (lambda: np.einsum("ij,jk->ik", H, H), wg.ShapeError, "einsum: index 'j' has the sizes 3 and 2"),
    (lambda: np.concatenate([V, H]), wg.ShapeError, "concatenate: arrays must have equally many axes, got f64[3] and f64[2,3]"),
    (lambda: np.stack([V, W]), wg.ShapeError, "stack: arrays must have one shape, got f64[3] and f64[4]"),
    (lambda: V.reshape(2, 2), wg.ShapeError, "reshape: cannot reshape f64[3] into [2,2]: the numbers of elements differ"),
    (lambda: X.reshape(-1, 3), wg.ShapeError,
     "reshape: f64[m,4] has 4*m elements, which 3 does not divide for the sizes [1,3] with -1"),
    (lambda: np.broadcast_to(V, (3, 2)), wg.ShapeError, "broadcast_to: shapes [3] and [3,2] do not broadcast"),
    (lambda: np.sum(V, axis=1), wg.ShapeError, "sum: f64[3] has no axis 1"),
    (lambda: np.tril(S), wg.ShapeError, "tril: needs a matrix, got f64"),
    (lambda: np.diagonal(V), wg.ShapeError, "diagonal: needs two axes, got f64[3]"),
    (lambda: V[1, 2], wg.ShapeError, "index: f64[3] has 1 axes, the index is for 2"),
    (lambda: V[3], wg.ShapeError, "index: 3 is out of bounds for axis 0 of f64[3]"),
    (lambda: V[[0, -4]], wg.ShapeError, "index: -4 is out of bounds for axis 0 of f64[3]"),
    (lambda: np.max(wg.symbol("e", (2, 0)), axis=1), wg.ShapeError, "max: an empty axis of f64[2,0] has no max"),
])
def test_shapes_and_ranks(call, kind, message):
    refused(call, kind, message)


@named([
    (lambda: V + 1j, wg.DTypeError, "constant: complex numbers are not supported, got 1j; split real and imaginary parts"),
    (lambda: K + 2**70, wg.DTypeError, "constant: 1180591620717411303424 does not fit int64"),
    (lambda: ~S, wg.DTypeError, "logical_not: takes bool, got float64; compare first, as in x != 0"),
    (lambda: B - B, wg.DTypeError, "subtract: has no meaning on bool; use logical_xor"),
    (lambda: np.where(V, W, W), wg.DTypeError, "where: the condition must be bool, got f64[3]; compare first, as in x != 0"),
    (lambda: W[V], wg.DTypeError, "index: an index must be of integers, got f64[3]"),
    (lambda: W[0.5], wg.DTypeError, "index: an index must be of integers or bool, got float64"),
    (lambda: V.astype("complex128"), wg.DTypeError, "dtype: expected one of float64, float32, int64, int32, bool, got complex128"),
])
def test_dtypes(call, kind, message):
    refused(call, kind, message)


@named([
    (lambda: V + "a", wg.ExpressionError, "constant: expected numbers or symbols, got 'a' of str"),
    (lambda: V + None, wg.ExpressionError, "constant: expected numbers or symbols, got None of NoneType"),
    (lambda: V + np.array([1, None, 2]), wg.ExpressionError,
     "constant: expected numbers or symbols, got array([1, None, 2], dtype=object) of ndarray"),
    (lambda: np.linalg.pinv(H), wg.ExpressionError, "np.linalg.pinv: is not available on symbolic values"),
    (lambda: np.exp(V, out=np.zeros(3)), wg.ExpressionError, "np.exp: the option out= is not supported on symbolic values"),
    (lambda: wg.exp(S, S), wg.ExpressionError, "exp: takes 1 argument, got 2"),
    (lambda: wg.add(S), wg.ExpressionError, "add: takes 2 arguments, got 1"),
    (lambda: wg.arange(0, 5, 0), wg.ExpressionError, "arange: the step cannot be 0"),
    (lambda: np.var(V, ddof="a"), wg.ExpressionError, "var: ddof must be a number, got 'a' of str"),
    (lambda: np.cov(H, ddof=[]), wg.ExpressionError, "cov: ddof must be a number, got [] of list"),
    (lambda: pow(V, 2, 3), wg.ExpressionError, "v: a symbolic f64[3] has no pow with a modulus; write x ** y % m"),
    (lambda: V[S:], wg.ExpressionError,
     "index: a slice bound must be an integer or a size, got a symbolic f64; use take with positions, or wg.where"),
    (lambda: V[V > 0], wg.ExpressionError,
     "index: a symbolic mask bool[3] selects a number of elements that no shape can say; use wg.where(mask, x, 0), "
     "or a sum of masked elements"),
    (lambda: V.__setitem__(0, 1.0), wg.ExpressionError,
     "v: a symbolic f64[3] cannot be changed in place; build a new one with wg.where, wg.concatenate or wg.stack"),
])
def test_what_is_no_expression(call, kind, message):
    refused(call, kind, message)


TRUTH = "its truth is known only at the call; use wg.where(condition, a, b) or wg.cond instead of `if`"
NUMBER = "it is a node of a graph, not a number; compile it with wg.function or jit to get numbers"


@named([
    (lambda: 1 if S > 0 else 0, wg.ExpressionError, f"greater: a symbolic bool has no value yet: {TRUTH}"),
    (lambda: bool(V), wg.ExpressionError, f"v: a symbolic f64[3] has no value yet: {TRUTH}"),
    (lambda: S in [1, 2], wg.ExpressionError, f"equal: a symbolic bool has no value yet: {TRUTH}"),
    (lambda: max(S, 1), wg.ExpressionError, f"less: a symbolic bool has no value yet: {TRUTH}"),
    (lambda: float(S), wg.ExpressionError, f"s: a symbolic f64 has no value yet: {NUMBER}"),
    (lambda: int(S * 2), wg.ExpressionError, f"multiply: a symbolic f64 has no value yet: {NUMBER}"),
    (lambda: range(K[0]), wg.ExpressionError, f"reshape: a symbolic i64 has no value yet: {NUMBER}"),
    (lambda: np.asarray(V), wg.ExpressionError,
     "v: a symbolic f64[3] has no value yet: it is a node of a graph and has no elements yet; compile it with wg.function or jit"),
    (lambda: len(S), wg.ExpressionError, "s: a symbolic f64 is a scalar, which has no length and cannot be iterated over"),
    (lambda: list(S), wg.ExpressionError, "s: a symbolic f64 is a scalar, which has no length and cannot be iterated over"),
    (lambda: len(Y), wg.ShapeError,
     "dim: the size m is known only at the call, so it cannot be used as a Python integer; use array operations, or a fixed "
     "size in the symbol's shape"),
    (lambda: list(Y), wg.ShapeError,
     "dim: the size m is known only at the call, so it cannot be used as a Python integer; use array operations, or a fixed "
     "size in the symbol's shape"),
])
def test_python_asks_for_a_value(call, kind, message):
    refused(call, kind, message)


def test_a_line_is_named():
    with pytest.raises(wg.ExpressionError, match=r" \(test_bad_input\.py:\d+\)$"):
        wg.jit(lambda x: x if x > 0 else -x)(1.0)


NAME = "symbol: a name must be an identifier such as 'x', got "
SIZE = "symbol 'x': shape: a size must be an int, a name such as 'n' or a polynomial such as '2*n-1', got "


@named([
    *[(lambda name=name: wg.symbol(name), wg.ExpressionError, NAME + repr(name)) for name in ("", "1a", "a b", "for", "#0", 3, None)],
    (lambda: wg.symbol("x", -1), wg.ShapeError, "symbol 'x': shape: a size must not be negative, got -1"),
    (lambda: wg.symbol("x", 2**63), wg.ShapeError, "symbol 'x': shape: a size must be below 2**63, got 9223372036854775808"),
    (lambda: wg.symbol("x", "n m"), wg.ShapeError, SIZE + "'n m'"),
    (lambda: wg.symbol("x", ("n", "2n")), wg.ShapeError, SIZE + "'2n'"),
    (lambda: wg.symbol("x", (S,)), wg.ShapeError,
     "symbol 'x': shape: a size must be an int or a name such as 'n', got <input 's': f64>"),
    (lambda: wg.symbol("x", 2.5), wg.ExpressionError, "symbol 'x': shape: expected sizes, got 2.5"),
    (lambda: wg.symbol("x", (), "complex64"), wg.DTypeError,
     "symbol 'x': dtype: expected one of float64, float32, int64, int32, bool, got complex64"),
])
def test_symbols(call, kind, message):
    refused(call, kind, message)


@named([
    (lambda: wg.function([S, S], S, name="f"), wg.GraphError, "f: an input is listed twice: s, s"),
    (lambda: wg.function([wg.symbol("s", 2), S], S, name="f"), wg.GraphError, "f: two inputs are called 's': f64[2] and f64"),
    (lambda: wg.function([S * 2], S, name="f"), wg.GraphError, "f: an input must be a symbol, got <multiply: f64>"),
    (lambda: wg.function(["s"], S, name="f"), wg.GraphError, "f: inputs must be symbols, got 's' of str"),
    (lambda: wg.function(None, S, name="f"), wg.GraphError, "f: inputs must be symbols, got None of NoneType"),
    (lambda: wg.function([S], S, name=3), wg.GraphError, "function: the name must be a str, got 3 of int"),
    (lambda: wg.function([S], [S, "a"], name="f"), wg.ExpressionError, "f: outputs must be nodes or numbers, got 'a' of str"),
    (lambda: wg.function([S], None, name="f"), wg.ExpressionError, "f: outputs must be nodes or numbers, got None of NoneType"),
    (lambda: wg.function([wg.symbol("out")], wg.symbol("out"), name="f"), wg.GraphError,
     "f: an input cannot be called 'out', as every call takes out=; rename it"),
    (lambda: wg.function([wg.symbol("z", "2*m-1")], S * 0 + wg.symbol("z", "2*m-1")[0], name="f"), wg.GraphError,
     "f: the symbol 's': f64 is used but is not listed as an input"),
    (lambda: wg.function([wg.symbol("z", "m*m-1")], wg.symbol("z", "m*m-1"), name="f"), wg.GraphError,
     "f: the size m does not follow from the axes of any input, so a call cannot tell m"),
])
def test_functions(call, kind, message):
    refused(call, kind, message)


# ------------------------------------------------------------------------------------------------------------ derivatives

SCALAR = "the cost must be a scalar, got f64[3]; sum or average it first, or use wg.jacobian, or wg.vjp with a cotangent"


@named([
    (lambda: wg.grad(V, V), wg.ShapeError, f"grad: {SCALAR}"),
    (lambda: wg.hessian(V, V), wg.ShapeError, f"hessian: {SCALAR}"),
    (lambda: wg.hvp(V, V, V), wg.ShapeError, f"hvp: {SCALAR}"),
    (lambda: wg.grad(np.sum(V), V + 1), wg.GraphError,
     "grad: wrt <add: f64[3]> is not in the graph of the outputs; differentiate by a symbol, or by the very node that the "
     "outputs were computed from"),
    (lambda: wg.grad(np.sum(V), "v"), wg.ExpressionError, "grad: wrt: expected a node or a list of nodes, got str"),
    (lambda: wg.grad(np.sum(V)), wg.ExpressionError, "grad: name the node or nodes by which to differentiate, as in grad(cost, w)"),
    (lambda: wg.grad(np.sum(V) * 1.0, K), wg.DTypeError,
     "grad: wrt: only floats have derivatives, got <input 'k': i64[3]>; cast it with astype"),
    (lambda: wg.grad("a", S), wg.ExpressionError, "grad: expected a node or a function, got 'a' of str"),
    (lambda: wg.jvp(V, V, W), wg.ShapeError, "jvp: the tangent of <input 'v': f64[3]> must be of its shape, got f64[4]"),
    (lambda: wg.hvp(np.sum(V**2), V, W), wg.ShapeError, "hvp: the tangent of <input 'v': f64[3]> must be of its shape, got f64[4]"),
    (lambda: wg.vjp([V * 2, V], V, [V]), wg.ShapeError, "vjp: expected a list of 2 cotangents, one for each node, got 1"),
    (lambda: wg.check_grad(np.sum(V), at={"v": np.ones(3), "q": 2}), wg.ArgumentError,
     "check_grad: there is no symbol 'q'; the symbols are v"),
    (lambda: wg.check_grad(np.sum(V), at={}), wg.ArgumentError, "check_grad: no value for the symbol 'v': f64[3]"),
    (lambda: wg.check_grad(np.sum(V), at={"v": np.array(["a"] * 3)}), wg.DTypeError,
     "check_grad: v: expected f64[3], got an array of <U1"),
])
def test_derivatives(call, kind, message):
    refused(call, kind, message)


def test_a_symbol_that_the_cost_does_not_use_has_gradient_zero():
    assert wg.evaluate(wg.grad(np.sum(V), W)).tolist() == [0, 0, 0, 0]


@named([
    (lambda: wg.grad(lambda a: a)(A34), wg.ShapeError, "grad: the function must return a scalar, got f64[3,4]; sum it, or use wg.jacrev"),
    (lambda: wg.grad(lambda a: a * 1.0)(3), wg.DTypeError,
     "grad: only floats have derivatives, got an argument i64; pass floats, or choose argnums"),
    (lambda: wg.grad(lambda a: (a, a))(3.0), wg.ExpressionError,
     "grad: the function must return one scalar, got 2 values; return auxiliary ones with has_aux=True"),
    (lambda: wg.grad(lambda a: a, argnums=2)(3.0), wg.ExpressionError, "grad: argnums has 2, but the function got 1 positional argument"),
    (lambda: wg.grad(lambda a: a, argnums="a"), wg.ExpressionError, "grad: argnums must be an int or several, got 'a'"),
    (lambda: wg.value_and_grad(3), wg.ExpressionError, "value_and_grad: expected a node or a function, got 3 of int"),
    (lambda: wg.jvp(lambda a: a, 3.0, 1.0), wg.ExpressionError, "jvp: primals must be a tuple of the function's arguments, got float"),
    (lambda: wg.vmap(lambda a: a)(3.0), wg.ShapeError, "vmap: a batched argument needs a leading axis, got f64; give it in_axes None"),
    (lambda: wg.vmap(lambda a, b: a * b)(np.ones(3), np.ones(4)), wg.ShapeError,
     "vmap: batched arguments need one leading size, got f64[3] and f64[4]"),
    (lambda: wg.cond(S, lambda: 1.0, lambda: 2.0), wg.DTypeError, "cond: the condition must be a bool scalar, got f64"),
    (lambda: wg.cond(S > 0, lambda: V, lambda: W), wg.ShapeError, "cond: both branches must return one shape, got f64[3] and f64[4]"),
    (lambda: wg.cond(S > 0, 1.0, 2.0), wg.ExpressionError, "cond: a branch must be a function, got 1.0 of float"),
    (lambda: wg.scan(lambda c, a: (c, c), S, length=-1), wg.ShapeError,
     "scan: the length must be a size, an int from 0 on or a name, got -1"),
    (lambda: wg.scan(lambda c, a: (c, c), S, length=(2, 3)), wg.ShapeError,
     "scan: the length must be a size, an int from 0 on or a name, got (2, 3)"),
    (lambda: wg.scan(3, S, V), wg.ExpressionError, "scan: the body must be a function, got 3 of int"),
    (lambda: wg.scan(lambda c, a: (V, c), S, W), wg.ShapeError, "scan: the carry must keep its shape, got f64 and after one step f64[3]"),
])
def test_transforms_and_regions(call, kind, message):
    refused(call, kind, message)


# -------------------------------------------------------------------------------------------------------------------- jit

@wg.jit
def scaled(params, x):
    return x * params["w"]


@named([
    (lambda: wg.jit(3), wg.ExpressionError, "jit: expected a function, got 3 of int"),
    (lambda: scaled({"w": "big"}, A4), wg.ExpressionError,
     "scaled: argument params_w: expected a number or an array, got 'big' of str; name it in static_argnames"),
    (lambda: scaled({"w": 2.0}, A4.astype(complex)), wg.DTypeError,
     "scaled: argument x: expected an array of float64, float32, int64, int32, bool, got one of complex128"),
    (lambda: scaled({"w": 2.0}, np.array([None, 1])), wg.DTypeError,
     "scaled: argument x: expected an array of float64, float32, int64, int32, bool, got one of object"),
    (lambda: scaled({"w": np.ones(3)}, A4), wg.ShapeError, "multiply: shapes [4] and [3] do not broadcast"),
    (lambda: wg.jit(lambda a, k: a * k, static_argnums=1)(A4, [1]), wg.ExpressionError,
     "lambda: the static argument 1 must be hashable, got list"),
    (lambda: wg.jit(lambda a, k: a * k, static_argnames="k")(A4, k=[1]), wg.ExpressionError,
     "lambda: the static argument k must be hashable, got list"),
    (lambda: wg.jit(lambda a, k: a, static_argnums=5), wg.ExpressionError, "jit: static_argnums has 5, but the parameters are a, k"),
    (lambda: wg.jit(lambda a, k: a, static_argnames="q"), wg.ExpressionError, "jit: static_argnames has 'q', but the parameters are a, k"),
    (lambda: wg.jit(lambda a: "q")(A4), wg.ExpressionError, "lambda: must return arrays, got 'q' of str"),
])
def test_jit(call, kind, message):
    refused(call, kind, message)
    assert scaled({"w": 2.0}, A4).tolist() == [0, 2, 4, 6]


# --------------------------------------------------------------------------------------------------------------- the call

SINGLE = wg.function([Y], Y * 2, name="single")
TYPED = {node: wg.function([node], node, name="g") for node in (S, K, H, B)}
CUT = wg.function([Y], Y[:5], name="cut")
LAST = wg.function([Y], Y[-1], name="last")
LARGEST = wg.function([Y], np.max(Y), name="largest")
PAIR = wg.function([Y, wg.symbol("z", "2*m-1"), wg.symbol("u", "m")],
                   np.sum(Y) + np.sum(wg.symbol("z", "2*m-1")) + np.sum(wg.symbol("u", "m")), name="pair")
DICT = wg.function([V], {"a": V + 1, "b": V[:2]}, name="d")


def read_only() -> np.ndarray:
    array = np.zeros(3)
    array.flags.writeable = False
    return array


@named([
    (lambda: F(), wg.ArgumentError, "f: missing arguments x: f64[m,4], w: f64[4]"),
    (lambda: F(A34), wg.ArgumentError, "f: missing argument w: f64[4]"),
    (lambda: F(w=A4), wg.ArgumentError, "f: missing argument x: f64[m,4]"),
    (lambda: F(A34, A4, A4), wg.ArgumentError, "f: takes 2 arguments (x, w), got 3"),
    (lambda: F(A34, A4, q=1), wg.ArgumentError, "f: unknown argument 'q'; it takes (x, w)"),
    (lambda: F(A34, A4, x=A34), wg.ArgumentError, "f: argument x is given twice, by position and by name"),
    (lambda: F(A34, np.zeros(5)), wg.ArgumentError, "f: argument w: expected f64[4], got float64 array of shape (5,)"),
    (lambda: F(A34[:, :3], A4), wg.ArgumentError, "f: argument x: expected f64[m,4], got float64 array of shape (3, 3)"),
    (lambda: F(A4, A4), wg.ArgumentError, "f: argument x: expected f64[m,4], got float64 array of shape (4,)"),
    (lambda: F(A34, 1.0), wg.ArgumentError, "f: argument w: expected f64[4], got the float 1.0"),
    (lambda: TYPED[S]([1.0]), wg.ArgumentError, "g: argument s: expected f64, got float64 array of shape (1,)"),
    (lambda: PAIR(np.zeros(3), np.zeros(5), np.zeros(4)), wg.ArgumentError, "pair: size m is 3 in y but 4 in u"),
    (lambda: PAIR(np.zeros(3), np.zeros(4), np.zeros(3)), wg.ArgumentError,
     "pair: argument z: expected f64[2*m-1] of shape (5,), as m is 3 in y; got float64 array of shape (4,)"),
    (lambda: CUT(np.zeros(4)), wg.ArgumentError, "cut: slice: 0:5 must lie in an axis of size m of f64[m] (m = 4)"),
    (lambda: LAST(np.zeros(0)), wg.ArgumentError, "last: slice: m-1:m must lie in an axis of size m of f64[m] (m = 0)"),
    (lambda: LARGEST(np.zeros(0)), wg.ArgumentError, "largest: max: axis 0 of f64[m] must not be empty (m = 0)"),
])
def test_arguments_of_a_call(call, kind, message):
    refused(call, kind, message)
    assert F(A34, A4)[1].tolist() == (A34 @ A4).tolist() and A4.tolist() == [0, 1, 2, 3]


@named([
    (lambda: TYPED[K](np.zeros(3)), wg.DTypeError,
     "g: argument k: expected i64[3], got float64 array of shape (3,); convert it with .astype('int64')"),
    (lambda: TYPED[K]([1.0, 2.0, 3.0]), wg.DTypeError, "g: argument k: expected i64[3], got a list of dtype float64"),
    (lambda: TYPED[H](np.zeros((2, 3))), wg.DTypeError,
     "g: argument h: expected f32[2,3], got float64 array of shape (2, 3); convert it with .astype('float32')"),
    (lambda: TYPED[B](np.zeros(5)), wg.DTypeError,
     "g: argument b: expected bool[5], got float64 array of shape (5,); convert it with .astype('bool')"),
    (lambda: TYPED[S](1j), wg.DTypeError, "g: argument s: expected f64, got the complex 1j"),
    (lambda: TYPED[S]("1"), wg.DTypeError, "g: argument s: expected f64, got a str"),
    (lambda: TYPED[S](None), wg.DTypeError, "g: argument s: expected f64, got None"),
    (lambda: TYPED[S](V), wg.DTypeError,
     "g: argument s: expected f64, got a symbolic f64[3]; a compiled function takes numbers and arrays"),
    (lambda: F(A34.astype(complex), A4), wg.DTypeError, "f: argument x: expected f64[m,4], got complex128 array of shape (3, 4)"),
    (lambda: F(A34, A4.astype(object)), wg.DTypeError, "f: argument w: expected f64[4], got object array of shape (4,)"),
])
def test_arguments_that_would_lose_value(call, kind, message):
    refused(call, kind, message)


TWO = "f: out: expected a tuple of 2 arrays or None, one for each output, got "
WANTED = "f: out[1]: expected a float64 array of shape (3,), got "


@pytest.mark.parametrize(("out", "kind", "message"), [
    (3, wg.ArgumentError, TWO + "the int 3"),
    ((None,), wg.ArgumentError, TWO + "1"),
    (lambda x: np.zeros(3), wg.ArgumentError, TWO + "float64 array of shape (3,)"),
    (lambda x: (None, np.zeros(5)), wg.ArgumentError, WANTED + "float64 array of shape (5,)"),
    (lambda x: (None, np.zeros(3, "float32")), wg.DTypeError, WANTED + "float32 array of shape (3,)"),
    (lambda x: (None, [0.0, 0.0, 0.0]), wg.ArgumentError, WANTED + "a list"),
    (lambda x: (None, read_only()), wg.ArgumentError, WANTED + "one that is read-only"),
    (lambda x: (None, x[:, 1]), wg.ArgumentError, "f: out[1] overlaps argument x in memory; give an array of its own"),
    (lambda x: (x[0, 0, ...], None), wg.ArgumentError, "f: out[0] overlaps argument x in memory; give an array of its own"),
])
def test_out(out, kind, message):
    x = A34.copy()
    given = out(x) if callable(out) else out
    before = [np.array(part) for part in given if part is not None] if isinstance(given, tuple) else []
    refused(lambda: F(x, A4, out=given), kind, message)
    assert x.tolist() == A34.tolist()
    if isinstance(given, tuple):
        for part, copy in zip([p for p in given if p is not None], before, strict=True):
            assert np.array(part).tolist() == copy.tolist()


def test_two_outs_that_overlap():
    both, whole = wg.function([Y], [Y + 1, Y * 2], name="both"), np.full(4, 7.0)
    refused(lambda: both(np.zeros(3), out=(whole[:3], whole[1:])), wg.ArgumentError,
            "both: out[1] overlaps out[0] in memory; give an array of its own")
    assert whole.tolist() == [7, 7, 7, 7]


def test_out_of_a_dict():
    refused(lambda: DICT(np.zeros(3), out={"q": np.zeros(3)}), wg.ArgumentError,
            "d: out: expected a dict of arrays by the names ['a', 'b'], got ['q']")
    refused(lambda: DICT(np.zeros(3), out=np.zeros(3)), wg.ArgumentError,
            "d: out: expected a dict of arrays by the names ['a', 'b'], got ndarray")


def test_a_wrong_out_of_a_dict_is_named_by_its_key():
    refused(lambda: DICT(np.zeros(3), out={"b": np.zeros(3)}), wg.ArgumentError,
            "d: out['b']: expected a float64 array of shape (2,), got float64 array of shape (3,)")
    both = np.zeros(3)
    refused(lambda: DICT(np.zeros(3), out={"a": both, "b": both[1:]}), wg.ArgumentError,
            "d: out['b'] overlaps out['a'] in memory; give an array of its own")


def test_a_guard_speaks_before_the_sizes_that_it_guards():
    odd = wg.function([Y, wg.symbol("z", "2*m-1")], np.sum(Y) + np.sum(wg.symbol("z", "2*m-1")), name="odd")
    refused(lambda: odd(np.zeros(0), np.zeros(3)), wg.ArgumentError,
            "odd: input: the size 2*m-1 of f64[2*m-1] must not be negative (m = 0)")


WIDE = wg.symbol("wide", ("rows", "columns"))
POWER = wg.function([wg.symbol("e", "side")], np.sum(wg.symbol("e", "side")) + wg.zeros(("side*side*side*side",)), name="power")
GRAM = wg.function([WIDE], WIDE.T @ WIDE, name="gram")


@named([
    (lambda: POWER(np.ones(65536)), wg.ArgumentError,
     "power: broadcast: the size side*side*side*side of f64[side*side*side*side] must be below 2**62, got 18446744073709551616 "
     "(side = 65536)"),
    (lambda: GRAM(np.zeros((0, 2**30))), wg.ArgumentError,
     "gram: matmul: the bytes of f64[columns,columns] must be below 2**62, got 9223372036854775808 (columns = 1073741824)"),
    (lambda: GRAM(np.zeros((2**31, 0))), wg.ArgumentError,
     "gram: matmul: the size rows of a matrix must be below 2**31, got 2147483648 (rows = 2147483648)"),
])
def test_sizes_that_64_bits_cannot_count(call, kind, message):
    refused(call, kind, message)


def test_sizes_that_would_wrap_around_to_right_ones_are_no_mistake():
    shifted = wg.function([Y], Y[:2] * np.sum(wg.ones(("m", 3))), name="shifted")
    assert shifted(np.ones(5)).tolist() == [15, 15]
    with pytest.raises(MemoryError):
        POWER(np.ones(16384))  # 2**56 elements can be counted, but not stored


@pytest.mark.parametrize("shape", [(2**50, 0), (0, 2**50)])
@pytest.mark.parametrize("value", [
    np.sum(WIDE), WIDE.T * 2 + 1, np.cumsum(WIDE, axis=0), np.cumsum(WIDE, axis=1),
    np.concatenate([WIDE, WIDE.T.reshape(WIDE.shape)]), np.prod(WIDE + 1) - 1,
], ids=lambda node: node.op.name)
def test_an_empty_array_has_no_iterations_however_long_its_other_axis_is(value, shape):
    result = wg.function([WIDE], value)(np.zeros(shape))
    assert result == 0 if value.type.ndim == 0 else result.size == 0


def test_a_huge_axis_of_an_empty_array_that_is_summed_away():
    over = wg.function([WIDE], [np.sum(WIDE, axis=0), np.sum(np.sin(WIDE) * WIDE[::-1], axis=0)])
    for part in over(np.zeros((2**50, 0))):
        assert part.shape == (0,)
    weighed = wg.function([WIDE], [np.sum(WIDE * np.sum(WIDE, axis=0)), np.sum(WIDE * WIDE[:, ::-1])])
    assert weighed(np.zeros((2**22, 0))) == (0, 0)  # its partial sums have a place each, and none is made


AT = wg.symbol("at", "count", "int64")
PICK = wg.function([Y, AT], [Y * 2, Y[AT], np.sum(Y[AT])], name="pick")
CHAIN = wg.function([Y, AT], wg.grad(np.sum(np.sin(Y)[AT[AT]] ** 2), Y), name="chain")


@named([
    (lambda: PICK(np.ones(3), np.array([0, 7, -9])), wg.ArgumentError,
     "pick: gather: the index 7 is out of bounds for an axis of size 3"),
    (lambda: PICK(np.ones(3), [2, -4]), wg.ArgumentError, "pick: gather: the index -4 is out of bounds for an axis of size 3"),
    (lambda: CHAIN(np.ones(9), np.array([0, 4, 1])), wg.ArgumentError,
     "chain: gather: the index 4 is out of bounds for an axis of size 3"),
    (lambda: CHAIN(np.ones(2), np.array([1, 2, 0])), wg.ArgumentError,
     "chain: gather: the index 2 is out of bounds for an axis of size 2"),
])
def test_an_index_out_of_bounds_at_a_call(call, kind, message):
    refused(call, kind, message)


def test_an_index_out_of_bounds_names_its_line_and_changes_nothing():
    outs = (np.full(3, 7.0), np.full(2, 7.0), np.full((), 7.0))
    strided = np.full(6, 7.0)[::2]
    for given in (outs, (*outs[:2], None), (strided, *outs[1:])):
        with pytest.raises(wg.ArgumentError, match=r" \(test_bad_input\.py:\d+\)$"):
            PICK(np.arange(3.0), np.array([1, 3]), out=given)
        assert all(part is None or np.all(part == 7) for part in given)
    assert PICK(np.arange(3.0), np.array([1, 2]), out=outs)[1] is outs[1]
    assert [part.tolist() for part in outs] == [[0, 2, 4], [1, 2], 3]


def test_empty_arrays_nan_and_infinity_are_no_mistakes():
    total, products = F(np.zeros((0, 4)), A4)
    assert total == 0 and products.shape == (0,)
    values = [np.nan, np.inf, -np.inf, -0.0]
    assert str(SINGLE(np.array(values)).tolist()) == str(values)
    assert str(TYPED[S](float("nan"))) == "nan" and TYPED[S](-np.inf) == -np.inf


def test_a_refused_call_writes_nothing():
    total, products = np.full((), 7.0), np.full(3, 7.0)
    for x, w in ((A34, np.zeros(5)), (A34.astype(complex), A4), (A34[:2], A4)):
        with pytest.raises(wg.WengertError):
            F(x, w, out=(total, products))
    assert total == 7 and products.tolist() == [7, 7, 7]
    assert F(A34, A4, out=(total, products))[1] is products and products.tolist() == (A34 @ A4).tolist()


# ---------------------------------------------------------------------------------------- looking, evaluating, saving

STAGES = "dump: expected a stage of input, optimized, kernels, llvm, asm, got "


@named([
    (lambda: F.dump("native"), wg.ArgumentError, STAGES + "'native'"),
    (lambda: F.dump([]), wg.ArgumentError, STAGES + "[]"),
    (lambda: F.cost().at(n=3), wg.ArgumentError, "cost: expected an integer for the size m, got None; it needs m"),
    (lambda: wg.dump("x"), wg.ExpressionError, "dump: expected a graph or a node, got 'x' of str"),
    (lambda: wg.parse(3), wg.ParseError, "parse: expected the text of a graph, got 3 of int"),
    (lambda: wg.evaluate(None), wg.ExpressionError, "evaluate: expected a graph, a node or a list of nodes, got None"),
    (lambda: wg.evaluate(V + 1), wg.ArgumentError, "expression: takes 1 argument (v), got 0"),
    (lambda: wg.evaluate(V + 1, q=1), wg.ArgumentError, "expression: has no input 'q'; it has v"),
    (lambda: wg.evaluate(V + 1, A4), wg.ArgumentError, "expression: argument v: expected f64[3], got shape [4]"),
    (lambda: wg.evaluate(V + 1, np.ones(3) * 1j), wg.DTypeError, "expression: argument v: expected f64[3], got dtype complex128"),
    (lambda: wg.evaluate(np.max(Y), np.zeros(0)), wg.ArgumentError,
     "expression: max: axis 0 of f64[m] must not be empty; got m = 0"),
])
def test_looking_and_evaluating(call, kind, message):
    refused(call, kind, message)


@pytest.mark.parametrize("damage", [
    lambda t: "", lambda t: "[]", lambda t: t[:60], lambda t: t.replace('"graph"', '"grap"'), lambda t: t.replace("matmul", "matmol"),
    lambda t: t.replace('"wengert": 2', '"wengert": 1'), lambda t: t.replace('"single": false', '"single": true'),
    lambda t: t.replace('"single": false', '"keys": ["a"]'), lambda t: json.dumps({**json.loads(t), "graph": 3}), lambda t: "\udcff",
    lambda t: "[" * 100000,
])
def test_a_damaged_file_is_named(damage, tmp_path: Path):
    file = tmp_path / "f.wg"
    F.save(file)
    file.write_bytes(damage(file.read_text()).encode("utf-8", "surrogateescape"))
    with pytest.raises(wg.ParseError, match=f"^load: {re.escape(str(file))}( |:)"):
        wg.load(file)


TEXT = wg.dump(wg.parse("""graph f(x: f64[n,3], y: f64[3]) {
  %0 = matmul x, y : f64[n]
  %1 = const [1.5, -2.0] : f64[2]
  %2 = sum %0 {axes=[0]} : f64
  %3 = slice %1 {starts=[1], stops=[2], steps=[1]} : f64[1]
  return %2, %3
}"""))


def _is_graph_or_points_at_the_mistake(text: str) -> bool:
    try:
        wg.parse(text)
    except wg.ParseError as error:
        said, shown, caret = str(error).split("\n")
        assert said.startswith(f"line {error.line}, column {error.column}: ") and caret.strip(" \t") == "^"
        lines = (text + "\n").split("\n")
        assert 1 <= error.line <= len(lines) and 1 <= error.column <= len(lines[error.line - 1]) + 1
        assert shown[2:] in lines[error.line - 1] + " "
        return False
    return True


def test_text_cut_off_anywhere():
    end = TEXT.rstrip()
    for k in range(len(end)):
        assert not _is_graph_or_points_at_the_mistake(end[:k])


@pytest.mark.parametrize("put", ["", "?", "7", "%", "]", "{", " ", '"', "\n", "é"])
def test_text_wrong_anywhere(put):
    for k in range(len(TEXT)):
        _is_graph_or_points_at_the_mistake(TEXT[:k] + put + TEXT[k + 1:])
    assert wg.dump(wg.parse(TEXT)) == TEXT


# ------------------------------------------------------------------------------------------------------------------ SymPy

def test_sympy():
    sympy = pytest.importorskip("sympy")
    a, b = sympy.symbols("a b")
    undefined = sympy.Function("q")(a)
    refused(lambda: wg.lambdify([a, b], undefined + b), wg.ExpressionError,
            "from_sympy: q(a): an undefined function has no numeric meaning; list it as an argument, or replace it with subs")
    refused(lambda: wg.lambdify([a], a + b), wg.ExpressionError,
            "from_sympy: b: it is not among the arguments; list it there, or give its value with subs")
    refused(lambda: wg.lambdify([a, a], a), wg.ExpressionError, "lambdify: the argument a is listed twice")
    refused(lambda: wg.lambdify([a, b], a * b, derivatives="slope"), wg.ExpressionError,
            "lambdify: derivatives must be None, 'gradient', 'jacobian' or 'hessian', got 'slope'")
    refused(lambda: wg.lambdify([a], "a+"), wg.ExpressionError, "from_sympy: a+: expected a SymPy expression, got str")
    refused(lambda: wg.lambdify([a], None), wg.ExpressionError, "from_sympy: None: expected a SymPy expression, got NoneType")
    refused(lambda: wg.to_sympy("a"), wg.ExpressionError, "to_sympy: expected a node, got 'a' of str")
    refused(lambda: wg.lambdify([a, b], a * b)(1.0), wg.ArgumentError, "lambdified: missing argument b: f64")
    assert wg.lambdify([a, undefined], a * undefined)(2.0, 3.0) == 6.0
