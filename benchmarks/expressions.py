"""Values and derivatives of scalar expressions, in each engine that has symbols for them.

A model is `model(xp, variables)`: a list of expressions built from the engine's own symbols and functions. The
derivatives by the first `wrt` variables follow the values, row by row. `wrt=0` asks for values alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from workload import Call

Model = Callable[[Any, Sequence[Any]], Sequence[Any]]
Point = Sequence[float]


def symengine(names: Sequence[str], model: Model, point: Point, wrt: int, out: bool = False) -> Call:
    import symengine

    variables = [symengine.Symbol(name) for name in names]
    values = symengine.DenseMatrix(list(model(symengine, variables)))
    outputs = [values]
    if wrt:
        outputs.append(values.jacobian(symengine.DenseMatrix(variables[:wrt])))
    compiled = symengine.Lambdify(variables, *outputs, backend="llvm", cse=True)
    numbers = np.array(point, dtype=float)
    if not out:
        return Call(compiled, (numbers,))
    result = np.empty(sum(len(output) for output in outputs))
    return Call(compiled.unsafe_real, (numbers, result), answer=lambda _: result)


def casadi(names: Sequence[str], model: Model, point: Point, wrt: int, out: bool = False, sparse: bool = False) -> Call:
    import casadi

    variables = [casadi.SX.sym(name) for name in names]
    values = casadi.vertcat(*model(casadi, variables))
    outputs = [casadi.densify(values)]
    if wrt:  # transposed: CasADi stores by columns, the answer runs by rows
        matrix = casadi.jacobian(values, casadi.vertcat(*variables[:wrt]))
        outputs.append(matrix if sparse else casadi.densify(matrix).T)
    compiled = casadi.Function("model", [casadi.vertcat(*variables)], outputs)
    if sparse:
        return Call(compiled, (casadi.DM(point),), answer=lambda returned: [np.array(part) for part in returned])
    if not out:
        return Call(compiled, (casadi.DM(point),), answer=lambda returned: columns(casadi, returned))
    numbers = np.array(point, dtype=float)
    results = [np.empty(output.numel()) for output in outputs]
    buffer, trigger = compiled.buffer()
    buffer.set_arg(0, memoryview(numbers))
    for i, result in enumerate(results):
        buffer.set_res(i, memoryview(result))
    kept = compiled, buffer, numbers, results  # the trigger holds addresses only
    return Call(trigger, (), answer=lambda _: kept[-1])


def columns(casadi: Any, returned: Any) -> list[Any]:
    outputs = [returned] if isinstance(returned, casadi.DM) else returned
    return [np.array(output).ravel("F") for output in outputs]


def heyoka(names: Sequence[str], model: Model, point: Point, wrt: int, out: bool = False, compact_mode: bool = False) -> Call:
    import heyoka

    variables = list(heyoka.make_vars(*names)) if len(names) > 1 else [heyoka.make_vars(*names)]
    outputs = list(model(heyoka, variables))
    if wrt:
        jacobian = heyoka.diff_tensors(outputs, diff_args=variables[:wrt], diff_order=1).jacobian
        outputs += list(np.ravel(jacobian))
    compiled = heyoka.cfunc(outputs, vars=variables, compact_mode=compact_mode)
    numbers = np.array(point, dtype=float)
    if not out:
        return Call(compiled, (numbers,))
    result = np.empty(len(outputs))
    return Call(compiled, (numbers,), {"outputs": result})


def sympy(names: Sequence[str], model: Model, point: Point, wrt: int) -> Call:
    import sympy

    variables = [sympy.Symbol(name) for name in names]
    values = list(model(sympy, variables))
    derivatives = [value.diff(variable) for value in values for variable in variables[:wrt]]
    compiled = sympy.lambdify(variables, [*values, *derivatives], modules="math", cse=True)
    return Call(compiled, tuple(float(number) for number in point))
