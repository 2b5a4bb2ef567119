"""SciPy's names: `wg.special.erf`, `wg.special.logsumexp` and so on, as `scipy.special` has them, on nodes. One file a family."""
from . import basic, bessel, elliptic, error_functions, gamma_functions, integrals, polynomials
from .basic import *  # noqa: F403
from .bessel import *  # noqa: F403
from .elliptic import *  # noqa: F403
from .error_functions import *  # noqa: F403
from .gamma_functions import *  # noqa: F403
from .integrals import *  # noqa: F403
from .polynomials import *  # noqa: F403

__all__ = sorted({
    *basic.__all__, *bessel.__all__, *elliptic.__all__, *error_functions.__all__, *gamma_functions.__all__, *integrals.__all__,
    *polynomials.__all__,
})
