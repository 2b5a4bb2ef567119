"""Compiled functions whose results are sparse: the values come from native code, the structure is known beforehand.

The graph computes the values alone, in the order of the format; here they become scipy.sparse arrays, or are written into
the arrays of `out=`. Read `autodiff/sparse.py` for the matrix of a graph.
"""
from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir.errors import ArgumentError, ParseError
from ..ir.types import Type
from .around import Around
from .autodiff.sparse import FORMATS, SparseMatrix
from .model import Model
from .points import depth

if TYPE_CHECKING:
    from pathlib import Path


class Structure:
    """Where the values of a sparse result lie: a scipy.sparse array without its values."""

    def __init__(self, format: str, rows: Any, columns: Any, shape: Sequence[int]) -> None:
        self.format, self.shape = format, (int(shape[0]), int(shape[1]))
        self.rows, self.columns = np.asarray(rows, np.int64), np.asarray(columns, np.int64)

    @classmethod
    def of(cls, matrix: SparseMatrix) -> Structure:
        return cls(matrix.format, matrix.rows, matrix.columns, matrix.shape)

    @cached_property
    def empty(self) -> Any:
        """The scipy.sparse array with zeros for values; every result is a copy of it."""
        from scipy import sparse

        zeros = np.zeros(len(self.rows))
        if self.format == "coo":
            found = sparse.coo_array((zeros, (self.rows, self.columns)), shape=self.shape)
            found.has_canonical_format = True
            return found
        kind, major, minor = ((sparse.csr_array, self.rows, self.columns) if self.format == "csr"
                              else (sparse.csc_array, self.columns, self.rows))
        lengths = np.bincount(major, minlength=self.shape[self.format == "csc"])
        found = kind((zeros, minor, np.concatenate([[0], np.cumsum(lengths)])), shape=self.shape)
        found.has_canonical_format = True
        return found

    @cached_property
    def indices(self) -> dict[str, Any]:
        """The arrays of the structure by the names that they have in a scipy.sparse array."""
        empty = self.empty
        if self.format == "coo":
            return dict(zip(("row", "col"), empty.coords))
        return {"indices": empty.indices, "indptr": empty.indptr}

    def matrix(self, values: np.ndarray) -> Any:
        """A new array with these values. It owns its structure, so that a person may change it."""
        kind: Any = type(self.empty)
        found = kind.__new__(kind)  # its constructor would check the structure again, at 15 us a call
        vars(found).update(vars(self.empty))
        found.data = values
        own = {name: index.copy() for name, index in self.indices.items()}
        vars(found).update({"coords": tuple(own.values())} if self.format == "coo" else own)
        return found

    def values_of(self, where: str, matrix: Any) -> np.ndarray:
        """The values of an array given in `out=`, to write into."""
        if getattr(matrix, "format", None) != self.format or matrix.shape != self.shape:
            got = f"a {matrix.format} array of {matrix.shape}" if hasattr(matrix, "format") else type(matrix).__name__
            raise ArgumentError(f"{where}: expected a {self.format}_array of {self.shape}, got {got}")
        for name, need in self.indices.items():
            have = getattr(matrix, name)
            if have.shape != need.shape or np.count_nonzero(have != need):
                raise ArgumentError(f"{where}: the array has entries in other places; take one that the function returned")
        return matrix.data  # type: ignore[no-any-return]

    def facts(self) -> list[Any]:
        """What `Structure(*facts)` takes, for files."""
        return [self.format, self.rows.tolist(), self.columns.tolist(), self.shape]


    def fits(self, values: Type) -> bool:
        """Whether values of this type can lie so: SciPy reads and writes by the structure without a look."""
        count, places = len(self.rows), (self.rows, self.columns)
        if self.format not in FORMATS or any(place.shape != (count,) for place in places) or values.shape != (count,):
            return False
        if not all(0 <= n < 2**31 for n in self.shape):
            return False
        if any(count and not 0 <= place.min() <= place.max() < n for place, n in zip(places, self.shape)):
            return False
        major, minor = places[::-1] if self.format == "csc" else places
        in_order = (np.diff(major) > 0) | ((np.diff(major) == 0) & (np.diff(minor) > 0))
        return bool(in_order.all())


def structures_of(where: object, facts: Any, outputs: Sequence[Type], keys: Sequence[str] | None, single: bool) -> dict[Any, Structure]:
    """The structures that a file has, of results by key, by place, or of the single one. Raises ParseError where they do not fit these."""
    try:
        found = {key: Structure(*parts) for key, parts in facts}
        for key, structure in found.items():
            place = keys.index(key) if keys is not None else 0 if single else range(len(outputs)).index(operator.index(key))
            if (key is None) != single or isinstance(key, bool) or not structure.fits(outputs[place]):
                raise ValueError
        return found
    except (TypeError, ValueError, LookupError, OverflowError):
        raise ParseError(f"load: {where} is damaged: its sparse structures do not fit {len(outputs)} outputs") from None


def split(outputs: Any) -> tuple[Any, dict[Any, Structure]]:
    """Outputs with the values of sparse matrices in their place, and their structures by place or key, None for one alone."""
    if isinstance(outputs, SparseMatrix):
        return outputs.values, {None: Structure.of(outputs)}
    if not isinstance(outputs, (list, tuple, Mapping)):
        return outputs, {}
    parts = dict(outputs if isinstance(outputs, Mapping) else enumerate(outputs))
    structures = {key: Structure.of(part) for key, part in parts.items() if isinstance(part, SparseMatrix)}
    parts.update({key: parts[key].values for key in structures})
    return (parts if isinstance(outputs, Mapping) else list(parts.values())) if structures else outputs, structures


class SparseFunction(Around):
    """A compiled function some of whose results are sparse: by their places, or by their keys in a dict."""

    def __init__(self, function: Any, structures: Mapping[Any, Structure]) -> None:
        super().__init__(function)
        self.structures = dict(structures)

    def __call__(self, *args: Any, out: Any = None, **named: Any) -> Any:
        if out is None:
            try:
                return self._wrapped(self.function(*args, **named), {})
            except ArgumentError as error:
                self._explain_points(error, args, named)
                raise
        given, single = self._given(out), None in self.structures
        for key in given:
            if key in self.structures:
                where = f"{self.__name__}: out" if single else f"{self.__name__}: out[{key!r}]"
                given[key] = self.structures[key].values_of(where, given[key])
        values = given if isinstance(out, Mapping) else given[None] if single else tuple(given.get(k) for k in range(len(out)))
        return self._wrapped(self.function(*args, out=values, **named), {None: out} if single else out)

    def _explain_points(self, error: ArgumentError, args: Sequence[Any], named: Mapping[str, Any]) -> None:
        """Raises what is to be said where the arguments that were refused are many points."""
        inputs = self.function._signature.inputs
        given = {**{name: value for (name, _), value in zip(inputs, args)}, **named}
        for name, type in inputs:
            if name in given and depth(given[name]) > type.ndim:
                raise ArgumentError(f"{error}; sparse derivatives are of one point, so call once for each") from None

    def _given(self, out: Any) -> dict[Any, Any]:
        """What is given of `out`, by place or key."""
        if None in self.structures:
            return {None: out}
        if not isinstance(out, (tuple, list, Mapping)):
            raise ArgumentError(f"{self.__name__}: out must be a tuple with an array or None for each result, got {type(out).__name__}")
        return {key: value for key, value in (out.items() if isinstance(out, Mapping) else enumerate(out)) if value is not None}

    def _wrapped(self, result: Any, given: Any) -> Any:
        """The result with scipy.sparse arrays: those that were given, else new ones."""
        if None in self.structures:
            return given[None] if given else self.structures[None].matrix(result)
        parts = result if isinstance(result, dict) else list(result)
        for key, structure in self.structures.items():
            mine = given.get(key) if isinstance(given, Mapping) else given[key]
            parts[key] = structure.matrix(parts[key]) if mine is None else mine
        return parts if isinstance(parts, dict) else tuple(parts)

    def _saved(self) -> tuple[Model, dict[str, Any]]:
        model, facts = self.function._saved()
        return model, {**facts, "sparse": [[key, structure.facts()] for key, structure in self.structures.items()]}

    def export(self, folder: str | Path, *, name: str | None = None, triple: str | None = None, cpu: str | None = None,
               features: str | None = None) -> Any:
        """As `Function.export`; the description holds the structures of the results, whose values the C function writes."""
        structures = [{"output": key or 0, "format": s.format, "rows": s.rows.tolist(), "columns": s.columns.tolist(), "shape": s.shape}
                      for key, s in self.structures.items()]
        return self.function._exported(folder, {"sparse": structures}, name, triple, cpu, features)
