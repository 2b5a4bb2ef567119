"""A rewrite rule as data, and the one engine that applies rules: bottom up, each node once, without recursion.

A rule is a named pair of small graphs traced from a lambda, `exact("twice negated", lambda x: (-(-x), x))`, or, where
shapes and attributes decide, a named function of a node. It is *exact* if both sides are equal bit for bit under
IEEE 754 (signed zeros and infinities included; a NaN equals a NaN), or *real*: equal over the real numbers. A real rule
with a reason (`because`) gains accuracy and is always applied; one without is applied where the user allows it.
Owns matching and rewriting; the rules are in the files beside it. Knows nothing of derivatives or machine code.
"""
from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ...ir import ops, provenance
from ...ir.errors import GraphError
from ...ir.node import Node, make, postorder
from ...ir.op import Constant, Op
from ...ir.types import Type

EXACT, REAL = "exact", "real"
SCALAR, BOOL = Type("float64"), Type("bool")

Uses = Callable[[Node], int]  # how many arguments and outputs of the graph a node is


def uniform(node: Node) -> np.ndarray | None:
    """The rank 0 array that every element of the node is, if it is a constant, broadcast or not."""
    if node.op is ops.broadcast:
        node = node.args[0]
    if node.op is ops.const and not node.type.shape:
        return node.attrs[0].array  # type: ignore[no-any-return]
    return None


def filled(value: object, type: Type) -> Node:
    """A constant of the type whose elements are all the value."""
    with np.errstate(all="ignore"):
        number = ops.const(value=Constant(np.asarray(value).astype(type.dtype)))
    return ops.broadcast(number, shape=type.shape, axes=()) if type.shape else number


@dataclass(frozen=True, eq=False)
class Rule:
    """One rewrite. Either `sides` is given (a lambda from variables to the left and the right side) or `function`.

    name       what the log shows
    kind       EXACT or REAL
    because    for a real rule that is always applied: what accuracy it gains or keeps
    when       a condition on the constants that the variables k, k1, k2 have matched
    floats     whether it holds for floats only
    differs    special values where a real rule is known to differ, which its test leaves out
    """

    name: str
    kind: str
    because: str = ""
    sides: Callable[..., tuple[Any, Any]] | None = None
    when: Callable[..., bool] | None = None
    floats: bool = False
    differs: tuple[float, ...] = ()
    roots: tuple[Op, ...] = ()
    children: tuple[Op, ...] = ()  # function rules: one of the arguments must be made by one of these
    function: Callable[..., Node | None] | None = None
    counts: bool = False  # function rules: takes (node, uses)

    @cached_property
    def traced(self) -> tuple[tuple[Node, ...], Node, Node]:
        """The variables and both sides. Variables called k, k1, ... match constants, `condition` is bool."""
        assert self.sides is not None
        names = tuple(inspect.signature(self.sides).parameters)
        with provenance.within(None):
            variables = tuple(ops.input(name=n, type=BOOL if n.startswith("condition") else SCALAR) for n in names)
            left, right = self.sides(*variables)
            right = right if isinstance(right, Node) else filled(right, SCALAR)
        return variables, left, right

    def tries(self) -> list[tuple[Op, int | None, tuple[Op, ...], Callable[[Node, Uses], Node | None]]]:
        """(root op, argument position or None for any, ops of that argument or () for all, attempt) of each form."""
        if self.sides is not None:
            variables, left, right = self.traced
            build = _Builder(variables, right)
            return [_attempt(form, build, variables, self) for form in _orientations(left)]
        assert self.function is not None
        function = self.function
        attempt = function if self.counts else lambda node, uses: function(node)
        return [(root, None, self.children, attempt) for root in self.roots]


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
    *roots: Op, name: str, kind: str = EXACT, because: str = "", children: Sequence[Op] = (), counts: bool = False,
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


def _attempt(
    form: Pattern, build: _Builder, variables: Sequence[Node], rule: Rule
) -> tuple[Op, int | None, tuple[Op, ...], Callable[[Node, Uses], Node | None]]:
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
    position, child = _most_telling(form)
    return form.op, position, child, attempt


def _most_telling(form: Pattern) -> tuple[int | None, tuple[Op, ...]]:
    """The argument by which the table finds this form: one made by an op, else a constant."""
    for k, child in enumerate(form.children):
        if child.op is not None:
            return k, (child.op,)
    for k, child in enumerate(form.children):
        if child.value is not None or (child.variable is not None and child.variable.attrs[0].startswith("k")):
            return k, (ops.const, ops.broadcast)
    return None, ()


class _Builder:
    """A right side as a program: builds it from the nodes that the variables have matched."""

    def __init__(self, variables: Sequence[Node], right: Node) -> None:
        self.like = next((k for k, v in enumerate(variables) if v.type is SCALAR), None)
        place = {v: k for k, v in enumerate(variables)}
        self.steps: list[tuple[Op, tuple[int, ...], Any]] = []
        for node in postorder([right], stop=variables):
            place[node] = len(variables) + len(self.steps)
            value = node.attrs[0].array if node.op is ops.const else node.attrs
            self.steps.append((node.op, tuple(place[arg] for arg in node.args), value))
        self.result = place[right]

    def __call__(self, matched: list[Node], root: Type) -> Node:
        like = root if self.like is None else matched[self.like].type
        nodes = matched
        for op, args, attrs in self.steps:
            nodes.append(filled(attrs, like) if op is ops.const else make(op, [nodes[k] for k in args], attrs))
        return nodes[self.result]


# ----------------------------------------------------------------------------------------------------------- rewriting

Attempt = tuple[str, Callable[[Node, Uses], "Node | None"]]
Row = tuple["list[Attempt]", "list[dict[Op, list[Attempt]]]"]  # for any arguments; by position and the op of the argument


class Table:
    """Rules by root op, argument position and the op of that argument, so that a node meets only rules that may match.

    `rows` holds all rules and `new` those of one pass: a node that came through the earlier passes has met the others.
    """

    def __init__(self, new: Iterable[Rule], earlier: Iterable[Rule] = (), allow_real: bool = False) -> None:
        self.new: dict[Op, Row] = {}
        self.rows: dict[Op, Row] = {}
        self.counts = False
        fresh = set(new)
        for rule in (*earlier, *new):
            if rule.kind == EXACT or rule.because or allow_real:
                self.counts |= rule.counts
                for root, position, children, attempt in rule.tries():
                    for rows in (self.rows, self.new) if rule in fresh else (self.rows,):
                        _add(rows.setdefault(root, ([], [])), root, position, children, (rule.name, attempt))


def _add(row: Row, root: Op, position: int | None, children: tuple[Op, ...], attempt: Attempt) -> None:
    always, placed = row
    if not children:
        always.append(attempt)
        return
    for k in [position] if position is not None else range(root.arity or 1):
        while len(placed) <= k:
            placed.append({})
        for child in children:
            placed[k].setdefault(child, []).append(attempt)


@dataclass
class Fired:
    """Which rules were applied, each with the source line of the node that it replaced."""

    entries: list[tuple[str, provenance.Source | None]] = field(default_factory=list)


class Sweep:
    """One application of a table to a graph: every node once, arguments first, until no rule matches.

    What a rule builds is itself rewritten, so one sweep ends at a fixpoint. Rewrites are bounded all the same.
    Raises GraphError for rules that lead in a circle.
    """

    def __init__(self, table: Table, fired: Fired | None = None) -> None:
        self.table = table
        self.log = fired.entries if fired is not None else []
        self.left = 0
        self.final: dict[int, Node] = {}  # by serial: what has become of each node
        self.becomes: dict[int, Node] = {}  # by serial: what a rule has put in its place, which is being rewritten
        self.count: dict[int, int] = {}
        self.mirrors: dict[tuple[Op, int, int], Node] = {}

    def uses(self, node: Node) -> int:
        """How many arguments and outputs of the graph the node is; 2 where that is not known."""
        return self.count.get(node.serial, 2)

    def run(self, outputs: Sequence[Node], nodes: Sequence[Node]) -> list[Node]:
        """The outputs rewritten; `nodes` are all that they need, arguments first."""
        self.left = 1000 + 20 * len(nodes)
        if self.table.counts:
            self.count = _counted(outputs, nodes)
        final, rows, moved = self.final, self.table.new, False
        with provenance.within(None):
            for node in nodes:
                if moved:
                    if node.serial in final:
                        continue
                    for arg in node.args:
                        if final[arg.serial] is not arg:
                            self.settle(node)
                            break
                    if node.serial in final:
                        continue
                row = rows.get(node.op)
                if row is not None:
                    found = self.first(row, node, node) if may_match(row, node) else None
                    if found is not None:
                        moved = True
                        self.replace(node, found)
                        continue
                if node.op.commutes:
                    twin = self.mirrored(node)
                    moved |= twin is not node
                    final[node.serial] = twin
                else:
                    final[node.serial] = node
        return [final[node.serial] for node in outputs]

    def replace(self, node: Node, found: Node) -> None:
        self.becomes[node.serial] = found
        self.settle(node)

    def settle(self, root: Node) -> None:
        """Bring the node, and all that it needs, to its final form with an explicit stack."""
        final, becomes, rows = self.final, self.becomes, self.table.rows
        stack = [root]
        while stack:
            node = stack[-1]
            serial = node.serial
            if serial in final:
                stack.pop()
                continue
            if serial in becomes:
                found = becomes[serial]
                if found.serial not in final:
                    self.refuse_circle(found)
                    stack.append(found)
                    continue
                self.finish(node, final[found.serial])
                continue
            waiting = [arg for arg in node.args if arg.serial not in final]
            if waiting:
                for arg in waiting:
                    self.refuse_circle(arg)
                stack += waiting
                continue
            new = self.with_final_arguments(node)
            if new is not node and new.serial in final:
                self.finish(node, final[new.serial])
                continue
            row = rows.get(new.op)
            replacement = self.first(row, new, node) if row is not None and may_match(row, new) else None
            if replacement is None:
                twin = self.mirrored(new) if new.op.commutes else new
                self.finish(node, twin)
                final[new.serial] = twin
            else:
                becomes[serial] = replacement

    def mirrored(self, node: Node) -> Node:
        """The node, or the one with its operands in the other order if that came first: x*y and y*x are computed once."""
        a, b = node.args[0].serial, node.args[1].serial
        twin = self.mirrors.setdefault((node.op, a, b) if a < b else (node.op, b, a), node)
        if twin is not node:
            self.log.append(("operands in one order", node.source))
        return twin

    def refuse_circle(self, node: Node) -> None:
        if node.serial in self.becomes and node.serial not in self.final:
            raise GraphError(f"rewriting: what replaces {node!r} leads back to it")

    def with_final_arguments(self, node: Node) -> Node:
        args = [self.final[arg.serial] for arg in node.args]
        if all(a is b for a, b in zip(args, node.args)):
            return node
        provenance.inherit(node)
        new = make(node.op, args, node.attrs)
        if self.count and new.serial not in self.count:
            self.count[new.serial] = self.count.get(node.serial, 1)
        return new

    def finish(self, node: Node, to: Node) -> None:
        self.final[node.serial] = to
        if self.count and to is not node:
            self.count[to.serial] = max(self.count.get(to.serial, 0), self.count.get(node.serial, 1))

    def first(self, row: Row, node: Node, old: Node) -> Node | None:
        """The result of the first rule that matches, noted in the log under the line of the old node."""
        always, placed = row
        provenance.inherit(old)
        attempts = list(always)
        for at, arg in zip(placed, node.args):
            attempts += at.get(arg.op, ())
        for name, attempt in attempts:
            found = attempt(node, self.uses)
            if found is None or found is node or not self.left:
                continue
            if found.type is not node.type:
                raise GraphError(f"{name}: a rule must keep the type, got {found.type} for {node!r}")
            self.left -= 1
            self.log.append((name, old.source))
            return found
        return None


def may_match(row: Row, node: Node) -> bool:
    """Whether the row has a rule for a node with such arguments."""
    always, placed = row
    if always:
        return True
    for at, arg in zip(placed, node.args):  # noqa: SIM110  (a generator costs more than the test)
        if arg.op in at:
            return True
    return False


def rewrite(outputs: Sequence[Node], table: Table, fired: Fired | None = None) -> list[Node]:
    """The outputs after the table's rules have been applied to every node until none matches."""
    return Sweep(table, fired).run(outputs, postorder(outputs))


def _counted(outputs: Sequence[Node], nodes: Sequence[Node]) -> dict[int, int]:
    count: dict[int, int] = {}
    for node in nodes:
        for arg in node.args:
            count[arg.serial] = count.get(arg.serial, 0) + 1
    for node in outputs:
        count[node.serial] = count.get(node.serial, 0) + 1
    return count
