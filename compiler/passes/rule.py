"""A rewrite rule as data: how it is declared, traced from a lambda and matched against a node.

A rule is a named pair of small graphs traced from a lambda, `exact("twice negated", lambda x: (-(-x), x))`, or, where
shapes and attributes decide, a named function of a node. It is *exact* if both sides are equal bit for bit under
IEEE 754 (signed zeros and infinities included; a NaN equals a NaN), or *real*: equal over the real numbers. A real rule
with a reason (`because`) gains accuracy and is always applied; one without is applied where the user allows it.
Owns rules and matching; the rules themselves are in the files beside it. Read `rewrite.py` for how they are applied.
"""
from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ...ir import ops, provenance
from ...ir.node import Node, make, postorder
from ...ir.op import Op
from ...ir.ops.source import filled, uniform
from ...ir.types import Type

EXACT, REAL = "exact", "real"
TWICE = -1  # in place of an argument's position: both arguments are one node
SCALAR, BOOL = Type("float64"), Type("bool")

Uses = Callable[[Node], int]  # how many arguments and outputs of the graph a node is
Child = Op | tuple[Op, Op]  # what makes an argument; or that, and what makes the first argument of it
Shape = tuple[frozenset[Child] | None, ...]  # what may make each argument, None for anything


class Try(NamedTuple):
    """One form of a rule: where it may match, and the attempt itself."""

    root: Op
    attempt: Callable[[Node, Uses], Node | None]
    place: int | None           # the argument that tells most; None for any, TWICE for both being one node
    children: tuple[Op, ...]    # the ops that make that argument; () where nothing tells
    shapes: tuple[Shape, ...]   # of which one must fit, or both arguments be one node


class Rule:
    """One rewrite. Either `sides` is given (a lambda from variables to the left and the right side) or `function`.

    name       what the log shows
    kind       EXACT or REAL
    because    for a real rule that is always applied: what accuracy it gains or keeps
    when       a condition on the constants that the variables k, k1, k2 have matched
    floats     whether it holds for floats only
    differs    special values where a real rule is known to differ, which its test leaves out
    roots      of a function rule: the ops that it is tried on
    children   of a function rule: one of the arguments must be made by one of these
    counts     of a function rule: whether it takes (node, uses)
    """

    def __init__(
        self, name: str, kind: str, because: str = "", sides: Callable[..., tuple[Any, Any]] | None = None,
        when: Callable[..., bool] | None = None, floats: bool = False, differs: tuple[float, ...] = (), roots: tuple[Op, ...] = (),
        children: tuple[Child, ...] = (), function: Callable[..., Node | None] | None = None, counts: bool = False,
    ) -> None:
        self.name, self.kind, self.because, self.sides, self.when = name, kind, because, sides, when
        self.floats, self.differs = floats, differs
        self.roots, self.children, self.function, self.counts = roots, children, function, counts

    @cached_property
    def traced(self) -> tuple[tuple[Node, ...], Node, Node]:
        """The variables and both sides. Variables called k, k1, ... match constants, `condition` is bool."""
        assert self.sides is not None
        names = self.sides.__code__.co_varnames[:self.sides.__code__.co_argcount]
        with provenance.within(None):
            variables = tuple(ops.input(name=n, type=BOOL if n.startswith("condition") else SCALAR) for n in names)
            left, right = self.sides(*variables)
            right = right if isinstance(right, Node) else filled(SCALAR, right)
        return variables, left, right

    @cached_property
    def tries(self) -> list[Try]:
        """Its forms: the left side in each order of the arguments of commuting ops, or the ops of a function rule."""
        if self.sides is not None:
            variables, left, right = self.traced
            build = _Builder(variables, right)
            return [_attempt(form, build, variables, self) for form in _orientations(left)]
        assert self.function is not None
        function = self.function
        attempt = function if self.counts else lambda node, uses: function(node)
        children = tuple(dict.fromkeys(child[0] if isinstance(child, tuple) else child for child in self.children))
        return [Try(root, attempt, None, children, _anywhere(root, frozenset(self.children))) for root in self.roots]


def exact(name: str, sides: Callable[..., tuple[Any, Any]], when: Callable[..., bool] | None = None, floats: bool = False) -> Rule:
    """A pair of sides that are equal bit for bit."""
    return Rule(name, EXACT, sides=sides, when=when, floats=floats)


def real(
    name: str, sides: Callable[..., tuple[Any, Any]], because: str = "", when: Callable[..., bool] | None = None,
    differs: tuple[float, ...] = (),
) -> Rule:
    """A pair of sides that are equal over the reals; always applied if there is a reason."""
    return Rule(name, REAL, because, sides, when, differs=differs)


def rewrites(
    *roots: Op, name: str, kind: str = EXACT, because: str = "", children: Sequence[Child] = (), counts: bool = False,
) -> Callable[[Callable[..., Node | None]], Rule]:
    """Declares a function of a node (and of the uses of nodes, if it `counts`) as a rule; None means: does not apply."""
    return lambda function: Rule(name, kind, because, roots=roots, children=tuple(children), function=function, counts=counts)


# ------------------------------------------------------------------------------------------------------------ matching

class Pattern(NamedTuple):
    """A left side: an op over patterns, a constant, or a variable."""

    op: Op | None
    children: tuple[Pattern, ...] = ()
    value: float | None = None
    variable: Node | None = None


def _orientations(node: Node) -> list[Pattern]:
    """The left side with the arguments of commuting ops in both orders; constants stay at the right, where they are put."""
    if node.op is ops.input:
        return [Pattern(None, variable=node)]
    if node.op is ops.const:
        return [Pattern(None, value=node.attrs[0].array.item())]
    parts = [_orientations(arg) for arg in node.args]
    orders = [list(range(len(parts)))]
    if node.op.commutes:
        constants = [_is_constant(arg) for arg in node.args]
        if constants[0] and not constants[1]:
            orders = [[1, 0]]
        elif not any(constants) and node.args[0] is not node.args[1]:
            orders.append([1, 0])
    found = [Pattern(node.op, choice) for order in orders for choice in itertools.product(*(parts[k] for k in order))]
    return list(dict.fromkeys(found))


def _is_constant(node: Node) -> bool:
    return node.op is ops.const or (node.op is ops.input and node.attrs[0].startswith("k"))


_OP, _VALUE, _SAME, _CONSTANT = range(4)


def _compiled(form: Pattern) -> tuple[list[tuple[int, int, Any]], dict[Node, int]]:
    """The pattern as steps over registers: register 0 is the root, an op's arguments are appended when it is met."""
    steps: list[tuple[int, int, Any]] = []
    where: dict[Node, int] = {}
    registers = 1
    queue = [(0, form)]
    for at, part in queue:
        if part.op is not None:
            steps.append((_OP, at, part.op))
            queue.extend((registers + k, child) for k, child in enumerate(part.children))
            registers += len(part.children)
        elif part.variable is None:
            steps.append((_VALUE, at, part.value))
        elif part.variable in where:
            steps.append((_SAME, at, where[part.variable]))
        else:
            where[part.variable] = at
            if part.variable.attrs[0].startswith("k"):
                steps.append((_CONSTANT, at, None))
    return steps, where


_bits: dict[tuple[str, np.dtype], bytes | None] = {}


def _equals(array: np.ndarray | None, value: float) -> bool:
    """Whether the constant has the value, bit for bit, in its own dtype."""
    if array is None:
        return False
    key = (repr(value), array.dtype)
    if key not in _bits:
        fits = array.dtype.kind == "f" or (float(value).is_integer() and array.dtype.kind == "i")
        _bits[key] = np.asarray(value).astype(array.dtype).tobytes() if fits else None
    return array.tobytes() == _bits[key]


def _attempt(form: Pattern, build: _Builder, variables: Sequence[Node], rule: Rule) -> Try:
    steps, where = _compiled(form)
    steps = steps[1:]  # the table is indexed by the root's op
    take = [where[v] for v in variables]
    constants = [where[v] for v in variables if v.attrs[0].startswith("k")]
    when, floats = rule.when, rule.floats

    def attempt(root: Node, uses: Uses) -> Node | None:
        if floats and not root.type.is_float:
            return None
        registers = list(root.args)
        for kind, at, what in steps:
            node = registers[at - 1]
            if kind == _OP:
                if node.op is not what:
                    return None
                registers.extend(node.args)
            elif kind == _VALUE:
                if not _equals(uniform(node), what):
                    return None
            elif kind == _SAME:
                if node is not registers[what - 1]:
                    return None
            elif uniform(node) is None:
                return None
        if when is not None and not when(*[uniform(registers[at - 1]) for at in constants]):
            return None
        return build([registers[at - 1] for at in take], root.type)

    assert form.op is not None
    place, children = _most_telling(form)
    return Try(form.op, attempt, place, children, () if place == TWICE else (tuple(map(_made_by, form.children)),))


def _most_telling(form: Pattern) -> tuple[int | None, tuple[Op, ...]]:
    """The argument by which the table finds this form: one made by an op, else a constant, else that both are one."""
    for k, child in enumerate(form.children):
        if child.op is not None:
            return k, (child.op,)
    for k, child in enumerate(form.children):
        if _is_number(child):
            return k, (ops.const, ops.broadcast)
    both = len(form.children) == 2 and form.children[0].variable is form.children[1].variable is not None
    return TWICE if both else None, ()


def _is_number(form: Pattern) -> bool:
    return form.value is not None or (form.variable is not None and form.variable.attrs[0].startswith("k"))


def _made_by(form: Pattern) -> frozenset[Child] | None:
    """What makes an argument of this form."""
    if form.op is None:
        return frozenset({ops.const, ops.broadcast}) if _is_number(form) else None
    inner = form.children[0].op if form.children else None
    return frozenset({form.op if inner is None else (form.op, inner)})


def _anywhere(root: Op, children: frozenset[Child]) -> tuple[Shape, ...]:
    """One of the arguments is made by one of these; of ops with any number of arguments the first one."""
    count = root.arity or 1
    return tuple((None,) * k + (children,) + (None,) * (count - 1 - k) for k in range(count)) if children else ((None,) * count,)


class _Builder:
    """A right side as a program, written when it is first needed: builds it from the nodes that the variables have matched."""

    def __init__(self, variables: Sequence[Node], right: Node) -> None:
        self.variables, self.right = variables, right
        self.like = next((k for k, v in enumerate(variables) if v.type is SCALAR), None)

    @cached_property
    def steps(self) -> tuple[list[tuple[Op, tuple[int, ...], Any]], int]:
        """What is built one after the other, from which of the nodes matched and built, and which of them is the result."""
        place = {v: k for k, v in enumerate(self.variables)}
        steps: list[tuple[Op, tuple[int, ...], Any]] = []
        for node in postorder([self.right], stop=self.variables):
            place[node] = len(self.variables) + len(steps)
            value = node.attrs[0].array if node.op is ops.const else node.attrs
            steps.append((node.op, tuple(place[arg] for arg in node.args), value))
        return steps, place[self.right]

    def __call__(self, matched: list[Node], root: Type) -> Node:
        like = root if self.like is None else matched[self.like].type
        nodes, (steps, result) = matched, self.steps
        for op, args, attrs in steps:
            nodes.append(filled(like, attrs) if op is ops.const else make(op, [nodes[k] for k in args], attrs))
        return nodes[result]
