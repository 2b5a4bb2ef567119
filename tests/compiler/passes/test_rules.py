"""Every rule fires, keeps a graph well formed, and keeps its promise: exact ones the bits, real ones the accuracy.

For each rule there is a small graph on which it fires; the golden files show it before and after.
"""
import itertools
import re
from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from wengert.compiler.passes import cancellation, canonical, cheaper, fold, inline, movement, overflow, pipeline, stabilize
from wengert.compiler.passes.rewrite import Fired, rewrite
from wengert.compiler.passes.rule import EXACT, REAL, Rule, exact, real
from wengert.compiler.passes.table import Table
from wengert.ir import library as wg
from wengert.ir import ops
from wengert.ir.errors import GraphError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import Node, postorder
from wengert.ir.text import dump
from wengert.ir.types import Type
from wengert.ir.verify import verify

OWN = [r for r in canonical.RULES if r not in fold.RULES and r not in movement.RULES]
TABLES: dict[str, list[Rule]] = {
    "inline": inline.RULES, "canonical": OWN, "movement": movement.RULES, "fold": fold.RULES,
    "stabilize": [r for r in stabilize.RULES if r not in (*cancellation.RULES, *overflow.RULES)],
    "cancellation": cancellation.RULES, "overflow": [*overflow.RULES, *overflow.BEFORE],
    "cheaper": cheaper.RULES,
}
RULES = [rule for rules in TABLES.values() for rule in rules]
CONSTANTS = (3.0, -3.0, 4.0, -0.25)  # what k, k1, k2 are, unless the rule's condition wants another


def symbol(name: str, *shape: object, dtype: str = "float64") -> Node:
    return ops.input(name=name, type=Type(dtype, shape))


def body(*results: Node) -> Graph:
    return Graph("body", [symbol("p0", "n"), symbol("p1", "n")], results)


x, y, c = symbol("x", "n"), symbol("y", "n"), symbol("c", "n", dtype="bool")
s, v, w, m, b, i = symbol("s"), symbol("v", 3), symbol("w", 4), symbol("m", 3, 4), symbol("b", 2, 3, 4), symbol("i", "n", dtype="int64")
p, q, r = symbol("p", 50, 2), symbol("q", 2, 60), symbol("r", 60)
a, e = symbol("a", "n", 3), symbol("e", "n", 4)
f32 = symbol("f", "n", dtype="float32")
p0, p1 = symbol("p0", "n"), symbol("p1", "n")


def over(node: Node, shape: tuple[object, ...], axes: tuple[int, ...]) -> Node:
    return ops.broadcast(node, shape=Type("float64", shape).shape, axes=axes)


def custom(*results: Node) -> Node:
    return ops.custom(x, y, body=body(*results), jvp=None, vjp=None)


FUNCTIONS: dict[str, Node] = {
    "stop_gradient done": wg.stop_gradient(x) * y,
    "custom inlined": custom(p0 * wg.sin(p1)),
    "part of custom inlined": ops.item(custom(p0 + p1, wg.cos(p0)), index=1),
    "composition written out": ops.erf2(x, y),
    "integral as a sum over nodes": ops.integral(
        p0, p1, body=Graph("area", [p0], [wg.exp(p0)]), from_infinity=False, to_infinity=False),
    "constant to the right": 3.0 * x,
    "plus zero": wg.concatenate([wg.sqrt(x * x + y) + 0.0, (x + 1e-9) + 0.0, wg.abs(x) + 0.0]),
    "norm that is not zero": wg.hypot(x, 1e-3) == 0.0,
    "condition known": wg.where(True, x, y),
    "logic with a constant": c & True,
    "power zero or one": x**1,
    "integer to a power": i**5,
    "small power": wg.power(x, 3.0) + wg.power(x, -2.0),
    "large power": x**7,
    "constants folded": x * (wg.exp(wg.zeros(())) + 1),
    "uniform constant broadcast": v * np.full(3, 7.0),
    "broadcast to its own shape": over(v, (3,), (0,)),
    "broadcast twice": over(over(v, (3, 4), (0,)), (2, 3, 4), (1, 2)),
    "broadcast after arithmetic": wg.sin(over(v, (3, 4), (0,)) * over(s, (3, 4), ())),
    "moved constant": wg.reshape(over(s, (3, 4), ()), (12,)),
    "transposed broadcast": wg.transpose(over(m, (2, 3, 4), (1, 2)), (2, 0, 1)),
    "broadcast of size one": wg.reshape(over(m, (3, 1, 4), (0, 2)), (4, 3)),
    "reshaped to its own shape": ops.reshape(m, shape=(3, 4)),
    "reshaped twice": wg.reshape(wg.reshape(m, (2, 6)), (12,)),
    "transposed nowhere": ops.transpose(m, axes=(0, 1)),
    "transposed twice": wg.transpose(wg.transpose(b, (1, 2, 0)), (1, 0, 2)),
    "axes of size one transposed": wg.transpose(wg.reshape(b, (*b.shape, 1)), (0, 3, 1, 2)),
    "transposed concatenation": wg.transpose(wg.concatenate([b, b * 2.0], 1), (1, 2, 0)),
    "flipped twice": wg.flip(wg.flip(b, (0, 1)), (1, 2)),
    "flipped nowhere": ops.flip(b, axes=()),
    "slice of everything": ops.slice(a, starts=(0, 0), stops=a.type.shape, steps=(1, 1)),
    "slice of a slice": m[1:, 0:4:2][1:, 1:2],
    "slice of a concatenation": wg.concatenate([a, e], 1)[:, 4:6],
    "concatenation of one": ops.concatenate(v, axis=0),
    "padded by nothing": ops.pad(v, low=(0,), high=(0,), interior=(0,)),
    "cast to its own dtype": ops.cast(v, dtype="float64"),
    "cast twice": ops.cast(ops.cast(f32, dtype="float64"), dtype="int32"),
    "one minus tanh squared": 1 - wg.tanh(x) ** 2,
    "log of one minus exp": wg.log(1 - wg.exp(x)),
    "log of a sum of exps": wg.log(wg.sum(wg.exp(a), 1)),
    "softmax": wg.exp(a) / wg.sum(wg.exp(a), 1, keepdims=True),
    "log of softmax": wg.log(wg.exp(a) / wg.sum(wg.exp(a), 1, keepdims=True)),
    "log of many exps": wg.log(wg.exp(x) + wg.exp(y) + 2.0),
    "times constants without rounding": x * 3.0 * 5.0,
    "constant multiplied out": 3.0 - 3.0 * wg.cos(x),
    "log of a chosen sum": wg.log(wg.where(c, 1.0, x + 1)),
    "root of a quadratic": wg.sqrt(x * x * y * y - 4 * y + 1.0) - x * y,
    "power less one": 1 - wg.power(x, y),
    "exp over a square": y * wg.exp(x) / (wg.exp(x) + 1) ** 2,
    "over a sum of exps": wg.exp(x) / (2 * wg.exp(x) + wg.exp(y)),
    "hyperbolic functions of two arguments": 3 * y * wg.cosh(x + y) ** 2 / (wg.sinh(x) * wg.cosh(y)),
    "over what overflows": wg.exp(x) * y / (y * wg.expm1(x) * wg.cosh(x) ** 2),
    "times a reciprocal": x * wg.reciprocal(y),
    "reduced over nothing": ops.sum(m, axes=()),
    "reduced over one": wg.sum(symbol("o", 3, 1), 1),
    "extremum of a broadcast": wg.max(over(v, (3, 4), (0,)), 1),
    "sum of a broadcast": wg.sum(over(v, (3, 4), (0,)), (0, 1)),
    "reduced twice": wg.sum(wg.sum(b, 1), 1),
    "reduced transpose": wg.sum(wg.transpose(b, (1, 2, 0)), 1),
    "reduced reshape": wg.sum(wg.reshape(b, (6, 4))),
    "invariant factor out of a sum": wg.sum(b * over(v, (2, 3, 4), (1,)), 2),
    "matrix products in the cheaper order": p @ q @ r,
    "transposed product": wg.transpose(m @ b[0].T),
    "vector times transposed matrix": w @ m.T,
}


def constants(rule: Rule, names: list[str]) -> list[float]:
    for k in CONSTANTS:
        if rule.when is None or rule.when(*[np.float64(k) for _ in names]):
            return [k] * len(names)
    raise AssertionError(f"{rule.name}: no constant fulfils its condition")


def traced(rule: Rule, type: Type, k: float | None = None) -> tuple[list[Node], Node, Node]:
    """The inputs and both sides of a rule of two sides, for values of the type."""
    names = [v.attrs[0] for v in rule.traced[0]]
    chosen = iter(constants(rule, [n for n in names if n.startswith("k")]) if k is None else [k] * len(names))
    arguments: list[object] = []
    inputs: list[Node] = []
    for name in names:
        if name.startswith("k"):
            arguments.append(wg.full(type.shape, np.asarray(next(chosen), type.dtype)))
        else:
            arguments.append(ops.input(name=name, type=type.with_dtype("bool") if name.startswith("condition") else type))
            inputs.append(arguments[-1])  # type: ignore[arg-type]
    left, right = rule.sides(*arguments)  # type: ignore[misc]
    return inputs, left, right


def example(rule: Rule) -> Graph:
    """A graph on which the rule fires."""
    if rule.sides is not None:
        inputs, left, _ = traced(rule, Type("float64", ("n",)))
        return Graph("rule", inputs, [left])
    node = FUNCTIONS[rule.name]
    return Graph("rule", sorted((n for n in postorder([node]) if n.op is ops.input), key=lambda n: n.attrs[0]), [node])


SIDED = [rule for rule in RULES if rule.sides is not None]


def by_name(rules: list[Rule]) -> object:
    return pytest.mark.parametrize("rule", rules, ids=lambda rule: rule.name.replace(" ", "-"))


def fired(graph: Graph, real: bool = False, rule: Rule | None = None) -> tuple[Graph, set[str]]:
    """The graph after the pipeline, and the names of the rules that were met; before it, what is done before differentiation, for
    a rule that belongs there."""
    early = Fired()
    if rule in overflow.BEFORE:
        graph = graph.with_outputs(stabilize.stabilized(graph.outputs, fired=early))
    found, log = pipeline.run(graph, real=real, after=lambda name, after: verify(after))
    return found, {name for entry in log.passes for name, _ in entry.fired} | {name for name, _ in early.entries}


def test_names_are_unique() -> None:
    names = [rule.name for rule in RULES]
    assert {n for n in names if names.count(n) > 1} == {"constants folded"}  # a second root table of the same rule


@by_name(RULES)
def test_rule_fires(rule: Rule) -> None:
    optional = rule.kind == REAL and not rule.because
    assert rule.name in fired(example(rule), optional, rule)[1]
    if optional:
        assert rule.name not in fired(example(rule))[1]


@pytest.mark.parametrize("table", TABLES)
def test_golden(table: str, golden: Callable[[str, str], None]) -> None:
    """What each rule of a table does to its example, in the text form."""
    parts = []
    for rule in TABLES[table]:
        graph = example(rule)
        after, _ = fired(graph, rule.kind == REAL and not rule.because, rule)
        title = f"# {rule.name}: {rule.kind}{', ' + rule.because if rule.because else ''}"
        parts.append(f"{title}\n{dump(graph)}becomes\n{dump(after)}")
    golden(f"passes/{table}.txt", re.sub(r"  # test_.*", "", "\n".join(parts)))


# ------------------------------------------------------------------------------------------------------- exact rules

SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 2.2e-308, 1.7e308, -1.7e308, 0.5, 3.0, -7.25, 1e-8]


def values(type: Type, many: int) -> list[np.ndarray]:
    """Every combination of special values, then random ones."""
    draw = np.random.default_rng(0)
    if type.dtype.kind == "b":
        pool = np.array([False, True])
    elif type.dtype.kind == "i":
        info = np.iinfo(type.dtype)
        pool = np.array([0, 1, -1, 2, 7, -9, info.max, info.min, info.max // 3], type.dtype)
    else:
        with np.errstate(all="ignore"):
            pool = np.array(SPECIAL).astype(type.dtype)
    columns = [np.array(column) for column in zip(*itertools.product(pool, repeat=many))]
    if type.dtype.kind == "f":
        more = draw.standard_normal((many, 200)) * 10.0 ** draw.integers(-20, 20, (many, 200))
        columns = [np.concatenate([column, extra.astype(type.dtype)]) for column, extra in zip(columns, more)]
    return columns


def arguments(inputs: list[Node]) -> list[np.ndarray]:
    if not inputs:
        return []
    bools = [node for node in inputs if node.type.dtype.kind == "b"]
    others = [node for node in inputs if node.type.dtype.kind != "b"]
    columns = dict(zip(others, values(others[0].type, len(others)) if others else []))
    n = len(next(iter(columns.values()))) if others else 1
    repeated = 2 ** len(bools)
    found = {node: np.tile(column, repeated) for node, column in columns.items()}
    for k, node in enumerate(bools):
        found[node] = np.repeat(np.arange(repeated) >> k & 1, n).astype(bool)
    return [found[node] for node in inputs]


def same_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.dtype.kind != "f":
        return a == b
    return (np.isnan(a) & np.isnan(b)) | (a == b) & (np.signbit(a) == np.signbit(b))


def check_exact(rule: Rule, dtype: str, k: float | None = None) -> None:
    if rule.floats and dtype.startswith("int"):
        pytest.skip("for floats")
    inputs, left, right = traced(rule, Type(dtype, ("n",)), k)
    if any(node.op is ops.cast for node in postorder([left])):
        pytest.skip("its ops take floats only")
    right = wg.broadcast_to(right, left.type.shape) if right.type is not left.type else right
    given = arguments(inputs)
    a, b = evaluate(Graph("left", inputs, [left]), *given)[0], evaluate(Graph("right", inputs, [right]), *given)[0]
    bad = np.flatnonzero(~same_bits(a, b))
    assert not len(bad), f"{rule.name}: at {[g[bad[0]] for g in given]} {a[bad[0]]!r} became {b[bad[0]]!r}"


KS = [3.0, -3.0, 4.0, 0.25, -0.5, 1.0, -1.0, 0.0, -0.0, 1e300, 5e-324, np.inf, np.nan, 0.1]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32"])
@by_name([rule for rule in SIDED if rule.kind == EXACT])
def test_exact_rule_keeps_the_bits(rule: Rule, dtype: str) -> None:
    whole = dtype.startswith("int")
    constants: list[float | None] = [None]
    if any(v.attrs[0].startswith("k") for v in rule.traced[0]):
        with np.errstate(over="ignore"):
            as_type = [np.asarray(k, dtype) for k in KS if not whole or (float(k).is_integer() and abs(k) < 100)]
        constants = [float(k) for k in as_type if rule.when is None or ((not whole or not rule.floats) and rule.when(k))]
        if not constants:
            pytest.skip("no such constant")
    for k in constants:
        check_exact(rule, dtype, k)


def test_an_inexact_rule_is_caught() -> None:
    with pytest.raises(AssertionError, match="wrong"):
        check_exact(exact("wrong", lambda x: (x + 0.0, x)), "float64")


@by_name([rule for rule in RULES if rule.sides is None and rule.kind == EXACT])
def test_exact_function_keeps_the_bits(rule: Rule) -> None:
    graph = example(rule)
    sizes = dict.fromkeys(graph.sizes, 5)
    draw = np.random.default_rng(1)

    def array(type: Type) -> np.ndarray:
        shape = tuple(sizes[str(d)] if not isinstance(d, int) else d for d in type.shape)
        pool = values(type, 1)[0]
        return draw.choice(pool, shape)

    after = Graph("after", graph.inputs, rewrite(graph.outputs, Table([rule])))
    for _ in range(20):
        given = [array(node.type) for node in graph.inputs]
        for a, b in zip(evaluate(graph, *given), evaluate(after, *given)):
            assert np.all(same_bits(a, b))


# -------------------------------------------------------------------------------------------------------- real rules

MP = {
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b, "divide": lambda a, b: a / b,
    "negative": lambda a: -a, "reciprocal": lambda a: 1 / a, "square": lambda a: a * a, "power": lambda a, b: mpmath.power(a, b),
    "abs": abs, "exp": mpmath.exp, "log": mpmath.log, "expm1": mpmath.expm1, "log1p": mpmath.log1p, "sqrt": mpmath.sqrt,
    "sin": mpmath.sin, "cos": mpmath.cos, "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh, "erf": mpmath.erf,
    "erfc": mpmath.erfc, "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)), "softplus": lambda a: mpmath.log(1 + mpmath.exp(a)),
    "hypot": mpmath.hypot, "hypot3": lambda a, b, c: mpmath.sqrt(a * a + b * b + c * c),
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
}
POINTS = [1e-9, 1e-4, 0.03, 0.4, 1.0, 1.3, 2.5, 9.0, 30.0, 80.0, 400.0, 800.0]
WIDE = [1e-200, 3e-160, 1e-20, 1e20, 2e160, 1e200]
ALGEBRAIC = {
    "add", "subtract", "multiply", "divide", "negative", "reciprocal", "square", "power", "abs", "sqrt", "hypot", "hypot3", "log",
    "input", "const",
}


def exactly(root: Node, given: dict[Node, float]) -> "mpmath.mpf | None":
    """The value over the reals, or None where there is none."""
    known: dict[Node, mpmath.mpf] = {node: mpmath.mpf(v) for node, v in given.items()}
    try:
        for node in postorder([root], stop=known):
            if node.op is ops.const:
                known[node] = mpmath.mpf(node.attrs[0].array.item())
            else:
                known[node] = MP[node.op.name](*[known[arg] for arg in node.args])
    except (ZeroDivisionError, ValueError):
        return None
    value = known[root]
    return value if isinstance(value, mpmath.mpf) and mpmath.isfinite(value) else None


def error(found: float, true: "mpmath.mpf") -> float:
    """In units in the last place of the true value; of what overflows only the sign counts."""
    if abs(true) > 1.7976931348623157e308:
        return 0.0 if found == np.copysign(np.inf, float(mpmath.sign(true))) else np.inf
    if not np.isfinite(found):
        return np.inf
    return float(abs(mpmath.mpf(found) - true)) / float(np.spacing(np.abs(float(true))))


def check_real(rule: Rule) -> None:
    names, left, right = rule.traced
    inputs = [ops.input(name=v.attrs[0], type=Type("float64")) for v in names]
    points = POINTS + (WIDE if {n.op.name for n in postorder([left])} <= ALGEBRAIC else [])
    points = [sign * p for p in points for sign in (1, -1)]
    draw = np.random.default_rng(0)
    grid = list(itertools.product(points, repeat=len(names)))
    with mpmath.workdps(420):
        for k in draw.permutation(len(grid))[:100]:
            at = grid[k]
            true = exactly(left, dict(zip(names, at)))
            if true is None:
                continue
            a, b = (error(float(evaluate(Graph("side", inputs, [side]), *at)[0]), true) for side in (left, right))
            assert b <= max(a, 5), f"{rule.name} at {at}: {a} ulp became {b}, true {mpmath.nstr(true, 20)}"


@by_name([rule for rule in SIDED if rule.kind == REAL and rule.because])
def test_real_rule_loses_nothing(rule: Rule) -> None:
    check_real(rule)


@by_name([rule for rule in SIDED if rule.kind == REAL and not rule.because])
def test_optional_rule_is_near(rule: Rule) -> None:
    """What fastmath allows is still right where nothing overflows."""
    names, left, right = rule.traced
    given = np.random.default_rng(0).uniform(0.5, 2, (len(names), 100))
    inputs = [ops.input(name=v.attrs[0], type=Type("float64")) for v in names]
    for at in given.T:
        a, b = (evaluate(Graph("side", inputs, [side]), *at)[0] for side in (left, right))
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)


def test_a_lossy_rule_is_caught() -> None:
    with pytest.raises(AssertionError, match="lossy"):
        check_real(real("lossy", lambda x: (wg.log1p(x), wg.log(1 + x)), "none"))


@by_name([rule for rule in SIDED if rule.kind == REAL])
def test_real_rule_at_special_values(rule: Rule) -> None:
    """Where the left side is a number or an infinity by IEEE's rules, the right side is the same, or the left was wrong."""
    if rule.differs:
        pytest.skip("said in the rule")
    names, left, right = rule.traced
    inputs = [ops.input(name=v.attrs[0], type=Type("float64")) for v in names]
    for at in itertools.product([0.0, np.nan, np.inf, -np.inf], repeat=len(names)):
        a, b = (evaluate(Graph("side", inputs, [side]), *at)[0] for side in (left, right))
        if np.isnan(a) and any(map(np.isinf, at)):
            continue  # inf - inf and inf / inf: the right side may know the limit
        assert (np.isnan(a) and np.isnan(b)) or a == b, f"{rule.name} at {at}: {a} became {b}"


@by_name([rule for rule in RULES if rule.sides is None and rule.kind == REAL])
def test_real_function_is_near(rule: Rule) -> None:
    graph = example(rule)
    draw = np.random.default_rng(1)

    def array(type: Type) -> np.ndarray:
        return draw.uniform(0.5, 2, tuple(5 if not isinstance(d, int) else d for d in type.shape)).astype(type.dtype)

    after, _ = fired(graph, True, rule)
    given = [array(node.type) for node in graph.inputs]
    np.testing.assert_allclose(evaluate(after, *given)[0], evaluate(graph, *given)[0], rtol=1e-12)


def test_every_function_has_an_example() -> None:
    assert set(FUNCTIONS) == {rule.name for rule in RULES if rule.sides is None}


def test_a_circle_is_refused() -> None:
    x = ops.input(name="x", type=Type("float64"))
    table = Table([exact("there", lambda x: (wg.sin(x), wg.cos(x))), exact("back", lambda x: (wg.cos(x), wg.sin(x)))])
    with pytest.raises(GraphError, match="leads back to it"):
        rewrite([wg.sin(x)], table)


def test_a_rule_that_changes_the_type_is_refused() -> None:
    x = ops.input(name="x", type=Type("float64"))
    with pytest.raises(GraphError, match="wrong: a rule must keep the type, got bool for <sin: f64"):
        rewrite([wg.sin(x)], Table([exact("wrong", lambda x: (wg.sin(x), x > 0))]))
