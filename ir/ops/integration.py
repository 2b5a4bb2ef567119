"""The integral of a region over its first parameter, between limits that may be nodes or infinite.

It means the rule of `library/definite.py`, whose number of nodes is fixed. As one node it is differentiated
by Leibniz's rule: by a limit it is the integrand there, by what is captured the integral of the derivative.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GraphError, ShapeError
from ..node import Node
from ..op import Hook, Op
from ..types import Type, evaluate_dim
from .regions import check_parameters
from .source import input

if TYPE_CHECKING:
    from ..graph import Graph


def differentiated_outside(node: Node, _: object) -> Any:
    """Both modes differentiate the region, which only compiler/autodiff can."""
    raise GraphError("integral: its derivative is compiler/autodiff's")


def split(node: Node, values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Values for the arguments, as those of the finite limits, the lower one first, and those of what the region captures."""
    count = 2 - sum(node.attrs[1:])
    return list(values[:count]), list(values[count:])


def _type(types: list[Type], body: Graph, from_infinity: bool, to_infinity: bool) -> Type:
    count = 2 - from_infinity - to_infinity
    if len(types) < count:
        raise GraphError(f"integral: takes {count} limits, got {len(types)} arguments")
    if not body.inputs:
        raise GraphError(f"integral: the region {body.name} must take the variable")
    variable = body.inputs[0].type
    check_parameters("integral", body, [variable, *types[count:]])
    if any(limit is not variable for limit in types[:count]) or not variable.is_float:
        raise ShapeError(f"integral: the limits must be floats of the variable's type {variable}, got {', '.join(map(str, types[:count]))}")
    results = [node.type for node in body.outputs]
    if len(results) != 1 or not results[0].is_float or results[0].shape[: variable.ndim] != variable.shape:
        said = ", ".join(map(str, results))
        raise GraphError(f"integral: the region must give one float value with the variable's axes first, got {said}")
    return results[0]


def _evaluate(*values: Any) -> np.ndarray:
    from ..evaluate import evaluate
    from ..graph import Graph
    from ..library.definite import places, summed

    *args, body, from_infinity, to_infinity = values
    count = 2 - from_infinity - to_infinity
    declared = body.graph.inputs[0].type
    variable = declared.with_shape(evaluate_dim(d, body.sizes) for d in declared.shape)
    limits = [input(name=f"limit{k}", type=variable) for k in range(count)]
    t, weight = evaluate(Graph("places", limits, places(limits, variable, from_infinity, to_infinity)), *args[:count])
    found = np.stack([body(at, *args[count:])[0] for at in t])
    given = [input(name=name, type=Type(x.dtype.name, x.shape)) for name, x in (("values", found), ("weights", weight))]
    return np.asarray(evaluate(Graph("summed", given, [summed(*given)]), found, weight)[0])


integral = Op(
    "integral", _type, _evaluate,
    Hook(differentiated_outside, differentiated_outside),
    ("body", "from_infinity", "to_infinity"), arity=None,
    doc="The integral of body(t, captured) for t between the limits, which come first; an infinite one is left out. By a double "
    "exponential rule of 511 nodes: about 1e-13 for what is analytic between the limits, NaN where it has not converged.",
)

