"""Vector math as textual LLVM IR: one emitter an op, for float and double, for every lane count.

Owns the table of functions and the module text that holds the wanted ones. Knows nothing of graphs. Read `core.py`
next.

>>> library([("exp", "double", 8)]).splitlines()[0]
'declare <8 x double> @llvm.fabs.v8f64(<8 x double>)'

All functions are pure, with no external symbol where the machine has FMA. One input gives one result bit for bit,
whatever the lane count (the payload of a NaN excepted).
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import signature

from ..text import ALIGNED, Body, vector
from . import (
    airy,
    bessel,
    error,
    exponential,
    fresnel,
    gamma,
    hyperbolic,
    hypergeometric,
    integrals,
    inverse,
    logarithm,
    polygamma,
    power,
    roots,
    trigonometric,
)
from .core import Lanes, Value, symbol

Wanted = tuple[str, str, int]                 # op, "double" or "float", lanes
Inline = Callable[[str, str, int, int], bool]

_FAMILIES = (exponential, logarithm, power, trigonometric, inverse, hyperbolic, roots, error, gamma, integrals, fresnel, airy)
FUNCTIONS: dict[str, Callable] = {name: emitter for family in _FAMILIES for name, emitter in family.FUNCTIONS.items()}
INTERNAL: dict[str, Callable] = {**trigonometric.INTERNAL}     # called on rare paths, never inlined
# By a number at the end of the name, as in besselj2: from the number to the emitter.
ORDERED: dict[str, Callable[[int], Callable]] = {"polygamma": polygamma.of_order, **bessel.ORDERED, **hypergeometric.ORDERED}


def definition(op: str, scalar: str, lanes: int, inline: Inline | None = None) -> tuple[str, Lanes]:
    """The text of one function, and the Lanes that knows its needs (`needs`, `body.declarations`). For `inline` see `parts`."""
    emitter = _emitter(op)
    m = Lanes(Body(), scalar, lanes)
    m.body.open("entry")                      # named, because a phi node may refer to it
    type = vector(scalar, lanes)
    arguments = [Value(m, scalar, f"%{name}") for name in list(signature(emitter).parameters)[1:]]
    result = emitter(m, *arguments)
    if isinstance(result, tuple):
        returned = f"{{ {', '.join(v.type for v in result)} }}"
        packed = "poison"
        for i, v in enumerate(result):
            packed = m.body.value(f"insertvalue {returned} {packed}, {v.type} {v.name}, {i}")
    else:
        returned, packed = type, result.name
    m.body.emit(f"ret {returned} {packed}")
    parameters = ", ".join(f"{type} {a.name}" for a in arguments)
    head = f"define internal {returned} @{symbol(op, scalar, lanes)}({parameters})"
    if op in INTERNAL:
        head += " noinline cold"
    elif inline:
        head += " alwaysinline" if inline(op, scalar, lanes, len(m.body.lines)) else " noinline" + f" {ALIGNED}" * (lanes > 1)
    head += " nounwind willreturn memory(none) {"
    return "\n".join([head, *m.body.lines, "}", ""]), m


def _emitter(op: str) -> Callable:
    family = op.rstrip("0123456789")
    return FUNCTIONS.get(op) or INTERNAL.get(op) or ORDERED[family](int(op.removeprefix(family)))


def shareable(op: str, scalar: str, lanes: int) -> bool:
    """Whether programs call one copy of the function, see `shared.py`: of numbers, not of vectors, which may be inlined."""
    return lanes == 1 and op not in INTERNAL


def declaration(op: str, scalar: str, lanes: int) -> str:
    """The line of a function that is defined elsewhere."""
    type = vector(scalar, lanes)
    arguments = ", ".join([type] * (len(signature(_emitter(op)).parameters) - 1))
    return f"declare {type} @{symbol(op, scalar, lanes)}({arguments}) nounwind willreturn memory(none)"


def parts(wanted: Iterable[Wanted], inline: Inline | None = None,
          apart: Callable[[str, str, int], bool] = lambda op, scalar, lanes: False) -> tuple[list[str], set[str], set[str]]:
    """The definitions of the wanted functions and of all they call, the module-level lines (declarations of intrinsics,
    constant tables) that they use, for a module which has such lines of its own, and the names that it must be linked with.

    `inline(op, scalar, lanes, lines)` chooses alwaysinline (true) or noinline (false) for a function of so many lines; without
    it LLVM chooses. Functions that are `apart` are declared only.
    """
    todo, done = list(dict.fromkeys(wanted)), set()
    texts: list[str] = []
    declarations: set[str] = set()
    outside: set[str] = set()
    while todo:
        key = todo.pop(0)
        if key in done:
            continue
        done.add(key)
        if apart(*key):
            declarations.add(declaration(*key))
            outside.add(symbol(*key))
            continue
        text, m = definition(*key, inline)
        texts.append(text)
        declarations |= m.body.declarations
        todo += sorted(m.needs)
    return texts, declarations, outside


def library(wanted: Iterable[Wanted], inline: Inline | None = None) -> str:
    """The IR text of the wanted functions with everything they need, each once; see `parts`."""
    texts, declarations, _ = parts(wanted, inline)
    return "\n".join([*sorted(declarations), "", *texts])
