"""Compiled functions with named results."""

import numpy as np
import pytest

import wengert as wg


def test_out_of_named_results_is_a_dict_by_their_names():
    x = wg.symbol("x", 3)
    f = wg.function([x], {"twice": x * 2, "square": x * x}, name="f")
    given = np.zeros(3)
    result = f(np.arange(3.0), out={"square": given})
    assert result["square"] is given and given.tolist() == [0, 1, 4] and result["twice"].tolist() == [0, 2, 4]


@pytest.mark.parametrize("out, got", [({"cube": np.zeros(3)}, r"\['cube'\]"), ([np.zeros(3)], "list")])
def test_an_unknown_name_in_out_is_refused(out, got):
    x = wg.symbol("x", 3)
    f = wg.function([x], {"twice": x * 2}, name="f")
    with pytest.raises(wg.ArgumentError, match=rf"f: out: expected a dict of arrays by the names \['twice'\], got {got}"):
        f(np.ones(3), out=out)
