"""What the attributes of ops may hold, by attribute name. The parser and the verifier check against it.

Type rules trust their attributes; text that a person wrote, or a pass that went wrong, cannot be trusted. An attribute
has one meaning in every op that has it. Read `verify.py` next.
"""
from __future__ import annotations

from collections.abc import Callable

from .errors import GraphError
from .graph import Graph
from .op import Constant, Op
from .types import SHORT, Poly, Type


def _integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _natural(value: object) -> bool:
    return _integer(value) and value >= 0  # type: ignore[operator]


def _dim(value: object) -> bool:
    return _integer(value) or isinstance(value, Poly)


def _all(check: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, tuple) and all(map(check, value))


def _kind(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kind)


_graph = ("a graph", _kind(Graph))
_rule = ("a graph or none", lambda value: value is None or isinstance(value, Graph))
_axes = ("a list of axes", _all(_natural))
_dims = ("a list of sizes", _all(_dim))
_number = ("an integer, 0 or more", _natural)
_flag = ("true or false", _kind(bool))

KINDS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "axes": _axes,
    "axis": _number,
    "body": _graph,
    "carries": _number,
    "dim": ("a size", _dim),
    "dtype": ("a dtype", lambda value: isinstance(value, str) and value in SHORT),
    "from_infinity": _flag,
    "high": _dims,
    "index": _number,
    "interior": ("a list of integers, 0 or more", _all(_natural)),
    "jvp": _rule,
    "length": ("a size", _dim),
    "low": _dims,
    "name": ("a string", _kind(str)),
    "no": _graph,
    "order": _number,
    "reverse": _flag,
    "sequences": _number,
    "shape": _dims,
    "starts": _dims,
    "steps": ("a list of integers, 0 or more", _all(_natural)),
    "stops": _dims,
    "to_infinity": _flag,
    "type": ("a type", _kind(Type)),
    "value": ("a constant", _kind(Constant)),
    "vjp": _rule,
    "yes": _graph,
}


def check_attributes(op: Op, attrs: tuple[object, ...]) -> None:
    """Raise GraphError unless the attributes are those of the op, each of its kind."""
    if len(attrs) != len(op.attributes):
        raise GraphError(f"{op.name}: takes {len(op.attributes)} attributes, got {len(attrs)}")
    for name, value in zip(op.attributes, attrs):
        said, fits = KINDS[name]
        if not fits(value):
            shown = value.name if isinstance(value, Graph) else str(value)
            raise GraphError(f"{op.name}: {name} must be {said}, got {shown}")
