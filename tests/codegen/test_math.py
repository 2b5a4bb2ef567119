"""The vector math functions: within an ulp of mpmath, special values as NumPy's, the same bits in every lane count.

Every row of FUNCTIONS is tested because it exists. It must not know how a function is computed. Read next:
benchmarks/math_oracle.py, which holds the exact values and the sample points.
"""
from __future__ import annotations

import itertools
import platform
import sys
from pathlib import Path

import llvmlite.binding as llvm
import mpmath as mp
import numpy as np
import pytest
import scipy.special

from wengert.codegen import math
from wengert.codegen.math import FUNCTIONS, ORDERED, airy, fresnel, integrals, library

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))
import minimax  # noqa: E402
import special_coefficients  # noqa: E402
from math_oracle import DTYPE, Native, arity, exact, measure, points, ulps  # noqa: E402

SCALARS = ["double", "float"]
LANES = {"double": (8, 1, 2, 4), "float": (16, 1, 4, 8)}
ULPS = 1.0
EXCEPTIONS: dict[tuple[str, str], float] = {  # gamma: of a logarithm up to 709; the others for x < 0
    ("gamma", "double"): 4.5, ("gammaln", "double"): 2.0, ("digamma", "double"): 2.0}
BY_PIECES = [op for family in (integrals, fresnel, airy) for op in family.FUNCTIONS]    # 8 ulp; special values are in tests/test_native.py
WITH_ORDERS = [f"{family}{n}" for family in ORDERED for n in (1, 4)]    # tests/special has their values
EXCEPTIONS |= {(op, "double"): 8.0 for op in BY_PIECES}


@pytest.fixture(scope="module")
def native() -> dict[str, Native]:
    return {scalar: Native([(op, scalar, LANES[scalar][0]) for op in FUNCTIONS]) for scalar in SCALARS}


def worst(op: str, scalar: str, columns: list[np.ndarray], result: np.ndarray) -> tuple[float, tuple]:
    """The largest error in ulps and its point; where there is no finite real value, the result must not be finite."""
    largest, at = 0.0, ()
    for got, *x in zip(result, *columns):
        value = exact(op, *x)
        error = ulps(got, value, DTYPE[scalar], measure(op, *x)) if value is not None else float(np.isfinite(got)) * 1e9
        if error > largest:
            largest, at = error, tuple(x)
    return largest, at


@pytest.mark.parametrize("scalar", SCALARS)
@pytest.mark.parametrize("op", FUNCTIONS)
def test_error_is_below_an_ulp(native: dict[str, Native], op: str, scalar: str) -> None:
    columns = points(op, scalar, 160 if op in BY_PIECES else 2500)
    error, at = worst(op, scalar, columns, native[scalar]((op, scalar, LANES[scalar][0]), *columns))
    assert error <= EXCEPTIONS.get((op, scalar), ULPS), f"{op} {scalar}: {error:.3f} ulp at {at}"


def test_an_error_of_two_ulps_is_seen(native: dict[str, Native]) -> None:
    columns = points("exp", "double", 400)
    right = native["double"](("exp", "double", 8), *columns)
    assert worst("exp", "double", columns, right)[0] < 1
    assert worst("exp", "double", columns, np.nextafter(np.nextafter(right, np.inf), np.inf))[0] > 1


# ---------------------------------------------------------------- special values

ONE = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 2.5, -2.5, 1e-40, -1e-40, 5e-324,
       -5e-324, 1e30, -1e30, 1e300, -1e300, 710.0, -746.0, 2.0 ** 53, 2.0 ** 53 - 1, 1 - 2.0 ** 53, 2.0 ** 52 + 0.5]


def counterpart(op: str):
    if op == "hypot3":
        return lambda x, y, z: np.hypot(np.hypot(x, y), z)
    return getattr(np, op, None) or getattr(scipy.special, op, None)


@pytest.mark.parametrize("scalar", SCALARS)
@pytest.mark.parametrize("op", [op for op in FUNCTIONS if counterpart(op) and op not in BY_PIECES])
def test_special_values_are_those_of_numpy(native: dict[str, Native], op: str, scalar: str) -> None:
    """NaN, infinity, zero and sign are NumPy's; finite values differ by rounding only."""
    columns = np.array(list(itertools.product(ONE, repeat=arity(op)))).T
    with np.errstate(all="ignore"):
        columns = [np.resize(c.astype(DTYPE[scalar]), -(-len(c) // 16) * 16) for c in columns]
        expected = counterpart(op)(*(c.astype(np.float64) for c in columns)).astype(DTYPE[scalar])
    got = native[scalar]((op, scalar, LANES[scalar][0]), *columns)
    plain = np.isfinite(expected) & (expected != 0)
    wrong = np.isnan(got) != np.isnan(expected)
    wrong |= ~np.isnan(expected) & (np.signbit(got) != np.signbit(expected))
    wrong |= ~plain & ~np.isnan(expected) & (got != expected)
    with np.errstate(all="ignore"):
        least = np.array([float(measure(op, *x)) for x in zip(*columns)], DTYPE[scalar])
        distance = np.abs(got - expected) / np.spacing(np.maximum(np.abs(expected), least))
        wrong |= plain & ~(distance <= 4)    # NumPy has an error, too
    if op == "gammaln":
        wrong &= np.isfinite(expected) | (np.abs(columns[0]) != 5e-324)    # SciPy overflows there; 744.44 is right
    assert not wrong.any(), [(*x, "got", g, "expected", e) for *x, g, e in zip(*columns, got, expected)
                             if g != e and not (g != g and e != e)][:8]


@pytest.mark.parametrize(("x", "y", "result"), [
    (np.nan, 0.0, 1.0), (1.0, np.nan, 1.0), (-1.0, np.inf, 1.0), (-1.0, -np.inf, 1.0), (-1.0, np.nan, np.nan),
    (-0.0, -3.0, -np.inf), (-0.0, -2.0, np.inf), (-0.0, 3.0, -0.0), (-0.0, 2.5, 0.0), (-np.inf, 3.0, -np.inf),
    (-np.inf, 0.5, np.inf), (-np.inf, -3.0, -0.0), (-8.0, 1 / 3, np.nan), (-2.0, 3.0, -8.0), (0.5, np.inf, 0.0),
    (0.5, -np.inf, np.inf), (-2.0, -np.inf, 0.0), (2.0, 1024.0, np.inf), (2.0, -1074.0, 5e-324), (2.0, -1076.0, 0.0),
])
def test_power_is_that_of_c99(native: dict[str, Native], x: float, y: float, result: float) -> None:
    got = native["double"](("power", "double", 8), np.full(8, x), np.full(8, y))
    assert repr(float(got[0])) == repr(float(result)) and len({repr(float(g)) for g in got}) == 1


@pytest.mark.parametrize("scalar", SCALARS)
@pytest.mark.parametrize("op", ["sin", "cos", "tan"])
def test_huge_angles(native: dict[str, Native], op: str, scalar: str) -> None:
    """Every exponent beyond the ordinary reduction, in lanes beside ordinary angles."""
    rng = np.random.default_rng(3)
    top = np.finfo(DTYPE[scalar]).maxexp
    x = np.ldexp(rng.uniform(1, 2, 2 * (top - 10)), np.repeat(np.arange(10, top), 2)).astype(DTYPE[scalar])
    x = np.concatenate([x, -rng.permutation(x), [np.finfo(DTYPE[scalar]).max], rng.uniform(-4, 4, 15)])
    x = rng.permutation(x.astype(DTYPE[scalar]))
    x = x[:len(x) // 16 * 16]
    error, at = worst(op, scalar, [x], native[scalar]((op, scalar, LANES[scalar][0]), x))
    assert error < 1, f"{error} at {at}"


def test_powers_of_two_have_exact_logarithms(native: dict[str, Native]) -> None:
    k = np.arange(-1074, 1022)
    assert np.array_equal(native["double"](("log2", "double", 8), 2.0 ** k), k)
    assert np.array_equal(native["double"](("exp2", "double", 8), k.astype(float)), 2.0 ** k)


# ---------------------------------------------------------------- lanes and machines


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    word = np.uint64 if a.dtype == np.float64 else np.uint32
    return bool(np.all((a.view(word) == b.view(word)) | (np.isnan(a) & np.isnan(b))))


@pytest.mark.parametrize("scalar", SCALARS)
def test_every_lane_count_gives_the_same_bits(native: dict[str, Native], scalar: str) -> None:
    others = Native((op, scalar, lanes) for op in [*FUNCTIONS, *WITH_ORDERS] for lanes in LANES[scalar][1:])
    wide = Native((op, scalar, LANES[scalar][0]) for op in WITH_ORDERS)
    for op in [*FUNCTIONS, *WITH_ORDERS]:
        columns = points(op, scalar, 4000, seed=1)
        whole = (native[scalar] if op in FUNCTIONS else wide)((op, scalar, LANES[scalar][0]), *columns)
        for lanes in LANES[scalar][1:]:
            assert same_bits(whole, others((op, scalar, lanes), *columns)), f"{op} {scalar} with {lanes} lanes"


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of x86 machines")
@pytest.mark.parametrize(("cpu", "limit"), [("x86-64-v3", 1.0), ("x86-64-v2", 1.5)])
def test_other_machines(cpu: str, limit: float) -> None:
    """AVX2, and SSE4 without FMA, where `mad` rounds twice."""
    keys = [(op, scalar, 4) for op in FUNCTIONS for scalar in SCALARS]
    widths = (1, 2, 8)
    features = llvm.get_host_cpu_features()
    if cpu == "x86-64-v3" and not (features["avx2"] and features["fma"] and features["bmi2"]):
        pytest.skip("this machine is older")
    others = {op: (1,) if op in BY_PIECES else widths for op in FUNCTIONS}  # the long ones take long to compile
    compiled = Native([*keys, *((op, scalar, lanes) for op, scalar, _ in keys for lanes in others[op])], cpu)
    for op, scalar, lanes in keys:
        columns = points(op, scalar, 64 if op in BY_PIECES else 400, seed=2)
        result = compiled((op, scalar, lanes), *columns)
        error, at = worst(op, scalar, columns, result)
        assert error <= EXCEPTIONS.get((op, scalar), limit), f"{op} {scalar}: {error:.3f} ulp at {at}"
        assert all(same_bits(result, compiled((op, scalar, width), *columns)) for width in others[op]), f"{op} {scalar}"


# ---------------------------------------------------------------- text


@pytest.mark.parametrize("op", FUNCTIONS)
def test_there_is_no_external_symbol(op: str) -> None:
    text = library([(op, "double", 4), (op, "float", 8), (op, "double", 4)])
    outside = [line for line in text.splitlines() if line.startswith("declare") and "@llvm." not in line]
    assert outside == []
    assert text.count(f"@{math.symbol(op, 'double', 4)}(<4 x double> %") == 1
    assert " fast " not in text and " contract " not in text


def test_the_caller_chooses_inlining() -> None:
    text = library([("sin", "double", 8)], inline=lambda op, scalar, lanes, lines: op == "sin" and lines < 100)
    assert "@wg.sin.v8f64(<8 x double> %x) alwaysinline" in text
    assert "@wg.sin_huge.v8f64(<8 x double> %x) noinline cold" in text
    assert "@wg.exp.f64(double %x) noinline" in library([("exp", "double", 1)], inline=lambda *_: False)


def test_constants_are_those_of_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    import coefficients

    from wengert.codegen.math import exponential, logarithm, power, trigonometric

    with mp.workprec(400):
        for family in ("exponential", "logarithm", "trigonometric", "two_over_pi"):
            getattr(coefficients, family)()
    printed: dict = {}
    exec(capsys.readouterr().out, printed)
    stored = {**vars(exponential), **vars(logarithm), **vars(power), **vars(trigonometric)}
    names = {name for name in printed if name in stored and name != "__builtins__"}
    assert len(names) >= 18
    assert {name: stored[name] for name in names} == {name: printed[name] for name in names}


SCRIPTS = {**dict.fromkeys(minimax.FAMILIES, minimax), **dict.fromkeys(special_coefficients.FAMILIES, special_coefficients)}


@pytest.mark.parametrize("family", SCRIPTS)
def test_constants_are_those_that_the_scripts_print(family: str, capsys: pytest.CaptureFixture[str]) -> None:
    minimax.main(SCRIPTS[family].FAMILIES, [family])
    printed: dict = {}
    exec(capsys.readouterr().out, printed)
    stored = vars(getattr(math, family))
    names = {name for name in printed if name.isupper()}
    assert len(names) >= 2
    assert {name: stored.get(name) for name in names} == {name: printed[name] for name in names}


@pytest.mark.parametrize(("op", "low", "high"), [
    ("arctanh", 0.999, 1.0), ("arccosh", 1.0, 1.001), ("erfc", 26.0, 27.3), ("gammaln", 0.99, 1.01),
    ("gammaln", 1.99, 2.01), ("gammaln", 1e305, 2.56e305), ("digamma", 1.4616, 1.4617), ("arcsin", 0.4999, 0.5001),
    ("cosh", 709.0, 710.5),
])
def test_where_a_result_vanishes_or_overflows(native: dict[str, Native], op: str, low: float, high: float) -> None:
    for scalar in SCALARS:
        if scalar == "double" or high < 1e38:
            x = np.random.default_rng(5).uniform(low, high, 800).astype(DTYPE[scalar])
            error, at = worst(op, scalar, [x], native[scalar]((op, scalar, LANES[scalar][0]), x))
            assert error <= ULPS, f"{op} {scalar}: {error:.3f} ulp at {at}"
