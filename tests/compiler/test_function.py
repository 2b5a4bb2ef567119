"""Compiled functions with named results; what a call does while it runs."""

import subprocess
import sys

import numpy as np
import pytest

import wengert as wg

INTERRUPTED = """
import os, signal, threading
import numpy as np, wengert as wg
x = wg.symbol("x", ("n",))
f = wg.function([x], wg.tanh(wg.sin(wg.exp(x))))
rising = np.linspace(0, 1, 3_000_000)
values = rising, -rising
expected = [f(v) for v in values]
place = f(rising)
try:
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    while True:
        for v in values:
            f(v, out=place)
except KeyboardInterrupt:
    print([np.array_equal(place, e) for e in expected].count(True), np.array_equal(f(rising), expected[0]))
"""


def test_ctrl_c_comes_when_a_call_has_ended():
    run = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False, timeout=300)
    assert run.stdout == "1 True\n", run.stderr


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
