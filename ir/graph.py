"""A graph: named inputs, outputs, and every node between them. Closed: nothing it needs lies outside its inputs.

Nodes are shared, so two graphs of the same inputs and outputs are equal, and rewriting is rebuilding: `rebuild` makes
new outputs from changed nodes. Nothing recurses. Read `text/` for how a graph is printed, `evaluate.py` for what it means.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from . import provenance
from .errors import GraphError
from .listing import Listing
from .node import Node, make, postorder, remake
from .op import Op
from .ops.source import input
from .types import Dim, Poly, Type, dim_names, substitute_dim

NESTING = 64  # how deep regions may lie inside each other: the one place where text, verifier and evaluator recurse


class Graph:
    """A program: `outputs` as functions of `inputs`, which are symbols. Immutable; equal when name, inputs and outputs are the same.

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> wg.evaluate(Graph("half", [x], [x / 2.0]), x=3.0)
    (array(1.5),)

    Raises GraphError for inputs that are no symbols, two inputs of one name, and symbols that are not listed.
    """

    def __init__(self, name: str, inputs: Iterable[Node], outputs: Iterable[Node]) -> None:
        self.name, self.inputs, self.outputs = name, tuple(inputs), tuple(outputs)
        seen: dict[str, Node] = {}
        for node in self.inputs:
            if node.op is not input:
                raise GraphError(f"{name}: an input must be a symbol, got {node!r}")
            twin = seen.setdefault(node.attrs[0], node)
            if twin is not node:
                raise GraphError(f"{name}: two inputs are called {node.attrs[0]!r}: {twin.type} and {node.type}")
        if len(seen) != len(self.inputs):
            raise GraphError(f"{name}: an input is listed twice: {', '.join(n.attrs[0] for n in self.inputs)}")
        for node in self.listing.those(lambda op, type: op is input)[len(self.inputs):]:
            where = f" (made at {provenance.describe(node.source)})" if node.source else ""
            raise GraphError(f"{name}: the symbol {node.attrs[0]!r}: {node.type}{where} is used but is not listed as an input")

    def listed(self, listing: Listing) -> Graph:
        """A graph of the same name and inputs that the listing describes. Its nodes are made when somebody asks for them."""
        graph = Graph.__new__(Graph)
        graph.name, graph.inputs, graph.listing = self.name, self.inputs, listing
        return graph

    @cached_property
    def outputs(self) -> tuple[Node, ...]:
        nodes = self.listing.rebuilt()
        return tuple([nodes[k] for k in self.listing.outputs.tolist()])

    @cached_property
    def nodes(self) -> list[Node]:
        """All nodes, inputs first, then each after its arguments."""
        return [*self.inputs, *postorder(self.outputs, self.inputs)]

    @cached_property
    def listing(self) -> Listing:
        """The same as numbers."""
        return Listing.of(self.nodes, self.outputs)

    @property
    def output_types(self) -> tuple[Type, ...]:
        return tuple([self.listing.nodes[k].type for k in self.listing.outputs.tolist()])

    @cached_property
    def ops(self) -> frozenset[Op]:
        """The ops that occur."""
        return frozenset(self.listing.ops[0])

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The named dims, in the order in which the inputs name them."""
        names: dict[str, None] = {}
        for node in self.inputs:
            for dim in node.type.shape:
                names.update(dict.fromkeys(sorted(dim_names(dim))))
        return tuple(names)

    def input_names(self) -> tuple[str, ...]:
        return tuple(node.attrs[0] for node in self.inputs)

    def with_outputs(self, outputs: Iterable[Node]) -> Graph:
        """A graph of the same name and inputs."""
        return Graph(self.name, self.inputs, outputs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        # by identity: nodes are shared, and == on nodes would build a node
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return (self.name, tuple(n.serial for n in self.inputs), tuple(n.serial for n in self.outputs))

    def __repr__(self) -> str:
        inputs = ", ".join(f"{n.attrs[0]}: {n.type}" for n in self.inputs)
        return f"<graph {self.name}({inputs}) of {len(self.nodes)} nodes>"

    def __str__(self) -> str:
        from .text import dump

        return dump(self)

    def __reduce__(self) -> tuple[object, ...]:
        from .text import dump, parse

        return (parse, (dump(self),))


def rebuild(outputs: Sequence[Node], change: Callable[[Node, tuple[Node, ...]], Node], stop: Iterable[Node] = ()) -> list[Node]:
    """The outputs after `change(node, new arguments) -> node` has seen every node once, arguments first.

    New nodes keep the source and origin of the node they replace. Nodes in `stop` stay as they are.
    """
    new: dict[Node, Node] = {node: node for node in stop}
    with provenance.within(None):
        for node in postorder(outputs, stop):
            provenance.inherit(node)
            new[node] = change(node, tuple([new[arg] for arg in node.args]))
    return [new[node] for node in outputs]


def same(node: Node, args: tuple[Node, ...]) -> Node:
    """The node with other arguments: what `rebuild` calls where nothing else is to change."""
    return node if all(a is b for a, b in zip(args, node.args)) else remake(node, args)


def substitute(outputs: Sequence[Node], replacements: Mapping[Node, Node]) -> list[Node]:
    """The outputs with some nodes replaced by others of the same type."""
    for old, new in replacements.items():
        if old.type is not new.type:
            raise GraphError(f"substitute: {old!r} cannot be replaced by {new!r}: the types differ")
    # a membership test, not `or`: a node has no truth
    return rebuild(outputs, lambda node, args: replacements[node] if node in replacements else same(node, args))


def with_sizes(outputs: Sequence[Node], sizes: Mapping[str, Dim]) -> list[Node]:
    """The outputs with named dims replaced, in the types of inputs and in every attribute."""
    return rebuild(outputs, lambda node, args: make(node.op, args, tuple(_sized(a, sizes) for a in node.attrs)))


def _sized(attribute: object, sizes: Mapping[str, Dim]) -> object:
    if isinstance(attribute, Poly):
        return substitute_dim(attribute, sizes)
    if isinstance(attribute, tuple):
        return tuple(_sized(part, sizes) for part in attribute)
    if isinstance(attribute, Type):
        return attribute.with_shape(substitute_dim(d, sizes) for d in attribute.shape)
    if isinstance(attribute, Graph):
        inputs, outputs = attribute.inputs, attribute.outputs
        changed = with_sizes([*inputs, *outputs], sizes)
        return Graph(attribute.name, changed[: len(inputs)], changed[len(inputs):])
    return attribute


def close(name: str, parameters: Sequence[Node], outputs: Sequence[Node]) -> tuple[Graph, list[Node]]:
    """A region from a traced body: the closed graph, whose parameters have names of their own, and what it captures.

    Constants stay inside; every other symbol that the body uses becomes a further parameter, and the list of these
    captured nodes is what the op with the region takes as further arguments. Parameters are called p0, p1, ... so that
    equal bodies are equal graphs.
    """
    given = set(parameters)
    captured = [node for node in postorder(outputs) if node.op is input and node not in given]
    everything = [*parameters, *captured]
    renamed = {node: input(name=f"p{k}", type=node.type) for k, node in enumerate(everything)}
    # All at once: `substitute` replaces each node once, so a parameter called p1 that becomes p0 is not renamed twice.
    return Graph(name, renamed.values(), substitute(outputs, renamed)), captured
