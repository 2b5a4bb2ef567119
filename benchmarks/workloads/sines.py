"""The tenth derivative of sin(sin(sin(sin x))), whose expression has more than a million operations when it is written out."""

from workload import Call, Workload

TENTH, POINT = "tenth derivative", 0.7


def inputs():
    return (POINT,)


def nested(xp, x):
    return xp.sin(xp.sin(xp.sin(xp.sin(x))))


def reference(x):
    import mpmath

    with mpmath.workdps(50):
        return (float(mpmath.diff(lambda t: nested(mpmath, t), mpmath.mpf(x), 10)),)


workload = Workload("sin(sin(sin(sin x))), tenth derivative", inputs, reference)


@workload.engine("wengert", TENTH)
def wengert(x):
    import wengert as wg

    variable = wg.symbol("x")
    value = nested(wg, variable)
    for _ in range(10):
        value = wg.grad(value, variable)
    return Call(wg.function([variable], value), (x,))


@workload.engine("jax", TENTH)
def jax(x):
    import jax
    import jax.numpy as jnp
    from jax.experimental.jet import jet

    jax.config.update("jax_enable_x64", True)
    line = [1.0] + [0.0] * 9

    def tenth(x):
        return jet(lambda t: nested(jnp, t), (x,), (line,))[1][9]

    return Call(jax.jit(tenth), (jnp.asarray(x),), answer=lambda found: found.block_until_ready())


@workload.engine("casadi", TENTH)
def casadi(x):
    import casadi

    variable = casadi.SX.sym("x")
    value = nested(casadi, variable)
    for _ in range(10):
        value = casadi.jacobian(value, variable)
    return Call(casadi.Function("tenth", [variable], [value]), (x,), answer=float)


@workload.engine("heyoka", TENTH)
def heyoka(x):
    import heyoka
    import numpy as np

    (variable,) = heyoka.make_vars("x", "y")[:1]
    value = heyoka.diff_tensors([nested(heyoka, variable)], diff_args=[variable], diff_order=10)[0, 10]
    return Call(heyoka.cfunc([value], vars=[variable]), (np.array([x]),))
