"""What a value is: its dtype and its shape, whose dims are integers or polynomials in named sizes.

Knows nothing of nodes or ops. Types are interned, so equal types are the same object and `is` compares them.
Read `op.py` next.
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar, Union

import numpy as np

from .errors import DTypeError, ParseError, ShapeError

# Short names are those of the text form: f64[n,3].
SHORT = {"float64": "f64", "float32": "f32", "int64": "i64", "int32": "i32", "bool": "bool"}
LONG = {short: long for long, short in SHORT.items()}


_NATIVE = {np.dtype(name): np.dtype(name) for name in SHORT}  # NumPy works out a dtype's name slowly


def dtype_of(value: object) -> np.dtype:
    """The NumPy dtype named by `value` ("float64", "f64", np.float64, float, ...), if it is one of the five."""
    known = _NATIVE.get(value) if isinstance(value, np.dtype) else None
    if known is not None:
        return known
    try:
        dtype: np.dtype = np.dtype(LONG.get(value, value) if isinstance(value, str) else value)  # type: ignore[call-overload]
    except TypeError:
        raise DTypeError(f"dtype: expected one of {', '.join(SHORT)}, got {value!r}") from None
    if dtype.name not in SHORT:
        raise DTypeError(f"dtype: expected one of {', '.join(SHORT)}, got {dtype.name}")
    native: np.dtype = np.dtype(dtype.name)  # of this machine's byte order
    return native


def is_float(dtype: np.dtype) -> bool:
    """Whether values of `dtype` can carry a derivative."""
    return dtype.kind == "f"


Monomial = tuple[Union[str, "Quotient"], ...]  # sorted atoms, repeated for powers: n*n*m is ("m", "n", "n")
Dim = Union[int, "Poly"]
Shape = tuple[Dim, ...]


class Quotient:
    """The atom `numerator // divisor` (floor), which slices with steps need: `x[::2]` has (n+1)//2 elements."""

    __slots__ = ("numerator", "divisor")

    def __init__(self, numerator: Poly, divisor: int) -> None:
        self.numerator, self.divisor = numerator, divisor

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quotient) and (self.numerator, self.divisor) == (other.numerator, other.divisor)

    def __hash__(self) -> int:
        return hash((self.numerator, self.divisor))

    def __str__(self) -> str:
        one = len(self.numerator.terms) == 1
        return f"({self.numerator}//{self.divisor})" if one else f"(({self.numerator})//{self.divisor})"


class Poly:
    """A size known at the call: an integer polynomial in named dims, such as `n`, `n-1` or `2*n*m`.

    Canonical: terms are sorted, no coefficient is zero, and a constant polynomial is never a `Poly` but an int.
    Two polynomials are equal when they are equal for every size; of quotients the usual ones are recognised.

    >>> n = Poly.name("n")
    >>> str(2 * n - 1), n - n, (n + 1) - 1 == n
    ('2*n-1', 0, True)
    """

    __slots__ = ("terms", "_hash")

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        self.terms = terms
        self._hash = hash(terms)

    @staticmethod
    def name(name: str) -> Poly:
        """The dim called `name`, which must be a Python identifier."""
        if not name.isidentifier():
            raise ShapeError(f"dim: a named size must be an identifier such as 'n', got {name!r}")
        return Poly((((name,), 1),))

    @staticmethod
    def _collect(terms: Iterable[tuple[Monomial, int]]) -> Dim:
        total: dict[Monomial, int] = {}
        for monomial, coefficient in terms:
            total[monomial] = total.get(monomial, 0) + coefficient
        kept = sorted(((m, c) for m, c in total.items() if c), key=lambda t: (-len(t[0]), tuple(map(str, t[0]))))
        if not kept:
            return 0
        if len(kept) == 1 and not kept[0][0]:
            return kept[0][1]
        return Poly(tuple(kept))

    def __add__(self, other: Dim) -> Dim:
        if not _is_dim(other):
            return NotImplemented  # a node: the size becomes a value of the graph
        return Poly._collect((*self.terms, *_terms(other)))

    def __sub__(self, other: Dim) -> Dim:
        if not _is_dim(other):
            return NotImplemented
        return Poly._collect((*self.terms, *((m, -c) for m, c in _terms(other))))

    def __mul__(self, other: Dim) -> Dim:
        if not _is_dim(other):
            return NotImplemented
        pairs = ((m1, c1, m2, c2) for m1, c1 in self.terms for m2, c2 in _terms(other))
        return Poly._collect((tuple(sorted(m1 + m2, key=str)), c1 * c2) for m1, c1, m2, c2 in pairs)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: int) -> Dim:
        return -self + other

    def __neg__(self) -> Dim:
        return self * -1

    def __floordiv__(self, divisor: int) -> Dim:
        """Whole multiples of the divisor leave the quotient, so (n+2)//2 is n//2 + 1; what remains is an atom."""
        if not isinstance(divisor, int) or divisor < 1:
            raise ShapeError(f"dim: can divide by a positive integer only, got {self} // {divisor}")
        whole = [(m, c // divisor) for m, c in self.terms]
        rest = Poly._collect((m, c % divisor) for m, c in self.terms)
        if isinstance(rest, int):
            return Poly._collect([*whole, ((), rest // divisor)])
        return Poly._collect([*whole, *_terms(_quotient(rest, divisor))])

    def evaluate(self, sizes: Mapping[str, int]) -> int:
        """The integer that this is for the given sizes of the named dims."""
        total = 0
        for monomial, coefficient in self.terms:
            for atom in monomial:
                if isinstance(atom, str):
                    coefficient *= sizes[atom]
                else:
                    coefficient *= evaluate_dim(atom.numerator, sizes) // atom.divisor
            total += coefficient
        return total

    def substitute(self, sizes: Mapping[str, Dim]) -> Dim:
        """This polynomial with named dims replaced by other dims."""
        total: Dim = 0
        for monomial, coefficient in self.terms:
            product: Dim = coefficient
            for atom in monomial:
                if isinstance(atom, str):
                    product = product * sizes.get(atom, Poly.name(atom))
                else:
                    product = product * (substitute_dim(atom.numerator, sizes) // atom.divisor)
            total = total + product
        return total

    def names(self) -> set[str]:
        """The named dims that occur in it."""
        found: set[str] = set()
        for monomial, _ in self.terms:
            for atom in monomial:
                found |= {atom} if isinstance(atom, str) else atom.numerator.names()
        return found

    @property
    def is_name(self) -> bool:
        """Whether it is a named size and nothing else."""
        return len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1 and isinstance(self.terms[0][0][0], str)

    @property
    def never_negative(self) -> bool:
        """Whether its form alone shows that it is 0 or more for all sizes; False if that depends on them."""
        atoms = [atom for monomial, _ in self.terms for atom in monomial]
        return all(c > 0 for _, c in self.terms) and all(isinstance(a, str) or a.numerator.never_negative for a in atoms)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Poly) and self.terms == other.terms)

    def __hash__(self) -> int:
        return self._hash

    def __index__(self) -> int:
        raise ShapeError(
            f"dim: the size {self} is known only at the call, so it cannot be used as a Python integer; "
            "use array operations, or a fixed size in the symbol's shape"
        )

    def __str__(self) -> str:
        text = ""
        for monomial, coefficient in self.terms:
            factors = [str(atom) for atom in monomial]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            text += ("-" if coefficient < 0 else "+" if text else "") + "*".join(factors)
        return text

    __repr__ = __str__

    def __reduce__(self) -> tuple[object, ...]:
        return (Poly, (self.terms,))


def _quotient(rest: Poly, divisor: int) -> Dim:
    """rest // divisor in one form: (2*n+3)//4 is (n+1)//2, and (n//2+1)//2 is (n+2)//4."""
    constant = dict(rest.terms).get((), 0)
    parts = [(m, c) for m, c in rest.terms if m]
    common = math.gcd(divisor, *(c for _, c in parts))
    if common > 1:
        reduced = Poly(tuple((m, c // common) for m, c in parts)) + constant // common
        return reduced // (divisor // common)
    monomial, coefficient = parts[0]
    if len(parts) == len(monomial) == coefficient == 1 and isinstance(monomial[0], Quotient):
        inner = monomial[0]
        return (inner.numerator + constant * inner.divisor) // (divisor * inner.divisor)
    return Poly((((Quotient(rest, divisor),), 1),))


def _is_dim(value: object) -> bool:
    return isinstance(value, (Poly, int, np.integer))


def _terms(dim: Dim) -> tuple[tuple[Monomial, int], ...]:
    return dim.terms if isinstance(dim, Poly) else (((), int(dim)),) if dim else ()


def as_dim(value: object) -> Dim:
    """A dim from what a person writes: a non-negative int, a name, or a dim of another shape."""
    if isinstance(value, Poly):
        return value
    if isinstance(value, str):
        if value.isidentifier():
            return Poly.name(value)
        from .text import parse_dim  # the grammar of dims lives with the text form

        try:
            return parse_dim(value)
        except ParseError:
            raise ShapeError(f"shape: a size must be an int, a name such as 'n' or a polynomial such as '2*n-1', got {value!r}") from None
    if isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_)):
        if value < 0:
            raise ShapeError(f"shape: a size must not be negative, got {value}")
        if value >= 2**63:
            raise ShapeError(f"shape: a size must be below 2**63, got {value}")
        return int(value)
    raise ShapeError(f"shape: a size must be an int or a name such as 'n', got {value!r}")


def evaluate_dim(dim: Dim, sizes: Mapping[str, int]) -> int:
    return dim if isinstance(dim, int) else dim.evaluate(sizes)


def substitute_dim(dim: Dim, sizes: Mapping[str, Dim]) -> Dim:
    return dim if isinstance(dim, int) else dim.substitute(sizes)


def dim_names(dim: Dim) -> set[str]:
    return set() if isinstance(dim, int) else dim.names()


def product(dims: Iterable[Dim]) -> Dim:
    """The number of elements of a shape."""
    total: Dim = 1
    for dim in dims:
        total = total * dim
    return total


class Type:
    """The type of an array value, `f64[n,3]`: a dtype and a shape. Rank 0 is a scalar.

    Interned: `Type(d, s) is Type(d, s)`.

    >>> str(Type("float64", (Poly.name("n"), 3)))
    'f64[n,3]'
    """

    __slots__ = ("dtype", "dtype_name", "shape", "__weakref__")
    dtype: np.dtype
    dtype_name: str  # NumPy works a dtype's name out anew each time, which costs more than the rest of a look-up
    shape: Shape
    _table: ClassVar[dict[object, Type]] = {}

    def __new__(cls, dtype: object, shape: Iterable[object] = ()) -> Type:
        key = (dtype_of(dtype), tuple(map(as_dim, shape)))
        found = cls._table.get(key)
        if found is None:
            found = object.__new__(cls)
            found.dtype, found.shape = key
            found.dtype_name = found.dtype.name
            found = cls._table.setdefault(key, found)
        return found

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> Dim:
        """The number of elements."""
        return product(self.shape)

    @property
    def is_float(self) -> bool:
        return self.dtype.kind == "f"

    def with_shape(self, shape: Iterable[Dim]) -> Type:
        return Type(self.dtype, shape)

    def with_dtype(self, dtype: object) -> Type:
        return Type(dtype, self.shape)

    def __str__(self) -> str:
        short = SHORT[self.dtype.name]
        return f"{short}[{','.join(map(str, self.shape))}]" if self.shape else short

    __repr__ = __str__

    def __reduce__(self) -> tuple[object, ...]:
        return (Type, (self.dtype.name, self.shape))


class TupleType:
    """The type of an op with several results (`scan`, `cond`): the types of its parts, which `item` picks."""

    __slots__ = ("parts", "__weakref__")
    parts: tuple[Type, ...]
    _table: ClassVar[dict[object, TupleType]] = {}

    def __new__(cls, parts: Iterable[Type]) -> TupleType:
        key = tuple(parts)
        found = cls._table.get(key)
        if found is None:
            found = object.__new__(cls)
            found.parts = key
            found = cls._table.setdefault(key, found)
        return found

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.parts))})"

    __repr__ = __str__

    def __reduce__(self) -> tuple[object, ...]:
        return (TupleType, (self.parts,))
