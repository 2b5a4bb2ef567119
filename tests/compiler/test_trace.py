"""Plain functions: what is compiled for which calls, trees of arguments, transforms and how they nest, regions."""

from __future__ import annotations

import copy
import functools
import pickle
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

import wengert as wg

random = np.random.default_rng(3)
X, W = random.normal(size=(6, 3)), random.normal(size=3)


# ------------------------------------------------------------------------------------------------------------------ jit


def counted(f):
    """The function and the list of shapes that it was traced with."""
    seen = []

    @functools.wraps(f)
    def wrapper(*args, **options):
        seen.append(tuple(str(getattr(a, "type", a)) for a in args))
        return f(*args, **options)

    return wrapper, seen


def test_a_new_batch_size_compiles_nothing():
    f, seen = counted(lambda x, w: np.tanh(x @ w).sum(axis=0))
    g = wg.jit(f)
    for n in (6, 2, 64, 5, 6):
        x = random.normal(size=(n, 3))
        np.testing.assert_allclose(g(x, W), np.tanh(x @ W).sum())
    assert seen == [("f64[n,3]", "f64[3]")]


def test_sizes_0_and_1_and_inner_sizes_are_fixed():
    f, seen = counted(lambda x, w: (x * w).sum(axis=0))
    g = wg.jit(f)
    for n in (6, 1, 0, 7):
        np.testing.assert_allclose(
            g(random.normal(size=(n, 3)), W),
            g.fn(random.normal(size=(n, 3)), W) * 0 + g(np.ones((n, 3)), W) if n == 0 else g(X[:n], W) if n < 6 else g(X, W),
            rtol=9e9,
        )
    assert ("f64[n,3]", "f64[3]") in seen and ("f64[1,3]", "f64[3]") in seen and ("f64[0,3]", "f64[3]") in seen
    assert len(g.specialisations) == 3


def test_equal_leading_sizes_share_a_name():
    f, seen = counted(lambda x, y: x + y)
    g = wg.jit(f)
    np.testing.assert_array_equal(g(np.ones(5), np.ones(5)), 2 * np.ones(5))
    np.testing.assert_array_equal(g(np.ones(8), np.ones(8)), 2 * np.ones(8))
    assert seen == [("f64[n]", "f64[n]")]
    np.testing.assert_array_equal(g(np.ones(5), np.ones(1)), 2 * np.ones(5))
    with pytest.raises(wg.ShapeError, match=r"shapes \[5\] and \[4\] do not broadcast"):
        g(np.ones(5), np.ones(4))


def test_sizes_that_were_different_are_not_taken_for_equal():
    f, seen = counted(lambda x, y: 1.0 if x.shape[0] == y.shape[0] else 2.0)
    g = wg.jit(f)
    assert [g(np.ones(3), np.ones(4)), g(np.ones(5), np.ones(5)), g(np.ones(6), np.ones(9)), g(np.ones(4), np.ones(4))] == [
        2.0,
        1.0,
        2.0,
        1.0,
    ]
    assert len(seen) == 2


@pytest.mark.parametrize(
    "f",
    [
        lambda x: sum(x[i] * i for i in range(x.shape[0])),
        lambda x: x.reshape(2, -1).sum(axis=0),
        lambda x: x[:5] * 2,
        lambda x: np.split(x, 2)[1],
        lambda x: x if len(x) > 4 else -x,
        lambda x: x * float(x.shape[0]),
        lambda x: x + np.arange(x.shape[0]),
        lambda x: x + np.ones(len(x)),
    ],
)
def test_what_needs_a_size_as_a_number_is_traced_with_fixed_sizes(f):
    g = wg.jit(f)
    for n in (6, 4, 8):
        x = random.normal(size=n)
        np.testing.assert_allclose(g(x), f(x))


def test_guards_choose_between_symbolic_and_fixed():
    g = wg.jit(lambda x: x[:5].sum())
    for n in (7, 9, 3, 2, 20):
        assert g(np.ones(n)) == min(n, 5)
    assert [str(s.types[0]) for s in g.specialisations] == ["f64[n]", "f64[3]", "f64[2]"]


def test_dtypes_and_python_numbers():
    g = wg.jit(lambda x: x * 2)
    assert g(3.0) == 6.0 and isinstance(g(3.0), float)
    assert g(3) == 6 and isinstance(g(3), int)
    assert g(np.float64(1.5)) == 3.0
    for dtype in ("float32", "int32", "int64", "float64"):
        assert g(np.ones(3, dtype)).dtype == dtype
    assert (
        g(np.ones(3, "int8")).dtype == "int32" and g(np.ones(3, "uint32")).dtype == "int64" and g(np.ones(3, "float16")).dtype == "float32"
    )
    assert len(g.specialisations) == 6
    np.testing.assert_array_equal(wg.jit(lambda b: ~b)(np.array([True, False])), [False, True])
    np.testing.assert_array_equal(g(np.arange(6.0)[::2]), [0, 4, 8])


Pair = namedtuple("Pair", "a b")


@dataclass
class Layer:
    w: object
    b: object
    activation: str = "tanh"

    def __call__(self, x):
        return getattr(np, self.activation)(x @ self.w + self.b)


@dataclass(frozen=True)
class Net:
    layers: tuple
    scale: object
    note: str | None = None


def test_trees_of_every_kind():
    @wg.jit
    def f(net, data):
        x = data["x"]
        for layer in net.layers:
            x = layer(x)
        return {"y": Pair(x * net.scale, [x.sum()]), "net": net}

    net = Net((Layer(np.eye(3), np.zeros(3)), Layer(np.ones((3, 2)), np.ones(2), "sin")), 2.0)
    out = f(net, {"x": X})
    want = np.sin(np.tanh(X) @ np.ones((3, 2)) + 1)
    np.testing.assert_allclose(out["y"].a, 2 * want)
    np.testing.assert_allclose(out["y"].b[0], want.sum())
    assert type(out["y"]) is Pair and isinstance(out["net"], Net) and out["net"].layers[1].activation == "sin" and out["net"].note is None
    np.testing.assert_array_equal(out["net"].layers[0].w, np.eye(3))
    f(net, {"x": X[:4]})
    assert len(f.specialisations) == 1
    assert "net_layers_0_w" in f.lower(net, {"x": X}).dump("input")


def test_results_keep_their_structure():
    x = np.ones(2)
    assert isinstance(wg.jit(lambda x: (x, x + 1))(x), tuple)
    assert isinstance(wg.jit(lambda x: [x])(x), list)
    assert wg.jit(lambda x: (x.sum(),))(x) == (2.0,)
    assert wg.jit(lambda x: {"b": x.sum(), "a": None})(x) == {"b": 2.0, "a": None}
    assert wg.jit(lambda x: None)(x) is None
    assert wg.jit(lambda x: 7)(x) == 7
    assert wg.jit(lambda x: ((x.sum(), 1.0), 2))(x) == ((2.0, 1.0), 2)
    np.testing.assert_array_equal(wg.jit(lambda x: np.arange(3))(x), [0, 1, 2])
    assert wg.jit(lambda: 3.0)() == 3.0


def test_static_arguments():
    f, seen = counted(lambda x, n, mode="up": x**n if mode == "up" else -x)
    f.__signature__ = __import__("inspect").signature(lambda x, n, mode="up": 0)
    g = wg.jit(f, static_argnums=1, static_argnames="mode")
    assert (
        g(2.0, 3) == 8.0
        and g(2.0, 2) == 4.0
        and g(2.0, 3, mode="down") == -2.0
        and g(2.0, 3, "down") == -2.0
        and g(2.0, n=3) == 8.0
        and g(3.0, 3) == 27.0
    )
    assert len(seen) == 5
    h = wg.jit(static_argnames=("flag",))(lambda x, flag: x + 1 if flag else x)
    assert h(1.0, True) == 2.0 and h(1.0, flag=False) == 1.0
    with pytest.raises(wg.ExpressionError, match="must be hashable, got list"):
        g(2.0, [1])
    with pytest.raises(wg.ExpressionError, match="static_argnames has 'nothing'"):
        wg.jit(lambda x: x, static_argnames="nothing")
    with pytest.raises(wg.ExpressionError, match=r"got 'down' of str; name it in static_argnames"):
        wg.jit(lambda x, mode: x)(1.0, "down")


def test_keywords_and_defaults():
    g = wg.jit(lambda x, *rest, scale=1.0, **more: x * scale + sum(rest) + sum(more.values()))
    assert g(2.0) == 2.0 and g(2.0, scale=3.0) == 6.0 and g(2.0, 1.0, 1.0, scale=2.0, z=5.0) == 11.0


def test_a_method_can_be_jitted():
    class Model:
        rate = 3.0

        @wg.jit
        def double(x):
            return 2 * x

        @functools.partial(wg.jit, static_argnums=0)
        def scaled(self, x):
            return self.rate * x

    assert Model.double(2.0) == 4.0 and Model().scaled(2.0) == 6.0


BAD = [
    (lambda x: x if x > 0 else -x, 1.0, wg.ExpressionError, "wg.where(condition, a, b) or wg.cond"),
    (lambda x: float(x), 1.0, wg.ExpressionError, "no value yet"),
    (lambda x: np.asarray(x), 1.0, wg.ExpressionError, "no value yet"),
    (lambda x: list(x), 1.0, wg.ExpressionError, "has no length"),
    (lambda x: "text", 1.0, wg.ExpressionError, "must return arrays, got 'text' of str"),
    (lambda x: x @ np.ones(4), np.ones(3), wg.ShapeError, "matmul: inner sizes must be equal, got f64[3] and f64[4]"),
    (lambda x: x, np.array(["a"]), wg.DTypeError, "argument x: expected an array of float64, float32, int64, int32, bool, got one of <U1"),
    (lambda x: x, np.ones(2, complex), wg.DTypeError, "complex128"),
    (lambda x: x, object(), wg.ExpressionError, "static_argnames"),
]


@pytest.mark.parametrize("case", range(len(BAD)))
def test_bad_functions_and_arguments(case):
    f, x, error, said = BAD[case]
    with pytest.raises(error) as caught:
        wg.jit(f)(x)
    assert said in str(caught.value)
    if case in (0, 1, 2, 5):
        assert "test_trace.py:" in str(caught.value)


def test_jit_of_what_is_no_function():
    with pytest.raises(wg.ExpressionError, match="jit: expected a function, got 3 of int"):
        wg.jit(3)


# ------------------------------------------------------------------------------------------------------------ transforms


def numeric(f, x, h=1e-6):
    x = np.asarray(x, float)
    g = np.zeros(x.shape)
    for k in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[k] = h
        g[k] = (f(x + e) - f(x - e)) / (2 * h)
    return g


def test_grad_in_the_structure_of_the_argument():
    def loss(p, x, y):
        return np.mean((np.tanh(x @ p["w"] + p["b"]) - y) ** 2)

    p, y = {"w": W, "b": 0.3}, random.normal(size=6)
    value, g = wg.value_and_grad(loss)(p, X, y)
    np.testing.assert_allclose(value, loss(p, X, y))
    np.testing.assert_allclose(g["w"], numeric(lambda w: loss({"w": w, "b": 0.3}, X, y), W), rtol=1e-6)
    np.testing.assert_allclose(g["b"], numeric(lambda b: loss({"w": W, "b": b}, X, y), 0.3), rtol=1e-6)
    gx, gy = wg.grad(loss, argnums=(1, 2))(p, X, y)
    np.testing.assert_allclose(gx, numeric(lambda x: loss(p, x, y), X), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(wg.grad(loss, argnums=-1)(p, X, y), gy)
    assert wg.grad(loss, 1)(p, X[:4], y[:4]).shape == (4, 3)


def test_transforms_are_compiled_once():
    f, seen = counted(lambda x: (x * x).sum())
    for n in (3, 4, 5):
        np.testing.assert_array_equal(wg.grad(f)(np.ones(n)), 2 * np.ones(n))
    assert len(seen) == 1


def test_grad_with_other_results():
    f = lambda x: (x * x, {"double": 2 * x, "n": 3})  # noqa: E731
    assert wg.grad(f, has_aux=True)(3.0) == (6.0, {"double": 6.0, "n": 3})
    assert wg.value_and_grad(f, has_aux=True)(3.0) == ((9.0, {"double": 6.0, "n": 3}), 6.0)


def test_jacobians_of_trees():
    def f(p):
        return {"y": p["a"] * p["b"], "z": p["a"].sum()}

    p = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 4.0])}
    for transform in (wg.jacfwd, wg.jacrev, wg.jacobian):
        j = transform(f)(p)
        np.testing.assert_array_equal(j["y"]["a"], np.diag([3.0, 4.0]))
        np.testing.assert_array_equal(j["y"]["b"], np.diag([1.0, 2.0]))
        np.testing.assert_array_equal(j["z"]["a"], [1, 1])
        np.testing.assert_array_equal(j["z"]["b"], [0, 0])
    a = transform(lambda x, w: x @ w, argnums=(0, 1))(X, W)
    assert a[0].shape == (6, 6, 3)
    np.testing.assert_array_equal(a[1], X)


def test_hessian():
    f = lambda p: p["a"] ** 2 * p["b"]  # noqa: E731
    h = wg.hessian(f)({"a": 3.0, "b": 2.0})
    assert h == {"a": {"a": 4.0, "b": 6.0}, "b": {"a": 6.0, "b": 0.0}}
    np.testing.assert_allclose(wg.hessian(lambda x: np.sum(x**3) * x[0])(np.array([1.0, 2.0])), [[12.0, 12.0], [12.0, 12.0]])
    assert wg.hvp(lambda x: x**3, 2.0, 1.0) == 12.0


def test_jvp_and_vjp_of_functions():
    f = lambda x, p: (x * p["k"], {"s": x.sum()})  # noqa: E731
    args, dirs = (np.array([1.0, 2.0]), {"k": 3.0}), (np.array([1.0, 0.0]), {"k": 0.5})
    value, t = wg.jvp(f, args, dirs)
    np.testing.assert_array_equal(value[0], [3, 6])
    np.testing.assert_array_equal(t[0], [3.5, 1.0])
    assert t[1] == {"s": 1.0}
    value, pull = wg.vjp(f, *args)
    assert value[1] == {"s": 3.0}
    cx, cp = pull((np.array([1.0, 1.0]), {"s": 10.0}))
    np.testing.assert_array_equal(cx, [13, 13])
    assert cp == {"k": 3.0}
    with pytest.raises(wg.ExpressionError, match="tangents must be like the arguments: the structures differ"):
        wg.jvp(f, args, (1.0, 2.0, 3.0))


def test_transforms_nest_in_every_order():
    f = lambda x: np.sin(x) * x  # noqa: E731
    d2 = 2 * np.cos(0.7) - 0.7 * np.sin(0.7)
    for second in (
        wg.grad(wg.grad(f)),
        wg.jit(wg.grad(wg.grad(f))),
        wg.grad(wg.jit(wg.grad(wg.jit(f)))),
        wg.hessian(f),
        wg.jacfwd(wg.jacrev(f)),
        wg.jacrev(wg.jacfwd(f)),
        lambda x: wg.jvp(wg.grad(f), (x,), (1.0,))[1],
        lambda x: wg.vjp(wg.grad(f), x)[1](1.0)[0],
        wg.jit(lambda x: wg.jvp(lambda y: wg.jvp(f, (y,), (1.0,))[1], (x,), (1.0,))[1]),
    ):
        np.testing.assert_allclose(second(0.7), d2, rtol=1e-14)
    x = wg.symbol("x")
    np.testing.assert_allclose(wg.evaluate(wg.grad(wg.grad(f)(x), x), 0.7), d2, rtol=1e-14)


def test_perturbations_are_not_confused():
    assert wg.grad(lambda x: x * wg.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert wg.grad(lambda x: x * wg.grad(lambda y: x * y * y)(x))(2.0) == 24.0
    assert wg.grad(lambda x: x * wg.jvp(lambda y: x * y, (1.0,), (1.0,))[1])(3.0) == 6.0
    assert wg.jvp(lambda x: x * wg.grad(lambda y: x * y)(1.0), (3.0,), (1.0,)) == (9.0, 6.0)
    x = wg.symbol("x")  # an outer symbol of the same name as the parameter
    assert wg.evaluate(wg.grad(lambda x_: x_ * x)(x), 3.0) == 3.0

    def outer(x):
        inner = wg.jit(lambda y: x * y)  # captures x: runs as part of the outer trace
        return inner(2.0) + inner(x)

    assert wg.grad(outer)(3.0) == 8.0


def test_a_jitted_function_may_use_a_symbol_from_outside():
    a = wg.symbol("a")
    assert wg.evaluate(wg.jit(lambda y: a * y)(2.0), a=4.0) == 8.0


BAD_TRANSFORMS = [
    (
        lambda: wg.grad(lambda x: x)(3),
        wg.DTypeError,
        "grad: only floats have derivatives, got an argument i64; pass floats, or choose argnums",
    ),
    (
        lambda: wg.grad(lambda x: x)(np.ones(3)),
        wg.ShapeError,
        "grad: the function must return a scalar, got f64[3]; sum it, or use wg.jacrev",
    ),
    (lambda: wg.grad(lambda x: (x, x))(1.0), wg.ExpressionError, "must return one scalar, got 2 values"),
    (lambda: wg.grad(lambda x: x, argnums=1)(1.0), wg.ExpressionError, "argnums has 1, but the function got 1 positional argument"),
    (lambda: wg.grad(lambda x: x > 0)(1.0), wg.DTypeError, "only floats have derivatives"),
    (lambda: wg.grad(3.0), wg.ExpressionError, "grad: expected a node or a function, got 3.0 of float"),
    (lambda: wg.grad(wg.symbol("x")), wg.ExpressionError, "name the node or nodes"),
    (
        lambda: wg.value_and_grad(lambda x: x, has_aux=True)(1.0),
        wg.ExpressionError,
        "with has_aux the function must return (value, others)",
    ),
    (lambda: wg.vmap(lambda x: x, in_axes=1)(np.ones(3)), wg.ExpressionError, "in_axes must be 0 or None"),
    (
        lambda: wg.vmap(lambda x, y: x + y)(np.ones(3), np.ones(4)),
        wg.ShapeError,
        "batched arguments need one leading size, got f64[3] and f64[4]",
    ),
]


@pytest.mark.parametrize("case", range(len(BAD_TRANSFORMS)))
def test_bad_transforms(case):
    f, error, said = BAD_TRANSFORMS[case]
    with pytest.raises(error) as caught:
        f()
    assert said in str(caught.value)


def test_vmap():
    np.testing.assert_allclose(wg.vmap(lambda x, w: np.tanh(x @ w), in_axes=(0, None))(X, W), np.tanh(X @ W))
    np.testing.assert_allclose(wg.vmap(wg.grad(lambda x: (x**3).sum()))(X), 3 * X**2)
    np.testing.assert_allclose(wg.grad(lambda w: wg.vmap(lambda x: (x * w).sum())(X).sum())(W), X.sum(axis=0))


# --------------------------------------------------------------------------------------------------------------- regions


def test_cond():
    x, y = wg.symbol("x"), wg.symbol("y")
    node = wg.cond(x > 0, lambda v: {"r": wg.log(v) * y, "n": 1}, lambda v: {"r": 0.0, "n": 2.5}, x)  # y is captured
    assert wg.evaluate([node["r"], node["n"]], x=np.e, y=3.0) == (3.0, 1.0)
    assert wg.evaluate([node["r"], node["n"]], x=-1.0, y=3.0) == (0.0, 2.5)
    assert wg.evaluate(wg.cond(x > 0, lambda: x, lambda: -x), x=-2.0) == 2.0
    assert wg.cond(True, lambda v: v + 1, lambda v: v, 1) == 2
    with pytest.raises(wg.DTypeError, match="cond: the condition must be a bool scalar, got f64"):
        wg.cond(x, lambda: x, lambda: x)
    with pytest.raises(wg.ShapeError, match=r"must return one shape, got f64 and f64\[2\]"):
        wg.cond(x > 0, lambda: x, lambda: wg.zeros(2))
    with pytest.raises(wg.ExpressionError, match="both branches must return the same: the structures differ"):
        wg.cond(x > 0, lambda: x, lambda: (x, x))


def test_scan():
    x, k = wg.symbol("x", ("n",)), wg.symbol("k")
    last, sums = wg.scan(lambda c, v: (c + k * v, c), 0, x)  # a weak start, a captured symbol
    got = wg.evaluate([last, sums], x=np.array([1.0, 2.0, 3.0]), k=2.0)
    assert got[0] == 12.0
    np.testing.assert_array_equal(got[1], [0, 2, 6])
    got = wg.evaluate(wg.scan(lambda c, v: (c + v, c), 0.0, x, reverse=True)[1], x=np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(got, [5, 3, 0])
    carry, none = wg.scan(lambda c, _: ({"a": c["b"], "b": c["a"] + c["b"]}, None), {"a": k, "b": k}, length=5)
    assert wg.evaluate(carry["b"], k=1.0) == 13.0 and none is None
    assert wg.evaluate(wg.scan(lambda c, v: (c, v), 0.0, x)[1], x=np.zeros(0)).shape == (0,)
    for bad, error, said in [
        (lambda: wg.scan(lambda c, v: c, 0.0, x), wg.ExpressionError, "must return a pair"),
        (lambda: wg.scan(lambda c, v: (wg.zeros(2), v), 0.0, x), wg.ShapeError, "keep its shape"),
        (lambda: wg.scan(lambda c, v: (c, v), 0.0, (x, wg.zeros(3))), wg.ShapeError, "one leading size"),
        (lambda: wg.scan(lambda c, v: (c, v), 0.0), wg.ExpressionError, "a length is needed"),
        (lambda: wg.scan(lambda c, v: (c, v), 0.0, k), wg.ShapeError, "needs a leading axis"),
        (lambda: wg.scan(lambda c, v: ((c, c), v), 0.0, x), wg.ExpressionError, "keep its structure"),
    ]:
        with pytest.raises(error, match=said):
            bad()


def test_custom_derivative():
    @wg.custom_derivative
    def f(x, y):
        return x * y

    f.defvjp(lambda args, result, ct: (ct * 100.0, ct * args[0]))
    f.defjvp(lambda args, result, tangents: tangents[0] * 7.0 + args[0] * tangents[1] + 0 * result)
    assert f(2.0, 3.0) == 6.0
    assert wg.grad(f, argnums=(0, 1))(2.0, 3.0) == (100.0, 2.0)
    assert wg.jvp(f, (2.0, 3.0), (1.0, 0.0)) == (6.0, 7.0)
    assert wg.grad(wg.grad(f, argnums=1))(2.0, 3.0) == 1.0
    x = wg.symbol("x")
    assert wg.evaluate(wg.grad(f(x, x), x), 2.0) == 102.0
    tree = wg.custom_derivative(lambda p: {"y": p["a"] * 2}, vjp=lambda args, result, ct: ({"a": ct["y"] + result["y"]},))
    assert wg.grad(lambda p: tree(p)["y"])({"a": 5.0}) == {"a": 11.0}
    with pytest.raises(wg.GraphError, match="uses the outer symbol"):
        wg.custom_derivative(lambda y: y * x, vjp=lambda a, y, c: c)(2.0)
    with pytest.raises(wg.ShapeError, match=r"the vjp rule of function must return f64\[3\], got f64"):
        wg.grad(lambda v: wg.custom_derivative(lambda y: y * 2, vjp=lambda a, y, c: c.sum())(v).sum())(np.ones(3))
    with pytest.raises(wg.GraphError, match="forward mode needs a jvp rule"):
        wg.jvp(wg.custom_derivative(lambda y: y * 2, vjp=lambda a, y, c: c), (1.0,), (1.0,))


def test_stop_gradient():
    assert wg.grad(lambda x: wg.stop_gradient(x) * x)(3.0) == 3.0


@wg.jit
def travelling(x):
    return x * 2.0


def test_a_jitted_function_travels_by_its_name():
    assert pickle.loads(pickle.dumps(travelling)) is travelling and copy.deepcopy(travelling) is travelling
