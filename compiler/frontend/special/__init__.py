"""SciPy's names: `wg.special.erf`, `wg.special.logsumexp` and so on, as `scipy.special` has them, on nodes. One file a family."""
from . import basic, error, integrals
from .basic import *  # noqa: F403
from .error import *  # noqa: F403
from .integrals import *  # noqa: F403

__all__ = sorted({*basic.__all__, *error.__all__, *integrals.__all__})
