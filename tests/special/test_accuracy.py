"""The special functions against mpmath at 50 digits, values and first derivatives, in native code and the interpreter.

A few hundred points of what `benchmarks/special_accuracy.py` measures at ten thousand. The cases are in benchmarks/special.
"""
from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest

import wengert as wg
from wengert.ir import ops
from wengert.ir.node import postorder
from wengert.ir.op import TABLE
from wengert.ir.ops.composite import COMPOSITE
from wengert.ir.ops.external import EXTERNAL

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))
from special.oracle import Case, computed, drawn, exact, judgeable, judged, uniform  # noqa: E402
from special_accuracy import FAMILIES, labels, written  # noqa: E402

CASES = [case for family in FAMILIES for case in import_module(f"special.{family}").CASES]
POINTS = 300


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_value_and_slopes_keep_what_the_page_says(case: Case) -> None:
    columns = drawn(case, max(int(POINTS * case.share), 8), seed=1)
    truth = list(exact(case, columns))
    bounds = [case.bound, *(slope.bound for slope in case.slopes)]
    for native in (True, False):
        worst = judged(columns, computed(case, columns, native), truth)
        assert all(w.error <= bound for w, bound in zip(worst, bounds)), (native, worst)
        assert all(w.count >= 4 for w in worst)


def test_every_row_of_special_functions_has_a_case() -> None:
    seen = set()
    for case in CASES:
        xs = [wg.symbol(f"special_row{k}") for k in range(len(drawn(case, 1)))]
        y = case.build(*xs)
        seen |= {node.op.name for node in postorder([y, *wg.grad(y, [xs[slope.argument] for slope in case.slopes])])}
    assert (EXTERNAL.keys() | COMPOSITE.keys()) - seen == set()


@pytest.mark.parametrize("op", [TABLE[name] for name in COMPOSITE], ids=lambda op: op.name)
def test_a_composite_row_may_be_drawn_from_its_sample_and_has_the_type_of_its_arguments(op: ops.Op) -> None:
    rng = np.random.default_rng(2)
    attributes = dict.fromkeys(op.attributes, 1)
    for dtype in ("float64", "float32"):
        xs = [wg.symbol(f"composite{k}", ("n", 2), dtype) for k in range(op.arity)]
        y = op(*xs, **attributes)
        slopes = [part(*xs, y) for part in getattr(op.derivative, "of", ())]
        assert all(node.type is y.type for node in slopes)
        arrays = [rng.uniform(low, high, (9, 2)).astype(dtype) for low, high in op.sample]
        got = wg.function(xs, [y, *slopes])(*arrays)
        want = wg.evaluate(wg.Graph("composite", xs, [y, *slopes]), *arrays)
        assert all(np.isfinite(a).all() for a in got)
        for a, b in zip(got, want):
            np.testing.assert_allclose(a, b, rtol=1e-10 if dtype == "float64" else 1e-3, atol=1e-12)


def test_the_page_has_a_section_for_each_family_and_no_error_beyond_a_bound() -> None:
    page = (ROOT / "docs" / "special.md").read_text("utf-8")
    for family in FAMILIES:
        assert "a new row" in written(page, family, ["a new row"])
        for case in import_module(f"special.{family}").CASES:
            for label, bound in zip(labels(case), [case.bound, *(slope.bound for slope in case.slopes)]):
                _, found, errors = page.partition(label)
                assert found, f"{label} is missing; run: python benchmarks/special_accuracy.py {family}"
                assert max(map(float, errors.split("|")[:2])) <= bound, label


def test_an_error_is_seen() -> None:
    case = next(case for case in CASES if case.name == "erf(x)")
    columns = drawn(case, 50)
    truth = list(exact(case, columns))
    value, slope = computed(case, columns)
    assert max(w.error for w in judged(columns, [value, slope], truth)) < 1e-14
    off = judged(columns, [value * (1 + 1e-12), slope * (1 - 1e-11)], truth)
    assert 0.9e-12 < off[0].error < 1.1e-12 and 0.9e-11 < off[1].error < 1.1e-11
    assert judged(columns, [value * np.nan, slope], truth)[0].error == np.inf


def test_points_whose_results_are_no_doubles_are_drawn_again() -> None:
    case = next(case for case in CASES if case.name == "polygamma(5, x)")
    columns, truth = judgeable(case, 100)
    counts = [w.count for w in judged(columns, computed(case, columns), truth)]
    assert min(counts) >= 100 and len(columns[0]) == len(truth) > max(counts)
    with pytest.raises(ValueError, match="of 4 points drawn only 0 have results"):
        judgeable(Case("none(x)", wg.special.erf, lambda x: mp.nan, [(uniform(0, 1),)], "", ""), 4)
