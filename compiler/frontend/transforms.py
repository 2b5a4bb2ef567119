"""Derivatives of plain Python functions, from the derivatives of nodes in `compiler/autodiff`.

A transform runs the function on fresh inputs, differentiates, and puts the caller's nodes in their place, so transforms
nest and can never confuse their variables. Called with arrays it compiles, as `jit` does. The public names take either
a function or nodes.
"""
from __future__ import annotations

from typing import Any

from ...ir.convert import as_node
from ...ir.errors import ExpressionError, ShapeError
from ...ir.node import Node, located
from ...ir.provenance import current, within
from .. import autodiff
from ..autodiff import drivers
from ..autodiff.arguments import many, stable
from ..autodiff.orders import moved
from . import tree
from .trace import fresh, outputs_of
from .transformed import Argnums, Function, Variables, argnums_of, check_function, like, made


def _scalar(what: str, result: object) -> Node:
    nodes, _ = outputs_of(what, result)
    if len(nodes) != 1:
        said = f"{what}: the function must return one scalar, got {len(nodes)} values; return auxiliary ones with has_aux=True"
        raise located(ExpressionError(said))
    if nodes[0].type.shape:
        raise located(ShapeError(f"{what}: the function must return a scalar, got {nodes[0].type}; sum it, or use wg.jacrev"))
    return nodes[0]


# ------------------------------------------------------------------------------------------------------------ gradients

def value_and_grad(fn: Function, argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """A function that returns fn's value, a scalar, and its gradient in the structure of the argument `argnums`.

    With `has_aux` fn returns (value, other results), and so does the first part here. Raises ShapeError where the value is no
    scalar, ExpressionError where fn is no function.

    >>> import wengert as wg
    >>> wg.value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    check_function("value_and_grad", fn)
    return _gradient(fn, "value_and_grad", argnums_of("value_and_grad", argnums), has_aux)


def _gradient(fn: Function, what: str, argnums: Argnums, has_aux: bool) -> Any:
    def make() -> Function:
        def transformed(*args: Any, **options: Any) -> Any:
            with within(*current()):
                variables = Variables(what, args, argnums)
            result = fn(*variables.args, **options)
            aux: Any = None
            if has_aux:
                if not isinstance(result, tuple) or len(result) != 2:
                    raise located(ExpressionError(f"{what}: with has_aux the function must return (value, others)"))
                result, aux = result
            cost = _scalar(what, result)
            others, structure = outputs_of(what, aux)
            wrt = variables.fresh
            gradients: list[Any] = [autodiff.grad(cost, wrt[0])] if len(wrt) == 1 else [*autodiff.grad(cost, wrt)]
            value, *rest = variables.replace([cost, *gradients, *others])
            if len(wrt) == 1:
                moved(gradients[0], rest[0], variables.replace)
            gradient = variables.tree(rest[:len(gradients)])
            extra = tree.unflatten(structure, rest[len(gradients):])
            if what == "grad":
                return (gradient, extra) if has_aux else gradient
            return ((value, extra) if has_aux else value), gradient

        return transformed

    return made(fn, (what, argnums, has_aux), make, what)


def grad(what: Any, wrt: Any = None, *, argnums: Any = None, has_aux: bool = False) -> Any:
    """The gradient: of a scalar node by a node or a list of nodes, or of a function as a function.

    `grad(cost, w)` appends the gradient to the graph of `cost` and gives its node, of w's shape; a list of nodes gives a list.
    `grad(fn, argnums=0)` gives a function of fn's arguments that returns the gradient in the structure of the argument; with
    `has_aux` fn returns (value, others), and the result is (gradient, others).

    Raises ShapeError where the cost is no scalar, DTypeError where a variable is an integer or a condition.

    >>> import wengert as wg
    >>> wg.grad(lambda p: p["a"] ** 2 * p["b"])({"a": 3.0, "b": 2.0})
    {'a': 12.0, 'b': 9.0}
    """
    if isinstance(what, Node):
        if wrt is None:
            raise located(ExpressionError("grad: name the node or nodes by which to differentiate, as in grad(cost, w)"))
        return autodiff.grad(what, wrt)
    check_function("grad", what)
    return _gradient(what, "grad", argnums_of("grad", argnums if argnums is not None else 0 if wrt is None else wrt), has_aux)


# ------------------------------------------------------------------------------------------------- Jacobians and Hessians

def _blocks(what: str, outs: list[Node], wrt: list[Node]) -> list[list[Node]]:
    """The Jacobian of each output by each variable, in the mode that was asked for."""
    if what == "jacobian":
        return autodiff.jacobian(outs, wrt)  # type: ignore[no-any-return]
    way = drivers._by_reverse if what == "jacrev" else drivers._by_forward
    return way(stable(many(what, outs), wrt), wrt)


def _jacobian(fn: Function, what: str, argnums: Argnums) -> Any:
    def make() -> Function:
        def transformed(*args: Any, **options: Any) -> Any:
            with within(*current()):
                variables = Variables(what, args, argnums)
            outs, structure = outputs_of(what, fn(*variables.args, **options))
            blocks = _blocks(what, outs, variables.fresh)
            flat = variables.replace([block for row in blocks for block in row])
            width = len(variables.fresh)
            rows = [variables.tree(flat[k * width:(k + 1) * width]) for k in range(len(outs))]
            return tree.unflatten(structure, rows)

        return transformed

    return made(fn, (what, argnums), make, what)


def jacfwd(fn: Function, argnums: Argnums = 0) -> Any:
    """The Jacobian of a function by forward mode: for few inputs.

    Each array of the result becomes a tree like the argument (a tuple for several `argnums`), whose arrays have the axes of
    the result and then those of the variable.

    >>> import numpy as np, wengert as wg
    >>> wg.jacfwd(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    check_function("jacfwd", fn)
    return _jacobian(fn, "jacfwd", argnums_of("jacfwd", argnums))


def jacrev(fn: Function, argnums: Argnums = 0) -> Any:
    """The Jacobian of a function by reverse mode: for few outputs. Its structure and shapes are those of `jacfwd`.

    >>> import numpy as np, wengert as wg
    >>> wg.jacrev(lambda p: p["a"] * p["b"])({"a": np.ones(2), "b": 3.0})["b"]
    array([1., 1.])
    """
    check_function("jacrev", fn)
    return _jacobian(fn, "jacrev", argnums_of("jacrev", argnums))


def _dense_only(what: str, sparse: object) -> None:
    if sparse is not False:
        said = f"{what}: sparse={sparse!r} is for nodes; call the function with symbols and differentiate its result"
        raise located(ExpressionError(said))


def jacobian(what: Any, wrt: Any = 0, sparse: bool | str = False, *, argnums: Any = None) -> Any:
    """The Jacobian of nodes by nodes, or of a function as a function, in the mode that costs less.

    Of a node by a node it is a node with the axes of the output, then those of the variable; a list of outputs or of variables
    gives a list, both a list of lists. Of a function it is as `jacfwd` has it.

    sparse   of nodes: one SparseMatrix of all outputs by all variables, of the format "csr" (or True), "csc" or "coo",
             which `wg.function` returns as a scipy.sparse array. Raises ShapeError where a size is known at the call only

    >>> import numpy as np, wengert as wg
    >>> x = wg.symbol("x", 3)
    >>> f = wg.function([x], wg.jacobian(x[1:] * x[:-1], x, sparse=True))
    >>> f(np.array([1.0, 2.0, 3.0])).toarray()
    array([[2., 1., 0.],
           [0., 3., 2.]])
    """
    if not callable(what):
        return autodiff.jacobian(what, wrt, sparse)
    _dense_only("jacobian", sparse)
    return _jacobian(what, "jacobian", argnums_of("jacobian", wrt if argnums is None else argnums))


def hessian(what: Any, wrt: Any = 0, sparse: bool | str = False, *, argnums: Any = None) -> Any:
    """The second derivatives of a scalar node by nodes, or of a function as a function: jacfwd(jacrev(fn)).

    By a node it has the node's axes twice; by a list of nodes it is a list of lists of blocks.

    sparse   of nodes: one SparseMatrix of all variables by all, as for `jacobian`

    >>> import numpy as np, wengert as wg
    >>> wg.hessian(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([[6., 4.],
           [4., 0.]])
    """
    if isinstance(what, Node):
        return autodiff.hessian(what, wrt, sparse)
    check_function("hessian", what)
    _dense_only("hessian", sparse)
    numbers = argnums_of("hessian", wrt if argnums is None else argnums)
    return jacfwd(jacrev(what, numbers), numbers)


# ------------------------------------------------------------------------------------------------- products with vectors

def _is_nodes(what: object) -> bool:
    return isinstance(what, (Node, list, tuple))


def jvp(what: Any, wrt: Any, tangents: Any) -> Any:
    """Jacobian times vector: of nodes, `jvp(outputs, wrt, tangents)`, or of a function, `jvp(fn, primals, tangents)`.

    For a function primals and tangents are tuples of its arguments, and the result is (value, tangent of the value).

    >>> import wengert as wg
    >>> wg.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    if _is_nodes(what):
        return autodiff.jvp(what, wrt, tangents)
    check_function("jvp", what)
    for kind, values in (("primals", wrt), ("tangents", tangents)):
        if not isinstance(values, (tuple, list)):
            raise located(ExpressionError(f"jvp: {kind} must be a tuple of the function's arguments, got {type(values).__name__}"))
    return _pushed(what)(tuple(wrt), tuple(tangents))


def _pushed(fn: Function) -> Any:
    def make() -> Function:
        def transformed(primals: Any, tangents: Any) -> Any:
            with within(*current()):
                variables = Variables("jvp", primals, tuple(range(len(primals))))
                directions = like("jvp", "tangents", variables.structure, tangents)
            outs, structure = outputs_of("jvp", fn(*variables.args))
            found = autodiff.jvp(outs, variables.fresh, directions)
            both = variables.replace([*outs, *found])
            return tree.unflatten(structure, both[:len(outs)]), tree.unflatten(structure, both[len(outs):])

        return transformed

    return made(fn, "jvp", make, "jvp", same_arguments=False)


def vjp(what: Any, *primals: Any, **named: Any) -> Any:
    """Vector times Jacobian: of nodes, `vjp(outputs, wrt, cotangents)`, or of a function, `vjp(fn, *primals)`.

    For a function the result is (value, pull), where pull(cotangent) gives a tuple with a cotangent for each argument.

    >>> import wengert as wg
    >>> value, pull = wg.vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> value, pull(1.0)
    (6.0, (3.0, 2.0))
    """
    if _is_nodes(what):
        return autodiff.vjp(what, *primals, **named)
    check_function("vjp", what)
    value = made(what, "call", lambda: what, "value")(*primals)
    return value, lambda cotangent: _pulled(what)(primals, cotangent)


def _pulled(fn: Function) -> Any:
    def make() -> Function:
        def transformed(primals: Any, cotangents: Any) -> Any:
            with within(*current()):
                variables = Variables("vjp", primals, tuple(range(len(primals))))
            outs, structure = outputs_of("vjp", fn(*variables.args))
            seeds = like("vjp", "cotangents", structure, cotangents)
            return variables.tree(variables.replace(autodiff.vjp(outs, variables.fresh, seeds)))  # type: ignore[arg-type]

        return transformed

    return made(fn, "vjp", make, "vjp", same_arguments=False)


def hvp(what: Any, wrt: Any, v: Any) -> Any:
    """The Hessian times a vector: of a scalar node, `hvp(cost, wrt, v)`, or of a function at a point, `hvp(fn, x, v)`.

    >>> import wengert as wg
    >>> wg.hvp(lambda x: x ** 3, 2.0, 1.0)
    12.0
    """
    if isinstance(what, Node):
        return autodiff.hvp(what, wrt, v)
    check_function("hvp", what)
    return jvp(grad(what), (wrt,), (v,))[1]


# --------------------------------------------------------------------------------------------------------------- batches

def vmap(fn: Function, in_axes: Any = 0) -> Any:
    """A function of one example as a function of many: arguments get a leading axis, and so do the results.

    in_axes   0 (all arguments are batched), or for each argument 0 or None (the same for all examples)

    >>> import numpy as np, wengert as wg
    >>> wg.vmap(np.dot, in_axes=(0, None))(np.eye(2), np.array([3.0, 4.0]))
    array([3., 4.])
    """
    check_function("vmap", fn)

    def make() -> Function:
        def transformed(*args: Any) -> Any:
            axes = [in_axes] * len(args) if in_axes is None or isinstance(in_axes, int) else list(in_axes)
            if len(axes) != len(args) or any(a not in (0, None) for a in axes) or 0 not in axes:
                said = f"vmap: in_axes must be 0 or None for each of the {len(args)} arguments, at least one 0, got {in_axes!r}"
                raise located(ExpressionError(said))
            leaves, structure = tree.flatten(tuple(a for a, axis in zip(args, axes) if axis == 0))
            actual = [as_node(leaf) for leaf in leaves]
            for node in actual:
                if not node.type.shape:
                    raise located(ShapeError(f"vmap: a batched argument needs a leading axis, got {node.type}; give it in_axes None"))
                if node.type.shape[0] != actual[0].type.shape[0]:
                    raise located(ShapeError(f"vmap: batched arguments need one leading size, got {actual[0].type} and {node.type}"))
            single = [fresh(node.type.with_shape(node.type.shape[1:])) for node in actual]
            rest = iter(tree.unflatten(structure, single))
            outs, built = outputs_of("vmap", fn(*[next(rest) if axis == 0 else a for a, axis in zip(args, axes)]))
            return tree.unflatten(built, autodiff.batch(outs, dict(zip(single, actual))))

        return transformed

    return made(fn, ("vmap", in_axes if in_axes is None or isinstance(in_axes, int) else tuple(in_axes)), make, "vmap")
