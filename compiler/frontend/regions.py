"""Control flow and custom derivatives: functions traced into the regions of `cond`, `scan` and `custom` nodes.

A body's symbols of an outer scope are captured: they become further arguments of the node. Read `ir/ops/regions.py`
for what the nodes mean.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...ir import ops
from ...ir.convert import as_node, common_dtype, convert
from ...ir.errors import DTypeError, ExpressionError, ShapeError
from ...ir.graph import Graph, close
from ...ir.node import Node, located, postorder
from ...ir.ops.regions import parts
from ...ir.provenance import current, within
from ...ir.types import Dim
from . import tree
from .trace import Jitted, closed, fresh, outputs_of

Function = Callable[..., Any]


def _symbols_of(outputs: Sequence[Node], own: Sequence[Node]) -> list[Node]:
    mine = set(own)
    return [node for node in postorder(outputs) if node.op is ops.input and node not in mine]


def _check_callable(what: str, *functions: object) -> None:
    for fn in functions:
        if not callable(fn) or isinstance(fn, Node):
            raise located(ExpressionError(f"{what} must be a function, got {fn!r} of {type(fn).__name__}"))


def cond(predicate: object, yes: Function, no: Function, *args: Any) -> Any:
    """yes(*args) or no(*args), of which only one is computed; both must return the same structure of the same types.

    predicate   a bool scalar; a Python bool simply chooses

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> str(wg.cond(x > 0, lambda v: wg.log(v), lambda v: 0.0, x).type)
    'f64'
    """
    if isinstance(predicate, (bool, np.bool_)):
        return (yes if predicate else no)(*args)
    _check_callable("cond: a branch", yes, no)
    with within(*current()):
        test = as_node(predicate)
        if test.type.dtype.kind != "b" or test.type.shape:
            raise located(DTypeError(f"cond: the condition must be a bool scalar, got {test.type}"))
        leaves, structure = tree.flatten(args)
        actual = [as_node(leaf) for leaf in leaves]
    parameters = [fresh(node.type) for node in actual]
    (first, built), (second, other) = (outputs_of("cond", f(*tree.unflatten(structure, parameters))) for f in (yes, no))
    tree.same_structure("cond: both branches must return the same", built, other, lambda said: located(ExpressionError(said)))
    with within(*current()):
        first, second = _of_one_type(first, second)
        captured = _symbols_of([*first, *second], parameters)
        graphs = [close(name, [*parameters, *captured], outs)[0] for name, outs in (("yes", first), ("no", second))]
        if not first:
            return tree.unflatten(built, [])
        node = ops.cond(test, *actual, *captured, yes=graphs[0], no=graphs[1])
        return tree.unflatten(built, parts(node))


def _of_one_type(first: Sequence[Node], second: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """The branches' results in their common dtypes; shapes must be equal already."""
    pairs = []
    for a, b in zip(first, second):
        if a.type.shape != b.type.shape:
            raise located(ShapeError(f"cond: both branches must return one shape, got {a.type} and {b.type}"))
        dtype = common_dtype([a, b])
        pairs.append((convert(a, dtype), convert(b, dtype)))
    return [a for a, _ in pairs], [b for _, b in pairs]


def scan(body: Function, init: Any, xs: Any = None, length: Any = None, reverse: bool = False) -> Any:
    """A loop over the leading axis of `xs`: carry, y = body(carry, x) for each x; returns the last carry and all y.

    init      the first carry, a tree whose types the body must keep
    xs        a tree of arrays with one leading size, or None with a `length`
    reverse   from the last element to the first; the y stay at their places

    >>> import wengert as wg
    >>> last, sums = wg.scan(lambda total, x: (total + x, total + x), 0.0, wg.symbol("x", ("n",)))
    >>> str(last.type), str(sums.type)
    ('f64', 'f64[n]')
    """
    _check_callable("scan: the body", body)
    with within(*current()):
        starts, carried = tree.flatten(init)
        rows, structure = tree.flatten(xs)
        starts, rows = [as_node(v) for v in starts], [as_node(v) for v in rows]
        size = _length(rows, length)
    for _ in range(4):  # a carry of a weak type, such as a Python 0, takes the type that the body gives it
        parameters = [fresh(n.type) for n in starts] + [fresh(n.type.with_shape(n.type.shape[1:])) for n in rows]
        carry = tree.unflatten(carried, parameters[:len(starts)])
        result = body(carry, tree.unflatten(structure, parameters[len(starts):]))
        if not isinstance(result, tuple) or len(result) != 2:
            raise located(ExpressionError("scan: the body must return a pair (carry, y)"))
        nexts, built = outputs_of("scan", result[0])
        ys, stacked = outputs_of("scan", result[1])
        tree.same_structure("scan: the carry must keep its structure", carried, built, lambda said: located(ExpressionError(said)))
        widened = [convert(a, common_dtype([a, b])) for a, b in zip(starts, nexts)]
        if all(a is b for a, b in zip(starts, widened)):
            break
        starts = widened
    nexts = [_kept(start, node) for start, node in zip(starts, nexts)]
    with within(*current()):
        graph, captured = close("body", parameters, [*nexts, *ys])
        node = ops.scan(
            *starts, *rows, *captured, body=graph, length=size, carries=len(starts), sequences=len(rows), reverse=bool(reverse),
        )
        results = parts(node)
        return tree.unflatten(carried, results[:len(starts)]), tree.unflatten(stacked, results[len(starts):])


def _kept(start: Node, node: Node) -> Node:
    if start.type.shape != node.type.shape:
        raise located(ShapeError(f"scan: the carry must keep its shape, got {start.type} and after one step {node.type}"))
    return convert(node, start.type.dtype)


def _given_length(length: Any) -> Dim:
    from ...ir.library.shapes import shape_from

    try:
        return shape_from((length,))[0]
    except ShapeError:
        raise located(ShapeError(f"scan: the length must be a size, an int from 0 on or a name, got {length!r}")) from None


def _length(rows: Sequence[Node], length: Any) -> Dim:
    size: Dim | None = None if length is None else _given_length(length)
    for node in rows:
        if not node.type.shape:
            raise located(ShapeError(f"scan: a sequence needs a leading axis, got {node.type}"))
        if size is None:
            size = node.type.shape[0]
        if node.type.shape[0] != size:
            raise located(ShapeError(f"scan: sequences must have one leading size, got {size} and {node.type}"))
    if size is None:
        raise located(ExpressionError("scan: without sequences a length is needed"))
    return size


class CustomDerivative:
    """A function with derivative rules of its own; see `custom_derivative`."""

    def __init__(self, fn: Function, jvp: Function | None, vjp: Function | None) -> None:
        self.fn, self.jvp, self.vjp = fn, jvp, vjp
        self.__name__ = getattr(fn, "__name__", "function").replace("<lambda>", "function")
        self.__doc__ = fn.__doc__
        self._compiled = Jitted(self._node, (), (), self.__name__)

    def defjvp(self, rule: Function) -> Function:
        """Use `rule(arguments, result, tangents) -> tangent of the result` in forward mode; a decorator."""
        self.jvp = rule
        self._compiled = Jitted(self._node, (), (), self.__name__)
        return rule

    def defvjp(self, rule: Function) -> Function:
        """Use `rule(arguments, result, cotangent) -> a cotangent for each argument` in reverse mode; a decorator."""
        self.vjp = rule
        self._compiled = Jitted(self._node, (), (), self.__name__)
        return rule

    def __call__(self, *args: Any) -> Any:
        return self._compiled(*args)

    def _node(self, *args: Any) -> Any:
        name = self.__name__
        with within(*current()):
            leaves, structure = tree.flatten(args)
            actual = [as_node(leaf) for leaf in leaves]
        parameters = [fresh(node.type) for node in actual]
        given = tree.unflatten(structure, parameters)
        outs, built = outputs_of(name, self.fn(*given))
        closed(f"custom_derivative: {name}", outs, parameters)
        results = [fresh(node.type) for node in outs]
        result = tree.unflatten(built, results)
        graphs: list[Graph | None] = []
        for kind, rule, seeds_like, wanted in (("jvp", self.jvp, parameters, outs), ("vjp", self.vjp, results, parameters)):
            if rule is None:
                graphs.append(None)
                continue
            seeds = [fresh(node.type) for node in seeds_like]
            seed = tree.unflatten(structure if kind == "jvp" else built, seeds)
            found = self._directions(kind, rule(given, result, seed), built if kind == "jvp" else structure, wanted)
            own = [*parameters, *results, *seeds]
            closed(f"custom_derivative: the {kind} rule of {name}", found, own)
            graphs.append(close(kind, own, found)[0])
        with within(*current()):
            node = ops.custom(*actual, body=close(name, parameters, outs)[0], jvp=graphs[0], vjp=graphs[1])
            return tree.unflatten(built, parts(node))

    def _directions(self, kind: str, value: Any, structure: Any, wanted: Sequence[Node]) -> list[Node]:
        """What a rule returned, as nodes of the types that it must have; one argument needs no tuple."""
        leaves, found = tree.flatten(value)
        if kind == "vjp" and found != structure and len(leaves) == len(wanted) == 1:
            found = structure
        where = f"custom_derivative: the {kind} rule of {self.__name__} must return what it is given for"
        tree.same_structure(where, structure, found, lambda said: located(ExpressionError(said)))
        nodes = []
        for leaf, like in zip(leaves, wanted):
            node = convert(leaf, like.type.dtype)
            if node.type is not like.type:
                raise located(ShapeError(f"custom_derivative: the {kind} rule of {self.__name__} must return {like.type}, got {node.type}"))
            nodes.append(node)
        return nodes


def custom_derivative(fn: Function | None = None, *, jvp: Function | None = None, vjp: Function | None = None) -> Any:
    """Give a function derivative rules of its own, for a better formula or to stop what does not converge.

    jvp   rule(arguments, result, tangents) -> the result's tangent; arguments and tangents are tuples
    vjp   rule(arguments, result, cotangent) -> a tuple with a cotangent for each argument

    One rule serves one mode; with both, both modes. The rules are differentiated in turn for higher orders. The
    function must not use symbols from outside. Works as a decorator; `.defjvp` and `.defvjp` add rules.

    >>> import wengert as wg
    >>> log1pexp = wg.custom_derivative(lambda x: wg.log(1 + wg.exp(x)), vjp=lambda args, y, ct: (ct * wg.sigmoid(args[0]),))
    >>> wg.grad(log1pexp)(0.0)
    0.5
    """
    if fn is None:
        return lambda f: custom_derivative(f, jvp=jvp, vjp=vjp)
    if not callable(fn):
        raise located(ExpressionError(f"custom_derivative: expected a function, got {fn!r} of {type(fn).__name__}"))
    return CustomDerivative(fn, jvp, vjp)
