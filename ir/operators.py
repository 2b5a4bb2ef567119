"""The operators, methods and NumPy protocols of nodes: what makes `np.tanh(x @ w) ** 2` build a graph.

Every method is a name for a row of `ops/` or a function of `library/`; nothing is computed here. It stands in `ir/`
because derivative rules and rewrite rules are written in the same language as models.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import ExpressionError
from .types import Shape

if TYPE_CHECKING:
    from .node import Node


def language() -> Any:
    """The functions of the language by name: library functions and rows. Bound late: they are made of nodes."""
    from . import library

    globals()["language"] = lambda: library  # the import is paid once
    return library


def _binary(name: str) -> tuple[Callable[[Any, object], Node], Callable[[Any, object], Node]]:
    function: Any = None

    def bound() -> Any:
        nonlocal function
        from .convert import apply
        from .op import TABLE

        function = getattr(language(), name)
        if name in TABLE and TABLE[name].elementwise:
            function = partial(apply, TABLE[name])  # the same, a frame of Python less
        return function

    def forward(self: Any, other: object) -> Node:
        return (function or bound())(self, other)  # type: ignore[no-any-return]

    def reflected(self: Any, other: object) -> Node:
        return (function or bound())(other, self)  # type: ignore[no-any-return]

    return forward, reflected


class Operators:
    """Python's operators, indexing, methods and NumPy's protocols; the base of `Node`."""

    __slots__ = ()
    type: Any

    __add__, __radd__ = _binary("add")
    __sub__, __rsub__ = _binary("subtract")
    __mul__, __rmul__ = _binary("multiply")
    __truediv__, __rtruediv__ = _binary("divide")
    __floordiv__, __rfloordiv__ = _binary("floor_divide")
    __mod__, __rmod__ = _binary("remainder")
    __matmul__, __rmatmul__ = _binary("matmul")
    __and__, __rand__ = _binary("logical_and")
    __or__, __ror__ = _binary("logical_or")
    __xor__, __rxor__ = _binary("logical_xor")
    __lt__, __le__ = _binary("less")[0], _binary("less_equal")[0]
    __gt__, __ge__ = _binary("greater")[0], _binary("greater_equal")[0]
    __eq__, __ne__ = _binary("equal")[0], _binary("not_equal")[0]  # type: ignore[assignment]

    def __pow__(self, other: object, modulus: object = None) -> Node:
        if modulus is not None:
            raise _refused(self, "has no pow with a modulus; write x ** y % m")
        return language().power(self, other)  # type: ignore[no-any-return]

    def __rpow__(self, other: object) -> Node:
        return language().power(other, self)  # type: ignore[no-any-return]

    def __neg__(self) -> Node:
        return language().negative(self)  # type: ignore[no-any-return]

    def __pos__(self) -> Node:
        return self  # type: ignore[return-value]

    def __abs__(self) -> Node:
        return language().abs(self)  # type: ignore[no-any-return]

    def __invert__(self) -> Node:
        return language().logical_not(self)  # type: ignore[no-any-return]

    def __getitem__(self, key: object) -> Node:
        return language().getitem(self, key)  # type: ignore[no-any-return]

    def __setitem__(self, key: object, value: object) -> None:
        raise _refused(self, "cannot be changed in place; build a new one with wg.where, wg.concatenate or wg.stack")

    def __len__(self) -> int:
        if not self.type.shape:
            raise _refused(self, "is a scalar, which has no length and cannot be iterated over")
        return self.type.shape[0].__index__()  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[Node]:
        return iter([self[i] for i in range(len(self))])

    def __bool__(self) -> bool:
        raise _no_value(self, "its truth is known only at the call; use wg.where(condition, a, b) or wg.cond instead of `if`")

    def __float__(self) -> float:
        raise _no_value(self, "it is a node of a graph, not a number; compile it with wg.function or jit to get numbers")

    __int__ = __complex__ = __index__ = __float__

    @property
    def shape(self) -> Shape:
        """The sizes of the axes: ints, or dims that are known at the call."""
        return self.type.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return self.type.ndim  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype:
        return self.type.dtype  # type: ignore[no-any-return]

    @property
    def size(self) -> Any:
        """The number of elements, an int or a dim."""
        return self.type.size

    @property
    def T(self) -> Node:
        """The array with its axes reversed."""
        return language().transpose(self)  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        """The methods that NumPy's arrays have (`x.sum()`): each is the function of that name with x first."""
        if name in METHODS:
            function = getattr(language(), METHODS[name])
            return lambda *args, **options: function(self, *args, **options)
        raise AttributeError(f"a node has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *METHODS})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, **options: object) -> Any:
        return language().numpy_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: object, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return language().numpy_function(function, args, options)

    def __array__(self, dtype: object = None, copy: object = None) -> Any:
        raise _no_value(self, "it is a node of a graph and has no elements yet; compile it with wg.function or jit")


# Methods of ndarray that are functions of the language with the array first.
METHODS = {name: name for name in (
    "sum", "prod", "mean", "var", "std", "max", "min", "argmax", "argmin", "cumsum", "cumprod", "any", "all", "reshape", "ravel", "squeeze",
    "swapaxes", "transpose", "take", "repeat", "round", "clip", "dot", "astype", "diagonal", "trace", "conj", "copy",
)} | {"flatten": "ravel", "conjugate": "conj"}


def _no_value(node: Any, why: str) -> ExpressionError:
    return _refused(node, f"has no value yet: {why}")


def _refused(node: Any, why: str) -> ExpressionError:
    from .node import located

    name = node.attrs[0] if node.op.name == "input" else "#"
    where = node.op.name if name.startswith("#") else name  # a traced argument has a name that nobody gave
    return located(ExpressionError(f"{where}: a symbolic {node.type} {why}"))  # type: ignore[return-value]
