"""The inverses of the error functions (NIST DLMF 7.17)."""
from __future__ import annotations

import math

from ..op import Op
from .elementary import exp
from .external import external

HALF_SQRT_PI = math.sqrt(math.pi) / 2

erfinv: Op = external(
    "erfinv", 1, lambda x, y: HALF_SQRT_PI * exp(y * y), doc="the y with erf(y) = x, for |x| <= 1", sample=((-0.999, 0.999),))
erfcinv: Op = external(
    "erfcinv", 1, lambda x, y: -HALF_SQRT_PI * exp(y * y), doc="the y with erfc(y) = x, for 0 <= x <= 2", sample=((0.001, 1.999),))
