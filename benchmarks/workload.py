"""What a benchmark is: inputs, the right answer, and one builder for each engine and case.

A file of `workloads/` makes one `Workload` and registers builders with it; it never measures anything. A builder
gets the inputs, does all that a user does between having a model and having a function, and returns a `Call`.
Read `measure.py` next: it times the builders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

VALUE, GRADIENT = "value", "value+gradient"


@dataclass
class Call:
    """A compiled function with the arguments to time it on.

    `answer` finds the numbers: it turns what the function returned into value and derivatives, for the check.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    answer: Callable[[Any], Any] = lambda returned: returned

    def __call__(self) -> Any:
        return self.function(*self.args, **self.kwargs)


@dataclass
class Workload:
    """`inputs()` makes seeded data, `reference(*inputs)` the right value and derivatives, by other means than AD."""

    summary: str
    inputs: Callable[[], tuple[Any, ...]]
    reference: Callable[..., tuple[Any, ...]]
    tolerance: float = 1e-9
    builders: dict[tuple[str, str], Callable[..., Call]] = field(default_factory=dict)

    def engine(self, name: str, case: str = GRADIENT) -> Callable[[Callable[..., Call]], Callable[..., Call]]:
        """Register the decorated builder as what engine `name` does in `case`."""

        def register(build: Callable[..., Call]) -> Callable[..., Call]:
            self.builders[name, case] = build
            return build

        return register

    def cases(self) -> list[str]:
        return list(dict.fromkeys(case for _, case in self.builders))

    @staticmethod
    def error(answer: Any, reference: tuple[Any, ...], case: str) -> float:
        """Largest difference to the reference, relative to the largest entry of each output.

        NaN where either side is NaN, infinite where the number of entries differs.
        """
        expected = [np.ravel(leaf) for leaf in reference][: 1 if case == VALUE else None]
        got = np.concatenate([np.ravel(leaf) for leaf in leaves(answer)])
        if got.size != sum(leaf.size for leaf in expected):
            return float("inf")
        errors = []
        for right in expected:
            mine, got = got[: right.size], got[right.size :]
            errors.append(np.max(np.abs(mine - right)) / (np.max(np.abs(right)) or 1.0))
        return float(np.max(errors))


def leaves(answer: Any) -> Iterator[Any]:
    """The arrays and numbers of nested tuples and lists; a PyTorch tensor is detached from its graph."""
    if isinstance(answer, (tuple, list)):
        for part in answer:
            yield from leaves(part)
    else:
        yield answer.detach() if hasattr(answer, "detach") else answer
