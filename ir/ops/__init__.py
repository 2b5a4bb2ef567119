"""The table of ops: one row an op, one file a family. Import the rows from here: `from wengert.ir.ops import sin`.

Everything else reads these rows: builder, printer, parser, verifier, folding, NumPy and SymPy dispatch, the documentation
and the tests that exist for each row.
"""
from ..op import TABLE
from .airy import airyai, airyaiprime, airybi, airybiprime
from .arithmetic import (
    abs,
    add,
    ceil,
    copysign,
    divide,
    floor,
    floor_divide,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    reciprocal,
    remainder,
    rint,
    sign,
    square,
    subtract,
    trunc,
)
from .bessel import iv, iv_by_order, jv, jv_by_order, kv, kv_by_order, yv, yv_by_order
from .bessel_integer import besseli, besselj, besselk, bessely, spherical_jn, spherical_yn
from .elementary import (
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cbrt,
    cos,
    cosh,
    exp,
    exp2,
    expm1,
    hypot,
    hypot3,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    one_minus_square,
    sigmoid,
    sin,
    sinh,
    softplus,
    sqrt,
    tan,
    tanh,
)
from .elliptic import (
    carlson_rd,
    carlson_rf,
    carlson_rj,
    ellipd,
    ellipd3inc,
    ellipdinc,
    ellipe,
    ellipeinc,
    ellipk,
    ellipkinc,
    ellippi,
    ellippi_complete,
)
from .error import erf2, erf2inv, erfcinv, erfi, erfinv
from .gamma import beta, betaln, binom, digamma_gap, log1pmx, loggamma, poch, rgamma, scaled_gamma
from .hypergeometric import (
    eval_gegenbauer,
    eval_genlaguerre,
    eval_jacobi,
    eval_legendre,
    hyp0f1,
    hyp0f1_series,
    hyp1f1,
    hyp1f1_by,
    hyp1f1_series,
    hyp2f1,
    hyp2f1_series,
)
from .incomplete import (
    beta_density,
    betainc,
    betaincc,
    betainccinv,
    betaincinv,
    gamma_density,
    gammainc,
    gammaincc,
    gammainccinv,
    gammaincinv,
    lowergamma,
    uppergamma,
)
from .indexing import gather, scatter_add
from .integrals import (
    coshint,
    cosint,
    exp1,
    expi,
    expint,
    expint_by_order,
    expn,
    fresnel_cosine,
    fresnel_sine,
    fresnelc,
    fresnels,
    logint,
    sinhint,
    sinint,
)
from .integration import integral
from .lambert import lambertw0, lambertw0_plus_1, lambertwm1, lambertwm1_plus_1
from .logic import (
    cast,
    equal,
    greater,
    greater_equal,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
    where,
)
from .matmul import matmul
from .reciprocals import bose, cosh_over_cosh, cosh_over_sinh, csch, powm1, sech, sinh_over_cosh, sinh_over_sinh
from .reductions import argmax, argmin, cumsum, linear_recurrence, max, min, prod, sum
from .regions import cond, custom, scan
from .shape import broadcast, concatenate, flip, pad, reshape, slice, transpose
from .source import const, input, iota, item, size, stop_gradient
from .special import digamma, erf, erfc, gamma, gammaln, polygamma
from .systems import cofactor, det, solve
from .zeta import dirichlet_eta, hurwitz_slope, hurwitz_zeta, polylog, riemann_zeta
