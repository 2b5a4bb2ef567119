"""The addresses of what machine code calls outside: BLAS, LAPACK and special functions, as SciPy has them, threads, our own math.

Knows names and addresses only, so that code from the disk runs without the modules that made it.
"""
from __future__ import annotations

import ctypes
import functools
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any

from . import parallel, shared


def addresses(wanted: Sequence[str]) -> dict[str, int]:
    """The addresses behind what a lowered program lists: "blas", "lapack", "parallel", and functions of SciPy and of ours by name.

    Raises ExpressionError where this SciPy lacks one.
    """
    families = {"blas": blas, "lapack": lapack, "parallel": parallel.addresses}
    functions = [name for name in wanted if name not in families and not name.startswith(shared.PREFIX)]
    found: dict[str, int] = {}
    for name in families.keys() & set(wanted):
        found |= families[name]()
    found |= shared.addresses([name for name in wanted if name.startswith(shared.PREFIX)])
    if functions:
        from . import external

        found |= external.addresses(functions)
    return found


def blas() -> dict[str, int]:
    """The routines by the names that the IR calls: blas.dgemm, blas.sgemv, ..."""
    return _routines("blas", ("gemm", "gemv")) | _limits()


def lapack() -> dict[str, int]:
    """lapack.dgetrf, lapack.sgetrs, ..., and the routine of BLAS that stands beside them."""
    return _routines("lapack", ("getrf", "getrs", "getc2", "laswp")) | _routines("blas", ("trsm",))


def _routines(library: str, names: Sequence[str]) -> dict[str, int]:
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = _published(f"scipy.linalg.cython_{library}").__pyx_capi__
    return {f"{library}.{p}{n}": pointer_of(table[p + n], name_of(table[p + n])) for p in "ds" for n in names}


def blas_threads_are_ours() -> bool:
    """Whether the threads of a product are ours to choose."""
    return len(_limits()) > 0


@functools.cache
def _limits() -> dict[str, int]:
    """OpenBLAS's number of threads, read and set, and two words of this process: who needs it at one, and what it was."""
    try:
        library = ctypes.CDLL(_published("scipy.linalg.cython_blas").__file__)  # its symbols and those of what it was linked with
        pair = [getattr(library, f"scipy_openblas_{verb}_num_threads") for verb in ("get", "set")]
    except (AttributeError, OSError, TypeError):
        return {}
    get, set = (ctypes.cast(f, ctypes.c_void_p).value or 0 for f in pair)
    return {"blas.threads": get, "blas.limit": set, "blas.users": ctypes.addressof(_users), "blas.kept": ctypes.addressof(_kept)}


_users, _kept = ctypes.c_int32(0), ctypes.c_int32(0)


@functools.cache
def _published(name: str) -> Any:
    """A module of SciPy's C pointers, by itself: importing all of scipy.linalg takes a quarter of a second."""
    if "scipy.linalg" not in sys.modules:
        import scipy

        spec = PathFinder.find_spec(name, [os.path.join(os.path.dirname(scipy.__file__), "linalg")])
        if spec is not None and spec.loader is not None:
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            sys.modules.pop(name, None)  # so that a later import of scipy.linalg finds and names it as usual
            return module
    return import_module(name)
