"""Pendulums in a chain on a cart: mass matrix and forcing by Kane's method, and their Jacobian by the state.

`workload(links)` is the benchmark for a number of links. The expressions are SymPy's, so the clock of the first answer
starts with them in hand, for every engine alike.
"""

from __future__ import annotations

import sys

import expressions
import numpy as np
from workload import Call, Workload

JACOBIAN, SPARSE, OUT = "value+jacobian", "value+sparse jacobian", "into out"


def inputs(links):
    """Names of all variables, the state first; how many are the state; the outputs in a column; a point."""
    import sympy
    from sympy.physics.mechanics.models import n_link_pendulum_on_cart

    kane = n_link_pendulum_on_cart(links, cart_force=False, joint_torques=False)
    outputs = sympy.Matrix([*kane.mass_matrix_full, *kane.forcing_full])
    state = [*kane.q, *kane.u]
    outputs = outputs.xreplace({variable: sympy.Symbol(variable.func.__name__) for variable in state})
    names = [variable.func.__name__ for variable in state]
    constants = sorted({symbol.name for symbol in outputs.free_symbols} - set(names))
    point = np.random.default_rng(0).uniform(0.5, 1.5, len(names) + len(constants))
    sys.setrecursionlimit(100_000)  # SymPy's expressions are pickled on their way to the engine's process
    return names + constants, len(names), outputs, tuple(point.tolist())


def reference(names, states, outputs, point):
    """The values from SymPy's lambdify; their Jacobian by the complex step, which is exact to rounding."""
    import sympy

    evaluate = sympy.lambdify(sympy.symbols(names), list(outputs), modules="numpy", cse=True)
    step = 1e-30
    shifted = [evaluate(*(np.array(point) + step * 1j * np.eye(len(point))[i])) for i in range(states)]
    return np.array(evaluate(*point)), np.imag(np.transpose(shifted)) / step


def from_sympy(xp, variables, outputs, names):
    """The outputs in the engine's own expressions, by its own converter where it has one."""
    if xp.__name__ == "symengine":
        return [xp.sympify(output) for output in outputs]
    if xp.__name__ == "heyoka":
        return [xp.from_sympy(output) for output in outputs]
    if xp.__name__ == "casadi":
        import sympy

        return sympy.lambdify(sympy.symbols(names), list(outputs), modules=[xp, "math"], cse=True)(*variables)
    return list(outputs)


def workload(links, **heyoka):
    """The benchmark; `heyoka` are options of its compiler, whose default takes very long for many links."""
    made = Workload(f"{links}-link pendulum on a cart, outputs by states", lambda: inputs(links), reference)
    for case, sparse in ((JACOBIAN, False), (SPARSE, True)):
        register_wengert(made, case, sparse)
    for name, options in (("casadi", {}), ("symengine", {}), ("heyoka", heyoka)):
        register(made, name, JACOBIAN, **options)
        register(made, name, OUT, out=True, **options)
    register(made, "casadi", SPARSE, sparse=True)
    register(made, "sympy", JACOBIAN)
    return made


def register_wengert(made, case, sparse):
    @made.engine("wengert", case)
    def build(names, states, outputs, point):
        import sympy

        import wengert as wg

        args = sympy.symbols(names)
        call = wg.lambdify(args, outputs, derivatives="jacobian", wrt=args[:states], sparse=sparse)
        return Call(call, point, answer=lambda r: (r[0], r[1].toarray()) if sparse else r)


def register(made, name, case, **options):
    @made.engine(name, case)
    def build(names, states, outputs, point):
        def model(xp, variables):
            return from_sympy(xp, variables, outputs, names)

        return getattr(expressions, name)(names, model, point, states, **options)
