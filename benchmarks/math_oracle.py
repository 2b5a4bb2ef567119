"""The exact values, sample points and native loops by which the vector math functions are judged.

Shared by `math_ulp.py` and `tests/codegen/test_math.py`. An op without a row in EXACT is looked up in mpmath by its own
name, so a new function needs a row only where mpmath calls it otherwise.
"""
from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from inspect import signature

import llvmlite.binding as llvm
import mpmath as mp
import numpy as np

from wengert.codegen.math import FUNCTIONS, library, symbol
from wengert.codegen.text import BYTES, vector

Key = tuple[str, str, int]                    # op, "double" or "float", lanes
DTYPE = {"double": np.float64, "float": np.float32}
mp.mp.prec = 200                              # 60 digits

EXACT: dict[str, Callable] = {
    "exp2": lambda x: mp.power(2, x),
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    # mpmath gives up on exp(-x^2) far out, where the result is 0 or 2 in every format
    "erfc": lambda x: mp.erfc(max(min(x, mp.mpf(1000)), mp.mpf(-1000))),
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "arcsin": mp.asin, "arccos": mp.acos, "arctan": mp.atan, "arctan2": mp.atan2,
    "arcsinh": mp.asinh, "arccosh": mp.acosh, "arctanh": mp.atanh, "hypot3": lambda x, y, z: mp.sqrt(x * x + y * y + z * z),
    "gammaln": lambda x: mp.re(mp.loggamma(x)),
    **{f"polygamma{n}": lambda x, n=n: mp.polygamma(n, x) for n in range(1, 6)},
    "exp1": mp.e1, "expi": mp.ei, "sinint": mp.si, "cosint": mp.ci, "sinhint": mp.shi, "coshint": mp.chi,
    "fresnel_sine": lambda x: _turned(mp.sinpi, x), "fresnel_cosine": lambda x: _turned(mp.cospi, x),
    **{f"airy{kind}{end}": lambda x, f=f, n=n: f(x, derivative=n) if x > -(2 ** 40) else mp.nan
       for kind, f in (("ai", mp.airyai), ("bi", mp.airybi)) for n, end in enumerate(("", "prime"))},
}


def _turned(f: Callable, x: mp.mpf) -> mp.mpf:
    with mp.workprec(3000):
        return f(x * x / 2)


def _wave(power: float) -> Callable:
    """The size |x|^power of a wave below 0, and what its angle loses there."""
    return lambda x: max(-x, 1) ** mp.mpf(power) * (1 + abs(x) ** 1.5 * mp.mpf(2) ** -54) / 2 if x < 0 else 0


# Where a result vanishes between poles, an ulp is that of the largest term of the reflection formula instead, and where it
# is a wave, that of the wave's height.
LARGEST_TERM: dict[str, Callable] = {
    "gammaln": lambda x: max(1, abs(exact("gammaln", -x) or 0), abs(mp.log(abs(x * mp.sinpi(x)) / mp.pi))) if x < 0 else 0,
    "digamma": lambda x: max(1, abs(mp.digamma(1 - x)), abs(mp.pi * mp.cot(mp.pi * x))) if x < 0 else 0,
    "cosint": lambda x: 1 / x if x > 2 else 0,
    "airyai": _wave(-0.25), "airybi": _wave(-0.25), "airyaiprime": _wave(0.25), "airybiprime": _wave(0.25),
}


def arity(op: str) -> int:
    return len(signature(FUNCTIONS[op]).parameters) - 1 if op in FUNCTIONS else 1


def exact(op: str, *x: float) -> mp.mpf | None:
    """The value to 60 digits, or None where it is no finite real number (a pole, or outside the domain)."""
    try:
        value = (EXACT.get(op) or getattr(mp, op))(*(mp.mpf(float(v)) for v in x))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if isinstance(value, mp.mpf) and mp.isfinite(value) else None


def measure(op: str, *x: float) -> mp.mpf:
    """What the error of the result is relative to, if larger than the result; 0 but for the ops of LARGEST_TERM."""
    return LARGEST_TERM[op](mp.mpf(float(x[0]))) if op in LARGEST_TERM and np.isfinite(x[0]) else mp.mpf(0)


def ulps(got: float, value: mp.mpf, dtype: type, least: float = 0) -> float:
    """|got - value| in units in the last place of `value` (of `least`, if larger) rounded to dtype; an overflow to
    infinity is right."""
    limits = np.finfo(dtype)
    exponent = max(int(mp.frexp(value)[1]) - 1, limits.minexp) if value else limits.minexp
    if exponent > limits.maxexp - 1 or abs(value) > mp.mpf(float(limits.max)) * (1 + mp.mpf(2) ** (-limits.nmant - 2)):
        return 0.0 if np.isinf(got) and (got > 0) == (value > 0) else np.inf
    if not np.isfinite(got):
        largest = exponent == limits.maxexp - 1 and abs(value) >= float(limits.max)
        return 1.0 if largest and np.isinf(got) and (got > 0) == (value > 0) else np.inf
    exponent = max(exponent, int(mp.frexp(least)[1]) - 1) if least else exponent
    return float(abs(mp.mpf(float(got)) - value) / mp.mpf(2) ** (exponent - limits.nmant))


# ---------------------------------------------------------------- sample points

# Where ranges end, formulas change, or results vanish: each is sampled with its neighbours.
SPECIAL = [0.0, 0.25, 0.5, 2 ** -0.5, 1.0, 2 ** 0.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 26.5, 88.7228, 103.97, 128.0, 149.0,
           709.7827, 745.13, 1024.0, 1074.0, 2.0 ** 16, 2.0 ** 24, 2.0 ** 30, 2.0 ** 53, 1.4616321449683623,
           *(k * np.pi / 4 for k in (1, 2, 3, 4, 6, 8, 100, 12345)), *(k * np.log(2) / 2 for k in (1, 2, 3, 5))]
RANGE = {"exp": (750, 105), "exp2": (1080, 152), "expm1": (715, 90), "sinh": (715, 90), "cosh": (715, 90),
         "erfc": (27.5, 10.2), "gamma": (172, 36), "arcsin": (1, 1), "arccos": (1, 1), "arctanh": (1, 1), "log": (3, 3), "log1p": (3, 3),
         "exp1": (745, 100), "expi": (720, 90), "sinint": (30, 30), "cosint": (30, 30), "sinhint": (720, 90), "coshint": (720, 90),
         **{f"airy{kind}": (107, 25) for kind in ("ai", "bi", "aiprime", "biprime")}}
EXTREME = {"double": (6381956970095103 * 2.0 ** 797, 5.319372648326541e255), "float": (16367173 * 2.0 ** 72,)}


def _one(op: str, scalar: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """About `count` finite points: all bit patterns, all magnitudes around 1, the op's range, neighbours of SPECIAL.

    EXTREME holds the numbers nearest to a multiple of pi/2 (Muller, Elementary Functions, chapter 11).
    """
    dtype = DTYPE[scalar]
    quarter = count // 4
    pattern = rng.integers(0, 1 << 32, (quarter, BYTES[scalar] // 4), dtype=np.uint32).view(dtype).ravel()
    magnitude = rng.choice([-1.0, 1.0], quarter) * 2.0 ** rng.uniform(-40, 12, quarter)
    limit = RANGE.get(op, (8, 8))[scalar == "float"]
    inside = rng.uniform(-limit, limit, quarter)
    with np.errstate(over="ignore"):
        centre = np.concatenate([SPECIAL, np.finfo(dtype).smallest_normal * np.array([0.5, 1, 2]), EXTREME[scalar]])
        near = rng.choice(np.concatenate([centre, -centre]), count - 3 * quarter).astype(dtype)
    step = {"double": np.int64, "float": np.int32}[scalar]
    near = (near.view(step) + rng.integers(-3, 4, len(near)).astype(step)).view(dtype)
    points = np.concatenate([pattern, magnitude.astype(dtype), inside.astype(dtype), near])
    return points[np.isfinite(points)]


def points(op: str, scalar: str, count: int, seed: int = 0) -> list[np.ndarray]:
    """Arguments for the op, one array each; a multiple of 16 points."""
    rng = np.random.default_rng(seed)
    x = _one(op, scalar, count + 16, rng)
    columns = [x, *(_one(op, scalar, 2 * count + 16, rng)[:len(x)] for _ in range(arity(op) - 1))]
    if op == "arctan2":                   # mpmath has one zero only; the table of special values has both
        columns[0] = np.where(x == 0, DTYPE[scalar](1), x)
    if op == "power":                     # mostly where the result is finite
        y = np.where(rng.random(len(x)) < 0.2, np.round(rng.uniform(-9, 9, len(x))), np.inf)
        with np.errstate(all="ignore"):
            limit = {"double": 745, "float": 104}[scalar] / np.abs(np.log(np.abs(x.astype(np.float64))))
            far = (rng.uniform(-1, 1, len(x)) * limit).astype(DTYPE[scalar])
        y = np.where(np.isinf(y), np.where(np.isfinite(far), far, 1), y).astype(DTYPE[scalar])
        columns = [np.where(rng.random(len(x)) < 0.7, np.abs(x), x), y]
    whole = len(columns[0]) // 16 * 16
    return [np.ascontiguousarray(c[:whole]) for c in columns]


# ---------------------------------------------------------------- native loops


def loop_text(op: str, scalar: str, lanes: int) -> str:
    """`void @run.<symbol>(ptr arguments..., ptr result, i64 n)`: the function over arrays, n a multiple of lanes."""
    type, count, name = vector(scalar, lanes), arity(op), symbol(op, scalar, lanes)
    loads = [f"  %p{i} = getelementptr {scalar}, ptr %a{i}, i64 %k\n"
             f"  %x{i} = load {type}, ptr %p{i}, align {BYTES[scalar]}\n" for i in range(count)]
    return f"""
define void @run.{name}({''.join(f'ptr noalias %a{i}, ' for i in range(count))}ptr noalias %out, i64 %n)
    "prefer-vector-width"="512" {{
entry:
  br label %loop
loop:
  %k = phi i64 [ 0, %entry ], [ %next, %loop ]
{''.join(loads)}  %y = call {type} @{name}({', '.join(f'{type} %x{i}' for i in range(count))})
  %p = getelementptr {scalar}, ptr %out, i64 %k
  store {type} %y, ptr %p, align {BYTES[scalar]}
  %next = add i64 %k, {lanes}
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %end
end:
  ret void
}}
"""


class Native:
    """Compiled array loops; call `native(key, *arrays)`. `cpu` is LLVM's name of another x86 than the host's."""

    def __init__(self, keys: Iterable[Key], cpu: str = "",
                 inline: Callable[[str, str, int], bool] | None = None) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        keys = list(keys)
        module = llvm.parse_assembly(library(keys, inline) + "".join(loop_text(*key) for key in keys))
        module.verify()
        self.machine = llvm.Target.from_default_triple().create_target_machine(
            cpu=cpu or llvm.get_host_cpu_name(), features="" if cpu else llvm.get_host_cpu_features().flatten(),
            opt=2, jit=True)
        builder = llvm.create_pass_builder(self.machine, llvm.create_pipeline_tuning_options(speed_level=1))
        builder.getModulePassManager().run(module, builder)
        self.engine = llvm.create_mcjit_compiler(module, self.machine)
        self.engine.finalize_object()

    def function(self, key: Key) -> Callable:
        address = self.engine.get_function_address(f"run.{symbol(*key)}")
        return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (arity(key[0]) + 1), ctypes.c_int64)(address)

    def __call__(self, key: Key, *arrays: np.ndarray) -> np.ndarray:
        out = np.empty_like(arrays[0])
        self.function(key)(*(a.ctypes.data for a in arrays), out.ctypes.data, len(out))
        return out
