"""Text to graph: a parser of one method a rule of the grammar, and one pattern that reads the common line at once.

Recurses over nested regions and lists only, to a fixed depth. Whatever is wrong with a text is a ParseError.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import provenance
from ..attributes import check_attributes
from ..errors import GraphError, ParseError, WengertError
from ..graph import NESTING, Graph
from ..node import Node, make, mark
from ..op import TABLE, Constant, Op
from ..ops.source import const, input
from ..types import LONG, TupleType, Type
from .constants import Literal
from .cursor import Cursor
from .dims import parse_dim, read_array_type, read_dim, read_type
from .literals import FLOAT, RESERVED, name_text, set_number

__all__ = ["parse", "parse_dim", "parse_node"]

ORIGIN = re.compile(
    r'[ \t]*# ?(?:(?P<file>[^\s"#]+|"(?:[^"\\\n]|\\.)*"):(?P<line>\d{1,9}))?'
    r'(?: ?from (?P<node>%\d+|\w+|"(?:[^"\\\n]|\\.)*"))?[ \t]*(?=\n|$)'
)
# A whole line of a node without nested graphs and strings.
LINE = re.compile(
    r"%(\d{1,9}) = (\w+)(?: ((?:%\d{1,9}|[^\W\d]\w*)(?:, (?:%\d{1,9}|[^\W\d]\w*))*))?(?: \{([^{}\"#\n]*)\})? : (\w+(?:\[[^\]\"#\n]*\])?)"
    r"(?:  # ([^\s\"#]+):(\d{1,9}))?\n[ ]*(?=%|return)"
)


def parse(text: str) -> Graph:
    """The graph of a text; its nodes are the very nodes that were printed, where those still exist.

    Raises ParseError with line, column and a caret.

    >>> print(parse("graph f(x: f64[n]) { %0 = sum x {axes=[0]} : f64 return %0 }"))
    graph f(x: f64[n]) {
      %0 = sum x {axes=[0]} : f64
      return %0
    }
    <BLANKLINE>
    """
    if not isinstance(text, str):
        raise ParseError(f"parse: expected the text of a graph, got {text!r} of {type(text).__name__}")
    parser = _Parser(text)
    with provenance.within(None):
        graph = parser.graph(0)
    if parser.at.pos < len(text):
        parser.at.missing("the end of the text")
    return graph


def parse_node(text: str) -> Node:
    """The node of the text of a graph with one output."""
    return parse(text).outputs[0]


class _Body:
    """What is known inside one graph: the values by name, and the origins that are still names."""

    def __init__(self) -> None:
        self.values: dict[str, Node] = {}
        self.origins: list[tuple[Node, str, int]] = []


class _Parser:
    def __init__(self, text: str) -> None:
        self.at = Cursor(text)
        self.types: dict[str, Type | TupleType] = {}  # what was read before, by its text
        self.attributes: dict[tuple[str, str], tuple[Any, ...]] = {}
        self.fresh = mark()  # older nodes keep the provenance that they have

    def graph(self, depth: int) -> Graph:
        """graph = "graph" name "(" [name ":" type {"," name ":" type}] ")" "{" {node} "return" [values] "}" """
        at, start = self.at, self.at.pos
        if depth > NESTING:
            at.error(f"regions may be nested {NESTING} deep")
        if at.see_word() != "graph":
            at.missing("'graph'")
        at.word("'graph'")
        name = at.name("the name of the graph")
        body = _Body()
        inputs = self.inputs(body)
        at.expect("{")
        while at.see_word() != "return":
            if not at.sees("%"):
                at.missing("a node such as '%0 = ...'", "'return'")
            if not self.line(body):
                self.node(body, depth)
        at.word("'return'")
        outputs = [] if at.sees("}") else self.arguments(body)
        at.expect("}")
        self.link(body)
        with self.located(start):
            return Graph(name, inputs, outputs)

    def inputs(self, body: _Body) -> list[Node]:
        at = self.at
        at.expect("(")
        inputs: list[Node] = []
        while not at.take(")"):
            if inputs:
                at.expect(",", ")")
            start = at.pos
            name = at.name("the name of an input")
            if name_text(name) in body.values:
                at.error(f"the input {name!r} is defined twice", start)
            at.expect(":")
            node = make(input, (), (name, read_array_type(at)))
            inputs.append(node)
            body.values[name_text(name)] = node
        return inputs

    def line(self, body: _Body) -> bool:
        """Read a node by one pattern; False, with nothing done, if the line needs the grammar or is wrong."""
        found = LINE.match(self.at.text, self.at.pos)
        if found is None:
            return False
        number, op_name, args, attributes, type_text, file, line = found.groups()
        op, type = TABLE.get(op_name), self.types.get(type_text)
        attrs = self.attributes.get((op_name, attributes), ()) if attributes else ()
        if op is None or type is None or len(attrs) != len(op.attributes):
            return False
        try:
            given = [body.values[arg] for arg in args.split(", ")] if args else []
            if f"%{number}" in body.values:
                return False
            provenance.made_at((file, int(line)) if file else None)
            node = make_checked(op, given, attrs)
        except (KeyError, WengertError):
            return False
        if node.type is not type:
            return False
        body.values[f"%{number}"] = node
        self.at.pos = found.end()
        return True

    def node(self, body: _Body, depth: int) -> None:
        """node = "%" int "=" op [values] ["{" attributes "}"] ":" type [origin]"""
        at, start = self.at, self.at.pos
        name = self.reference()
        if name in body.values:
            at.error(f"{name} is defined twice", start)
        at.expect("=")
        op_at = at.pos
        op = TABLE.get(at.word("an op"))
        if op is None or op is input:
            at.error("there is no op of this name", op_at)
        if op is const:
            args, (attrs, type) = [], self.constant()
        else:
            args = self.arguments(body) if at.sees("%") or at.sees('"') or at.see_word() else []
            attrs = self.attribute_list(op, depth)
            type = self.type()
        file, line, origin, origin_at = self.origin()
        provenance.made_at((file, line) if file else None)
        with self.located(op_at, op):
            node = make_checked(op, args, attrs)
        if node.type is not type:
            at.error(f"{op.name}: gives {node.type}, not {type}", op_at)
        body.values[name] = node
        if origin:
            body.origins.append((node, origin, origin_at))

    def reference(self) -> str:
        self.at.expect("%")
        return f"%{self.at.integer('the number of a node')}"

    def arguments(self, body: _Body) -> list[Node]:
        """values = value {"," value}"""
        args = [self.value(body)]
        while self.at.take(","):
            args.append(self.value(body))
        return args

    def value(self, body: _Body) -> Node:
        start = self.at.pos
        name = self.reference() if self.at.sees("%") else name_text(self.at.name("a value such as '%0' or 'x'"))
        node = body.values.get(name)
        if node is None:
            self.at.error(f"{name} is not defined", start)
        return node

    def attribute_list(self, op: Op, depth: int) -> tuple[Any, ...]:
        at, start = self.at, self.at.pos
        given: dict[str, Any] = {}
        if at.take("{"):
            while not given or not at.take("}"):
                if given:
                    at.expect(",", "}")
                name_at = at.pos
                name = at.word("the name of an attribute")
                if name not in op.attributes or name in given:
                    at.error(f"{op.name}: {'has no attribute' if name not in given else 'has two attributes'} {name!r}", name_at)
                at.expect("=")
                given[name] = self.setting(depth, 0)
        missing = [name for name in op.attributes if name not in given]
        if missing:
            at.error(f"{op.name}: needs the attribute {missing[0]!r}", start)
        attrs = tuple(given[name] for name in op.attributes)
        with self.located(start, op):
            check_attributes(op, attrs)
        inside = at.text[start:at.pos].rstrip()[1:-1]
        if len(inside) < 200:
            self.attributes[op.name, inside] = attrs
        return attrs

    def setting(self, depth: int, nesting: int) -> Any:
        """setting = "true" | "false" | "none" | dtype | float | string | dim | graph | "[" settings "]" """
        at = self.at
        number = at.match(FLOAT)
        if number is not None:
            value = np.zeros(1)
            set_number(value, 0, number)
            return float(value[0])
        word = at.see_word()
        if word == "graph":
            return self.graph(depth + 1)
        if word in RESERVED:
            at.word("a setting")
            return {"true": True, "false": False, "none": None}[word] if word not in LONG else LONG[word]
        if at.sees('"'):
            return at.string()
        if not at.take("["):
            return read_dim(at)
        if nesting > NESTING:
            at.error(f"lists may be nested {NESTING} deep")
        parts: list[Any] = []
        while not at.take("]"):
            if parts:
                at.expect(",", "]")
            parts.append(self.setting(depth, nesting + 1))
        return tuple(parts)

    def type(self) -> Type | TupleType:
        at = self.at
        at.expect(":")
        start = at.pos
        type = read_type(at)
        # Back to where the type ends, because a comment behind it is the node's origin.
        end = len(at.text[start:at.pos].split("#", 1)[0].rstrip()) + start
        at.pos = end
        self.types[at.text[start:end]] = type
        return type

    def origin(self) -> tuple[str, int, str, int]:
        at, start = self.at, self.at.pos
        found = ORIGIN.match(at.text, start)
        at.skip()
        if found is None:
            return "", 0, "", 0
        file = found["file"] or ""
        if file.startswith('"'):
            file = Cursor(file).string()
        return file, int(found["line"] or 0), found["node"] or "", found.start("node")

    def link(self, body: _Body) -> None:
        """Give new nodes the origins that the text names. An origin of an origin never comes back to its node."""
        origins: dict[Node, tuple[Node, int]] = {}
        for node, name, where in body.origins:
            origin = body.values.get(name_text(Cursor(name).string()) if name.startswith('"') else name)
            if origin is None:
                self.at.error(f"{name} is not defined", where)
            if node.serial >= self.fresh and node.origin is None:
                origins.setdefault(node, (origin, where))
        done: set[Node] = set()
        for node in origins:
            path: set[Node] = set()
            while node in origins and node not in done:
                if node in path:
                    self.at.error("this origin comes back to its own node", origins[node][1])
                path.add(node)
                node = origins[node][0]
            done |= path
        for node, (origin, _) in origins.items():
            node.origin = origin

    def constant(self) -> tuple[tuple[Any, ...], Type | TupleType]:
        """literal ":" type"""
        literal = Literal(self.at)
        type = self.type()
        return (Constant(literal.array(type)),), type

    @contextmanager
    def located(self, start: int, op: Op | None = None) -> Iterator[None]:
        """Mistakes that the op or the graph finds, as errors of the text at `start`."""
        try:
            yield
        except ParseError:
            raise
        except WengertError as error:
            self.at.error(str(error), start)


def make_checked(op: Op, args: list[Node], attrs: tuple[Any, ...]) -> Node:
    """The node, if the op takes that many arguments and only `item` takes a tuple."""
    if op.arity is not None and len(args) != op.arity:
        raise GraphError(f"{op.name}: takes {op.arity} argument{'s' * (op.arity != 1)}, got {len(args)}")
    if op.name != "item" and any(isinstance(arg.type, TupleType) for arg in args):
        raise GraphError(f"{op.name}: takes arrays; pick one result of several with item")
    return make(op, args, attrs)
