"""Numbers of 106 bits as unevaluated sums of two doubles, by error-free sums and products (Dekker 1971; Handbook of Floating-Point
Arithmetic, 14.1).

`Twice(m)` has the operations of `m`, which are NumPy's arrays or the lanes of native code, on such numbers: an algorithm that is
written in operators runs in either precision. Comparisons look at the leading parts. Read `hypergeometric_series.py` next.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Twofold:
    """high + low; None as the lower part: exactly 0. Mixes with doubles and numbers."""

    __slots__ = ("high", "low", "m")
    __array_ufunc__ = None  # an array on the left leaves the operation to this class
    __hash__ = None  # type: ignore[assignment]    # == compares lane by lane

    def __init__(self, m: Any, high: Any, low: Any = None) -> None:
        self.m, self.high, self.low = m, high, low

    def _sum(self, high: Any, low: Any) -> Twofold:
        """Of a larger and a smaller one."""
        total = high + low
        return Twofold(self.m, total, low - (total - high))

    def __add__(self, other: Any) -> Twofold:
        high, low = _parts(other)
        total, error = self.m.two_sum(self.high, high)
        for part in (self.low, low):
            error = error if part is None else error + part
        return self._sum(total, error) if self.low is not None or low is not None else Twofold(self.m, total, error)

    def __mul__(self, other: Any) -> Twofold:
        high, low = _parts(other)
        product, error = self.m.two_prod(self.high, high)
        error = error if low is None else error + self.high * low
        error = error if self.low is None else error + self.low * high
        return self._sum(product, error) if self.low is not None or low is not None else Twofold(self.m, product, error)

    def __truediv__(self, other: Any) -> Twofold:
        high, _ = _parts(other)
        first = self.high / high
        rest = self - Twofold(self.m, first) * other
        return self._sum(first, rest.high / high)

    def __neg__(self) -> Twofold:
        return Twofold(self.m, -self.high, None if self.low is None else -self.low)

    def __sub__(self, other: Any) -> Twofold:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Twofold:
        return (-self).__add__(other)

    def __rtruediv__(self, other: Any) -> Twofold:
        return Twofold(self.m, self.high - self.high + other) / self

    __radd__, __rmul__ = __add__, __mul__

    def __lt__(self, other: Any) -> Any: return self.high < _parts(other)[0]
    def __le__(self, other: Any) -> Any: return self.high <= _parts(other)[0]
    def __gt__(self, other: Any) -> Any: return self.high > _parts(other)[0]
    def __ge__(self, other: Any) -> Any: return self.high >= _parts(other)[0]
    def __eq__(self, other: Any) -> Any: return self.high == _parts(other)[0]
    def __ne__(self, other: Any) -> Any: return self.high != _parts(other)[0]


def _parts(x: Any) -> tuple[Any, Any]:
    return (x.high, x.low) if isinstance(x, Twofold) else (x, None)


def leading(x: Any) -> Any:
    """The number rounded to a double; a double itself."""
    return _parts(x)[0]


class Twice:
    """The operations of `m`; those that only steer the algorithm round to a double."""

    def __init__(self, m: Any) -> None:
        self.m = m

    def number(self, x: Any) -> Twofold:
        return Twofold(self.m, x)

    def sqrt(self, x: Any) -> Any:
        return self.m.sqrt(leading(x))

    def rint(self, x: Any) -> Any:
        return self.m.rint(leading(x))

    def exp(self, x: Any) -> Twofold:
        return Twofold(self.m, self.m.exp(leading(x)))

    def abs(self, x: Any) -> Any:
        return self.where(x < 0.0, -x, x)

    def where(self, mask: Any, yes: Any, no: Any) -> Any:
        (high, low), (other, rest) = _parts(yes), _parts(no)
        chosen = self.m.where(mask, high, other)
        if not isinstance(yes, Twofold) and not isinstance(no, Twofold):
            return chosen
        if low is None and rest is None:
            return Twofold(self.m, chosen)
        return Twofold(self.m, chosen, self.m.where(mask, 0.0 if low is None else low, 0.0 if rest is None else rest))

    def rarely(self, mask: Any, values: Sequence[Any], slow: Callable[[], Sequence[Any]]) -> list[Any]:
        form = [isinstance(v, Twofold) for v in values]
        return _joined(self.m, form, self.m.rarely(mask, _apart(form, values), lambda: _apart(form, slow())))

    def repeat(
        self, going: Any, state: Sequence[Any], step: Callable[[Any, Sequence[Any]], tuple[Any, Sequence[Any]]], most: int,
    ) -> tuple[Any, list[Any]]:
        form = [isinstance(v, Twofold) for v in state]

        def flat(going: Any, parts: Sequence[Any]) -> tuple[Any, list[Any]]:
            still, new = step(going, _joined(self.m, form, parts))
            return still, _apart(form, new)

        going, parts = self.m.repeat(going, _apart(form, state), flat, most)
        return going, _joined(self.m, form, parts)


def _apart(form: Sequence[bool], values: Sequence[Any]) -> list[Any]:
    """The doubles of which numbers consist; `form` says which are twofold."""
    parts: list[Any] = []
    for twofold, value in zip(form, values):
        high, low = _parts(value)
        parts += [high, high - high if low is None else low] if twofold else [high]
    return parts


def _joined(m: Any, form: Sequence[bool], parts: Sequence[Any]) -> list[Any]:
    rest = iter(parts)
    return [Twofold(m, next(rest), next(rest)) if twofold else next(rest) for twofold in form]
