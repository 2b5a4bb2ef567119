"""The table of ops: one row an op, one file a family. Import the rows from here: `from wengert.ir.ops import sin`.

Everything else reads these rows: builder, printer, parser, verifier, folding, NumPy and SymPy dispatch, the documentation
and the tests that exist for each row.
"""
from ..op import TABLE
from .source import const, input, iota, size, item, stop_gradient
from .shape import broadcast, reshape, transpose, slice, pad, flip, concatenate
from .indexing import gather, scatter_add
from .reductions import sum, prod, max, min, argmax, argmin, cumsum, linear_recurrence
from .arithmetic import (
    abs, add, ceil, divide, floor, floor_divide, maximum, minimum, multiply, negative, power, reciprocal, remainder,
    rint, sign, square, subtract, trunc, copysign,
)
from .logic import (
    equal, greater, greater_equal, isfinite, isinf, isnan, less, less_equal, logical_and, logical_not, logical_or,
    logical_xor, not_equal, where, cast,
)
from .elementary import (
    arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, cbrt, cos, cosh, exp, exp2, expm1, hypot, log, log10,
    log1p, log2, sin, sinh, sqrt, tan, tanh, sigmoid, softplus, logaddexp
)
from .special import digamma, erf, erfc, gammaln, polygamma
from .matmul import matmul
from .regions import cond, custom, scan
