"""The hypergeometric series of `ir/ops/hypergeometric_series.py` in vector code, computed in double precision."""
from __future__ import annotations

from collections.abc import Callable

from ...ir.ops.hypergeometric_series import orders_of, series
from .core import Lanes, Value


def _emit(m: Lanes, order: int, *arguments: Value) -> Value:
    *upper, c, x = map(m.widen, arguments)
    return m.narrow(series(m.as_double(), upper, c, x, orders_of(order, len(upper))))


def hyp0f1_series(order: int) -> Callable[[Lanes, Value, Value], Value]:
    return lambda m, c, x: _emit(m, order, c, x)


def hyp1f1_series(order: int) -> Callable[[Lanes, Value, Value, Value], Value]:
    return lambda m, a, c, x: _emit(m, order, a, c, x)


def hyp2f1_series(order: int) -> Callable[[Lanes, Value, Value, Value, Value], Value]:
    return lambda m, a, b, c, x: _emit(m, order, a, b, c, x)


ORDERED: dict[str, Callable[[int], Callable]] = {
    "hyp0f1_series": hyp0f1_series, "hyp1f1_series": hyp1f1_series, "hyp2f1_series": hyp2f1_series,
}
