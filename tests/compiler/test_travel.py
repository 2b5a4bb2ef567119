"""Compiled functions travel: copies, pickles, cloudpickles and files, to forked and spawned workers and to other processes."""
from __future__ import annotations

import contextlib
import copy
import json
import multiprocessing
import os
import pickle
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import sympy

import wengert as wg

cloudpickle = pytest.importorskip("cloudpickle")

a, b = sympy.symbols("a b")
i, k = sympy.symbols("i k", integer=True)
x, w, s, t = wg.symbol("x", ("n", 3)), wg.symbol("w", 3), wg.symbol("s"), wg.symbol("t")
X, W = np.arange(12.0).reshape(4, 3), np.array([0.5, -1.0, 2.0])


@wg.jit
def at_top(p):
    return {"twice": p["v"] * 2, "sum": wg.sum(p["v"])}


def made(name: str) -> tuple[Any, tuple[Any, ...]]:
    """A function of each kind, and arguments for it."""
    scale = 3.0
    return {
        "one": lambda: (wg.function([x, w], wg.sum(wg.tanh(x @ w))), (X, W)),
        "tuple": lambda: (wg.function([x, w], [x @ w, wg.sum(x)], fastmath=True), (X, W)),
        "dict": lambda: (wg.function([x], {"a": wg.sum(x), 3: x * 2}), (X,)),
        "sparse": lambda: (wg.function([s, t], wg.jacobian(wg.stack([s * t, s]), [s, t], sparse=True)), (2.0, 3.0)),
        "uncached": lambda: (wg.function([x], wg.sum(x), cache=False), (X,)),
        "lambdify": lambda: (wg.lambdify([a, b], a * b, "gradient"), (2.0, 3.0)),
        "lambdify, nested": lambda: (wg.lambdify([a, [b]], {"p": a * b, "q": [a, sympy.Matrix([a, b])]}), (2.0, [3.0])),
        "lambdify, sparse": lambda: (wg.lambdify([a, b], [a * b, a], "jacobian", sparse=True), (2.0, 3.0)),
        "lambdify, complex": lambda: (wg.lambdify([a, b], a * b + 1, dtype="complex128"), (2.0 + 1j, 3.0)),
        "lambdify, sizes": lambda: (wg.lambdify([a, k], sympy.Sum(a**i, (i, 1, k))), (2.0, 4)),
        "lambdify, points": lambda: (wg.lambdify([a, b], sympy.sin(a) * b), (np.arange(3.0), 2.0)),
        "lambdify, all at once": lambda: (
            wg.lambdify([[a, [b]]], {"p": [a * b, {"q": a}], "o": sympy.Matrix([a, b])}, "jacobian", sparse="csc"), ([2.0, [3.0]],)),
        "jit": lambda: (at_top, ({"v": W},)),
        "jit, local": lambda: (wg.jit(lambda p: p["v"] * scale), ({"v": W},)),
        "grad": lambda: (wg.grad(lambda p: wg.sum(p * p * scale)), (W,)),
        "vmap": lambda: (wg.vmap(lambda p: p * p), (W,)),
        "custom": lambda: (wg.custom_derivative(lambda y: y * y, vjp=lambda args, y, ct: (2 * args[0] * ct,)), (W,)),
    }[name]()


KINDS = ["one", "tuple", "dict", "sparse", "uncached", "lambdify", "lambdify, nested", "lambdify, sparse", "lambdify, complex",
         "lambdify, sizes", "lambdify, points", "lambdify, all at once", "jit"]
BY_VALUE = ["jit, local", "grad", "vmap", "custom"]


def leaves(value: Any) -> list[Any]:
    """The numbers of a result, whatever they are in."""
    if hasattr(value, "toarray"):
        value = [value.format, value.toarray()]
    if isinstance(value, dict):
        value = list(value.items())
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *(leaf for part in value for leaf in leaves(part))]
    return [value.tolist() if isinstance(value, np.ndarray) else value]


@pytest.mark.parametrize("kind", KINDS)
def test_pickle_and_copies(kind: str) -> None:
    f, args = made(kind)
    expected = leaves(f(*args))
    for again in (pickle.loads(pickle.dumps(f)), pickle.loads(cloudpickle.dumps(f)), copy.copy(f), copy.deepcopy(f)):
        assert leaves(again(*args)) == expected
        assert again.__name__ == f.__name__ and repr(again) == repr(f)


def test_copies_of_what_never_changes_are_the_thing_itself() -> None:
    for kind in ("one", "dict"):
        f, _ = made(kind)
        assert copy.copy(f) is f and copy.deepcopy([f])[0] is f


@pytest.mark.parametrize("kind", [*KINDS, *BY_VALUE])
def test_cloudpickle_to_a_process_that_has_no_such_module(kind: str, tmp_path: Path) -> None:
    f, args = made(kind)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        (tmp_path / "pickle").write_bytes(cloudpickle.dumps((f, args, leaves)))
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    script = f"import pickle; f, args, leaves = pickle.load(open({str(tmp_path / 'pickle')!r}, 'rb')); print(leaves(f(*args)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == str(leaves(f(*args)))


def test_a_jitted_function_of_a_script_goes_by_name_and_by_value(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"""
import pickle, subprocess, sys
import cloudpickle
import wengert as wg

@wg.jit
def twice(x):
    return x * 2

if __name__ == "__main__":
    assert pickle.loads(pickle.dumps(twice)) is twice and b"lambda" not in pickle.dumps(twice) and len(pickle.dumps(twice)) < 100
    open({str(tmp_path / "by value")!r}, "wb").write(cloudpickle.dumps(twice))
    import multiprocessing
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(twice, [1.0, 2.0]) == [2.0, 4.0]
""")
    for program in ([str(script)], ["-c", f"import pickle; assert pickle.load(open({str(tmp_path / 'by value')!r}, 'rb'))(4.0) == 8.0"]):
        run = subprocess.run([sys.executable, *program], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("kind", ["one", "tuple", "dict of strings", "sparse", "lambdify", "lambdify, sparse",
                                  "lambdify, points", "lambdify, nested", "lambdify, sizes", "lambdify, complex", "lambdify, all at once"])
def test_files(kind: str, tmp_path: Path) -> None:
    f, args = (wg.function([x], {"a": wg.sum(x), "b": x * 2}), (X,)) if kind == "dict of strings" else made(kind)
    f.save(tmp_path / "f.wg")
    again = wg.load(tmp_path / "f.wg")
    assert leaves(again(*args)) == leaves(f(*args)) and repr(again) == repr(f)
    assert again.dump("input") == f.dump("input") and str(again.explain()) == str(f.explain()) and again.cost() == f.cost()


def test_a_file_has_names_and_no_symbols_for_keys(tmp_path: Path) -> None:
    with pytest.raises(wg.GraphError, match=r"lambdified: save needs keys of results that are strings, got \[a\]; rename them, or pickle"):
        wg.lambdify([a], {"p": [{a: a}, sympy.Matrix([a])]}).save(tmp_path / "f.wg")


def test_a_file_is_read_without_sympy(tmp_path: Path) -> None:
    f, args = made("lambdify, all at once")
    f.save(tmp_path / "f.wg")
    script = f"""
import sys
import wengert as wg
value = wg.load({str(tmp_path / "f.wg")!r})([2.0, [3.0]])
print(value[0]["p"], "sympy" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == f"{f(*args)[0]['p']} False"


@pytest.mark.parametrize(("kind", "fact", "wrong"), [
    ("lambdify, nested", "count", 6), ("lambdify, nested", "form", ["array"]), ("lambdify, nested", "count", 0),
    ("lambdify, complex", "halves", [True, True]), ("lambdify, complex", "groups", 2), ("lambdify, complex", "form", None),
])
def test_damaged_containers_are_no_function(kind: str, fact: str, wrong: Any, tmp_path: Path) -> None:
    made(kind)[0].save(tmp_path / "f.wg")
    saved = json.loads((tmp_path / "f.wg").read_text())
    saved[kind.removeprefix("lambdify, ")][fact] = wrong
    del saved["seal"]
    (tmp_path / "f.wg").write_text(json.dumps(saved))
    with pytest.raises(wg.ParseError, match=r"f.wg is damaged: its containers do not fit \d outputs"):
        wg.load(tmp_path / "f.wg")


def damaged(data: bytes, random: Random) -> bytes:
    """The bytes after one of the accidents that files have."""
    at, other, length = random.randrange(len(data)), random.randrange(len(data)), random.randrange(1, 40)
    return random.choice([
        lambda: data[:at], lambda: data[:at] + data[at + length :], lambda: data[:at] + data[other : other + length] + data[at:],
        lambda: data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :],
        lambda: data[:at] + bytes([random.choice(b'0123456789-",:[]{}ntf ')]) + data[at + 1 :],
    ])()


@pytest.mark.parametrize("kind", ["one", "sparse", "lambdify, sizes", "lambdify, complex", "lambdify, all at once"])
def test_damage_anywhere_is_refused_or_changes_nothing(kind: str, tmp_path: Path) -> None:
    f, args = made(kind)
    f.save(file := tmp_path / "f.wg")
    whole, expected, random, refused = file.read_bytes(), str(leaves(f(*args))), Random(7), 0
    for _ in range(150):
        file.write_bytes(damaged(whole, random))
        try:
            again = wg.load(file)
        except wg.ParseError as error:
            assert str(error).startswith(f"load: {file} ")
            refused += 1
        else:
            assert str(leaves(again(*args))) == expected
    assert refused > 100


@pytest.mark.parametrize("kind", ["one", "sparse", "lambdify, sizes", "lambdify, complex", "lambdify, all at once"])
def test_without_a_seal_it_is_another_function_or_refused(kind: str, tmp_path: Path) -> None:
    f, args = made(kind)
    f.save(file := tmp_path / "f.wg")
    facts = {key: value for key, value in json.loads(file.read_text()).items() if key != "seal"}
    waiting: list[tuple[Any, ...]] = [(name,) for name in facts if name != "graph"]
    wrongs = [None, True, 2**40, "x", [], [0], {"a": 1}]
    while waiting:
        place = waiting.pop()
        for wrong in wrongs:
            changed = copy.deepcopy(facts)
            parent = changed
            for key in place[:-1]:
                parent = parent[key]
            if wrong is wrongs[0]:
                value = parent[place[-1]]
                names = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
                waiting += [(*place, name) for name in names]
            parent[place[-1]] = wrong
            file.write_text(json.dumps(changed))
            with contextlib.suppress(wg.WengertError):
                leaves(wg.load(file)(*args))


@pytest.mark.parametrize(("kind", "entries", "said"), [
    ("one", {"threads": 0}, "'threads' is 0, expected null or a whole number from 1 on"),
    ("one", {"threads": True}, "'threads' is True, expected null or a whole number from 1 on"),
    ("one", {"wait": "x" * 99}, f"'wait' is '{'x' * 56}..., expected true or false"),
    ("one", {"keys": ["a", "a"]}, "'keys' is ['a', 'a'], expected null or a list with a name for each output"),
    ("one", {"keys": ["a"]}, "'single' does not go with 'keys'"), ("tuple", {"single": True}, "one result does not fit 2 outputs"),
    ("one", {"seel": []}, "'seel' is no entry of such a file"),
    ("sparse", {"sparse": [[None, ["csr", [0, 0, 1], [0, 1, 2], [2, 2]]]]}, "its sparse structures do not fit 1 outputs"),
    ("sparse", {"sparse": [[None, ["csr", [0, 0, 1], [1, 0, 0], [2, 2]]]]}, "its sparse structures do not fit 1 outputs"),
    ("sparse", {"sparse": [[None, ["csr", [0, 0], [0, 1], [2, 2]]]]}, "its sparse structures do not fit 1 outputs"),
    ("sparse", {"single": False}, "its sparse structures do not fit 1 outputs"),
    ("lambdify, sparse", {"sparse": [[0, ["csr", [0, 0, 1], [0, 1, 0], [2, 2]]]]}, "its sparse structures do not fit 2 outputs"),
])
def test_wrong_entries_are_named(kind: str, entries: dict[str, Any], said: str, tmp_path: Path) -> None:
    made(kind)[0].save(file := tmp_path / "f.wg")
    facts = {key: value for key, value in json.loads(file.read_text()).items() if key != "seal"}
    file.write_text(json.dumps({**facts, **entries}))
    with pytest.raises(wg.ParseError) as caught:
        wg.load(file)
    assert str(caught.value) == f"load: {file} is damaged: {said}"


def test_a_file_does_not_answer_for_another(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    wg.function([w], w * 2.0).save(first)
    wg.function([w], w * 3.0).save(second)
    saved, other = json.loads(first.read_text()), json.loads(second.read_text())
    saved["seal"][1] = other["seal"][1]
    first.write_text(json.dumps(saved))
    with pytest.raises(wg.ParseError, match="first was changed after it was saved"):
        wg.load(first)


def test_a_file_that_was_changed_is_named(tmp_path: Path) -> None:
    f = wg.function([w], [wg.sum(w), w * 2.0])
    file = tmp_path / "f.wg"
    f.save(file)
    text = file.read_text()
    changes = [text.replace("multiply", "add"), text.replace("2.0", "2.5"), text.replace('"fastmath": false', '"fastmath": true'),
               text.replace('"seal": [', '"seal": ["0", '), text.replace(json.loads(text)["seal"][0], "0" * 64)]
    for changed in changes:
        assert changed != text
        file.write_text(changed)
        with pytest.raises(wg.ParseError, match=r"f.wg was changed after it was saved; save the function again, or take"):
            wg.load(file)
    meant = {key: value for key, value in json.loads(changes[0]).items() if key != "seal"}
    file.write_text(json.dumps(meant))
    assert wg.load(file)(W)[1].tolist() == (W + 2).tolist()


def test_paths_that_cannot_be_written(tmp_path: Path) -> None:
    f = wg.function([w], w * 2.0)
    file = tmp_path / "file"
    file.write_text("")
    for write, path in ("save", tmp_path), ("save", file / "f"), ("save", tmp_path / "no" / "f"), ("export", file), ("export", file / "f"):
        with pytest.raises(wg.PathError, match=rf"^{write}: cannot write to .*; give a path that is free, where you may write$") as caught:
            getattr(f, write)(path)
        assert isinstance(caught.value, OSError) and isinstance(caught.value, wg.WengertError) and caught.value.errno
    for call in (f.save, f.export, wg.load):
        for path in (None, 3, True, "a\0b", b"bytes"):
            with pytest.raises(wg.ArgumentError, match=r"(save|export|load): expected a path, got "):
                call(path)
        for path in ("~/f", Path("~") / "f", "~"):
            with pytest.raises(wg.ArgumentError, match=r": expected a path without ~, got '~.*; give os.path.expanduser\('~"):
                call(path)
    with pytest.raises(FileNotFoundError):
        wg.load(tmp_path / "none")


# -- workers

POOL = """
import multiprocessing, sys
sys.path[:0] = {folders!r}
import numpy as np
import test_travel as T

if __name__ == "__main__":
    tasks = [T.made(kind) for kind in T.KINDS if kind != "uncached"]
    answers = [T.leaves(f(*args)) for f, args in tasks]
    f, _ = T.made("one")
    many = np.tile(T.X, (40_000, 1))  # enough for threads
    expected = f(many, T.W)  # which ran before this process forks
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        assert pool.map(T.call, tasks) == answers
        assert pool.starmap(T.call_and_look, [(f, many, T.W)] * 4) == [(expected, {compiles})] * 4
"""


def call(task: tuple[Any, tuple[Any, ...]]) -> list[Any]:
    f, args = task
    return leaves(f(*args))


def call_and_look(f: Any, *args: Any) -> tuple[Any, bool]:
    """The value, and whether this process has the compiler."""
    return f(*args), "wengert.codegen.program" in sys.modules


@pytest.mark.parametrize("method, cached", [("fork", False), ("forkserver", False), ("spawn", True)])
def test_pools_of_workers(method: str, cached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spawned workers find their code on the disk; forked ones have it already, and threads that work."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    if cached:
        monkeypatch.setenv("WENGERT_CACHE", str(tmp_path / "cache"))
    here, compiles = Path(__file__).parent, not cached
    script = tmp_path / "pool.py"
    script.write_text(POOL.format(folders=[str(here), str(here.parent)], method=method, compiles=compiles))
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr


MODELS = """
import numpy as np, sympy, wengert as wg
a, b, c, d = symbols = sympy.symbols("a b c d")
made = [
    wg.lambdify(symbols, sympy.sin(a*b + c)**2 + sympy.Piecewise((a, a > 0), (b, True)) + sympy.Max(a, b, c, d), "gradient"),
    wg.lambdify(symbols, sympy.expand((a + b + c + d)**4) + sympy.cos(a*b)*sympy.Min(a, b, c, d), "hessian"),
    wg.lambdify([[a, b], [c, d]], sympy.Matrix([[a*b, c], [d, a]]).LUsolve(sympy.Matrix([c, d])), "jacobian"),
    wg.jit(lambda p, x: np.sum(np.tanh(x @ p["w"] + p["b"])**2)).lower({"w": np.ones(3), "b": 1.0}, np.ones((4, 3))),
    wg.value_and_grad(lambda p, x: np.sum(np.exp(x @ p["w"]) * p["b"])).lower({"w": np.ones(3), "b": 1.0}, np.ones((4, 3))),
]
print(*(getattr(f, "function", f)._build.model.digest for f in made))
"""


def test_the_same_program_has_one_name_whatever_order_sets_have() -> None:
    names = set()
    for seed in ("0", "1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        run = subprocess.run([sys.executable, "-c", MODELS], capture_output=True, text=True, check=False, env=environment)
        assert run.returncode == 0, run.stderr
        names.add(run.stdout)
    assert len(names) == 1
