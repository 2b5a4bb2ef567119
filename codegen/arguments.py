"""The slow path of a call: binds any arguments by name, converts what loses nothing, and explains what does not fit.

Owns every message about arguments. Nothing is computed and nothing written before all arguments are found good. It
calls `@run` by its address and never the fast path, so a call ends here. `conversion.py` turns one value into an array.
"""
from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..ir.errors import ArgumentError, DTypeError, ShapeError
from ..ir.extents import too_large
from ..ir.sizes import Solution
from ..ir.types import Type, dim_names, evaluate_dim
from .conversion import Mismatch, describe, to_array
from .signature import Signature

Explain = Callable[[Mapping[str, int], Sequence[np.ndarray]], "str | None"]

_RUN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)  # releases the GIL


class CheckedCall:
    """A compiled function behind the face of a Python function. `keep` is held: the code, with `@run` at
    `address`, must outlive this object; and `beside`: what the code reads, and what the function ran before.

    `explain`, given the sizes and the inputs of a call that failed, may know more of why than the signature does. Who sets
    `points` takes the calls whose arguments have more axes than the inputs.
    """

    def __init__(self, signature: Signature, run: int, keep: object, explain: Explain | None = None) -> None:
        self.signature, self.keep, self.address = signature, keep, run
        self.points: Any = None
        self.beside: tuple[object, object] = (None, None)
        self._run, self._explain = _RUN(run), explain
        self._names = [name for name, _ in signature.inputs]
        self._binders, self._solutions = signature.binders(), signature.solutions()
        self._told = {name: self._names[k] for name, (k, _) in self._binders.items()}  # by which argument the size is known
        self._told.update((solution.name, self._names[solution.position]) for solution in self._solutions)

    def call(self, /, *args: Any, out: Any = None, **named: Any) -> Any:
        """The outputs for these arguments, as the fast path would give them.

        Raises ArgumentError, or DTypeError where a conversion would lose value. `out` is untouched by a refused call.
        """
        values = self._bind(args, named)
        if self.points is not None and self.points.meant(values):
            return self.points(values, out)
        sources, arrays = self._convert(values)
        sizes = self._sizes(arrays)
        targets = self._targets(out, sizes, sources)
        results = [self._place(type, target, sizes) for type, target in zip(self.signature.outputs, targets, strict=True)]
        self._execute(arrays, results, sizes)
        given = [self._give(result, target) for result, target in zip(results, targets, strict=True)]
        return given[0] if self.signature.single else tuple(given)

    # -- arguments

    def _error(self, message: str) -> ArgumentError:
        return ArgumentError(f"{self.signature.name}: {message}")

    def _bind(self, args: tuple[Any, ...], named: Mapping[str, Any]) -> list[Any]:
        names = self._names
        if not named and len(args) == len(names):
            return list(args)
        takes = ", ".join(names)
        if len(args) > len(names):
            raise self._error(f"takes {len(names)} argument{'s' * (len(names) != 1)} ({takes}), got {len(args)}")
        bound = dict(zip(names, args, strict=False))
        for name, value in named.items():
            if name not in names:
                raise self._error(f"unknown argument {name!r}; it takes ({takes})")
            if name in bound:
                raise self._error(f"argument {name} is given twice, by position and by name")
            bound[name] = value
        missing = [f"{name}: {type}" for name, type in self.signature.inputs if name not in bound]
        if missing:
            raise self._error(f"missing argument{'s' * (len(missing) != 1)} {', '.join(missing)}")
        return [bound[name] for name in names]

    def _convert(self, values: Sequence[Any]) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """For each value the array that it is a view of, and the array that the code can read."""
        sources, arrays = [], []
        for (name, type), value in zip(self.signature.inputs, values, strict=True):
            try:
                source, array = to_array(value, type)
            except Mismatch as error:
                kind = DTypeError if error.of_dtype else ArgumentError
                message = f"{self.signature.name}: argument {name}: expected {type}, got {error}"
                if self.signature.sizes and not type.shape and isinstance(value, (list, tuple, np.ndarray)):
                    size = self.signature.sizes[0]
                    message += f"; many points need fixed sizes, but {size} is known at the call only: call once for each point"
                raise kind(message) from None
            sources.append(source)
            arrays.append(array)
        return sources, arrays

    def _sizes(self, arrays: Sequence[np.ndarray]) -> dict[str, int]:
        """The named sizes; each other axis must agree with them."""
        for (name, type), array in zip(self.signature.inputs, arrays, strict=True):
            fixed = [isinstance(dim, int) and dim != size for dim, size in zip(type.shape, array.shape, strict=True)]
            if any(fixed):
                raise self._error(f"argument {name}: expected {type}, got {describe(array)}")
        sizes = {name: arrays[k].shape[axis] for name, (k, axis) in self._binders.items()}
        axes = [(name, type, array, dim, size) for (name, type), array in zip(self.signature.inputs, arrays, strict=True)
                for dim, size in zip(type.shape, array.shape, strict=True)]
        for name, _, _, dim, size in axes:
            if str(dim) in sizes and sizes[str(dim)] != size:
                raise self._error(f"size {dim} is {sizes[str(dim)]} in {self._told[str(dim)]} but {size} in {name}")
        for solution in self._solutions:
            sizes[solution.name] = self._solved(solution, arrays[solution.position], sizes)
        self._guard(sizes)  # before the other axes, whose sizes make sense only then
        for name, type, array, dim, size in axes:
            if evaluate_dim(dim, sizes) != size:
                raise self._size_error(name, type, array, sizes)
        try:
            too_large(self.signature.extents, sizes)
        except ShapeError as error:
            raise self._error(str(error)) from None
        return sizes

    def _solved(self, solution: Solution, array: np.ndarray, sizes: Mapping[str, int]) -> int:
        found, left = divmod(array.shape[solution.axis] - evaluate_dim(solution.rest, sizes), solution.factor)
        if left or found < 0:
            name, type = self.signature.inputs[solution.position]
            length = f"{type.shape[solution.axis]} = {array.shape[solution.axis]}"
            raise self._error(f"argument {name}: expected {type}, got {describe(array)}: no whole {solution.name} from 0 on makes {length}")
        return found

    def _size_error(self, name: str, type: Type, array: np.ndarray, sizes: Mapping[str, int]) -> ArgumentError:
        wanted = tuple(evaluate_dim(dim, sizes) for dim in type.shape)
        known = sorted(set().union(*map(dim_names, type.shape)))
        facts = ", ".join(f"{each} is {sizes[each]} in {self._told[each]}" for each in known)
        return self._error(f"argument {name}: expected {type} of shape {wanted}, as {facts}; got {describe(array)}")

    def _guard(self, sizes: Mapping[str, int]) -> None:
        for dim, message in self.signature.guards:
            if evaluate_dim(dim, sizes) < 0:
                facts = ", ".join(f"{name} = {sizes[name]}" for name in sorted(dim_names(dim)))
                raise self._error(f"{message} ({facts})" if facts else message)

    # -- results

    def _targets(self, out: Any, sizes: Mapping[str, int], sources: Sequence[np.ndarray]) -> list[np.ndarray | None]:
        """The array to write each output to, or None for a new one."""
        count = len(self.signature.outputs)
        if out is None:
            return [None] * count
        items: Sequence[Any] = [out]
        if not self.signature.single:
            if not isinstance(out, (tuple, list)) or len(out) != count:
                got = f"{len(out)}" if isinstance(out, (tuple, list)) else describe(out)
                raise self._error(f"out: expected a tuple of {count} arrays or None, one for each output, got {got}")
            items = out
        where = self.signature.outs
        targets = [self._target(name, item, type, sizes)
                   for name, item, type in zip(where, items, self.signature.outputs, strict=True)]
        others = [(f"argument {name}", source) for name, source in zip(self._names, sources, strict=True)]
        for name, target in zip(where, targets, strict=True):
            if target is None:
                continue
            for other, array in others:
                if overlap(target, array):
                    raise self._error(f"{name} overlaps {other} in memory; give an array of its own")
            others.append((name, target))
        return targets

    def _target(self, name: str, item: Any, type: Type, sizes: Mapping[str, int]) -> np.ndarray | None:
        if item is None:
            return None
        shape = tuple(evaluate_dim(dim, sizes) for dim in type.shape)
        wanted = f"{name}: expected a {type.dtype.name} array of shape {shape}"
        if not isinstance(item, np.ndarray) or item.shape != shape:
            raise self._error(f"{wanted}, got {describe(item)}")
        if item.dtype != type.dtype:
            raise DTypeError(f"{self.signature.name}: {wanted}, got {describe(item)}")
        if not item.flags.writeable:
            raise self._error(f"{wanted}, got one that is read-only")
        return item

    def _place(self, type: Type, target: np.ndarray | None, sizes: Mapping[str, int]) -> np.ndarray:
        """The array that the code writes: the target itself if its memory is in order and the code cannot fail."""
        if target is not None and not self.signature.failures and target.flags.c_contiguous and target.flags.aligned:
            return target
        return np.empty(tuple(evaluate_dim(dim, sizes) for dim in type.shape), type.dtype)

    @staticmethod
    def _give(result: np.ndarray, target: np.ndarray | None) -> Any:
        if target is None:
            return result if result.ndim else result.item()
        if result is not target:
            target[...] = result
        return target

    def _execute(self, arrays: Sequence[np.ndarray], results: Sequence[np.ndarray], sizes: Mapping[str, int]) -> None:
        numbers = (ctypes.c_int64 * len(self.signature.sizes))(*(sizes[name] for name in self.signature.sizes))
        code = self._run(_pointers(arrays), _pointers(results), numbers)
        if code < 0:
            needed = evaluate_dim(self.signature.arena, sizes)
            raise MemoryError(f"{self.signature.name}: no memory for the {needed} bytes of intermediate values")
        if code:
            said = self._explain(sizes, arrays) if self._explain else None
            raise self._error(said or self.signature.failures[code - 1])


def _pointers(arrays: Sequence[np.ndarray]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*(array.__array_interface__["data"][0] for array in arrays))


def overlap(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays share an element. Where that is too hard to tell exactly, whether their bounds meet."""
    try:
        return bool(np.shares_memory(a, b, max_work=10_000))  # type: ignore[arg-type]  # the stubs know -1 and 0 only
    except np.exceptions.TooHardError:
        return True
