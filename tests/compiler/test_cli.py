"""The command line: what it prints, and its exit codes. 0 fine, 1 a check failed, 2 a person's mistake in one sentence."""
from __future__ import annotations

from pathlib import Path

import pytest

import wengert as wg
from wengert.compiler.cli import main

MODEL = '''
import numpy as np
import wengert as wg

x = wg.symbol("x", 3)
cost = np.sum(np.sin(x) ** 2)
f = wg.function([x], [cost, wg.grad(cost, x)], name="cost")
at = {"x": np.array([0.1, 0.2, 0.3])}
wrong = wg.custom_derivative(lambda y: y * y, vjp=lambda args, y, ct: (3.0 * args[0] * ct,))
tripled = np.sum(wrong(x))
seven = 7


def plain(x, y):
    return x * y


import sympy
p, q = sympy.symbols("p q")
sparse = wg.lambdify([[p, q]], [p * q, p], "jacobian", sparse=True)
there = {"array": [1.0, 2.0]}
'''


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "model.py"
    path.write_text(MODEL)
    return str(path)


@pytest.mark.parametrize("stage, part", [
    ("input", "graph cost(x: f64[3])"), ("optimized", "graph cost"), ("kernels", "kernel k0"), ("llvm", "define"), ("asm", ".text")])
def test_dump_prints_every_stage(model: str, stage: str, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dump", f"{model}:f", "--stage", stage]) == 0
    assert part in capsys.readouterr().out


def test_dump_of_a_node(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dump", f"{model}:cost", "--stage", "input"]) == 0
    assert "sin x" in capsys.readouterr().out


def test_explain_prints_the_passes(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", f"{model}:f"]) == 0
    out = capsys.readouterr().out
    assert "canonical" in out and "stabilize" in out


def test_check_tells_right_from_wrong(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", f"{model}:cost"]) == 0
    assert "ok" in capsys.readouterr().out
    assert main(["check", f"{model}:tripled"]) == 1
    assert main(["check", f"{model}:sparse", "--at", "there"]) == 0


@pytest.mark.parametrize("arguments, said", [
    (["dump", "nowhere.py:f"], "no file nowhere.py"),
    (["dump", "nowhere.py"], "expected file.py:name"),
    (["dump", "{model}:g"], "has no 'g'"),
    (["dump", "{model}:seven"], "got int"),
    (["dump", "{model}:f", "--stage", "soup"], "'soup'"),
    (["check", "{model}:cost", "--at", "nowhere"], "'nowhere'"),
    (["check", "{model}:plain"], "plain with `at`, a dict, as its one argument raised TypeError"),
])
def test_a_mistake_is_one_sentence(arguments: list[str], said: str, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([part.format(model=model) for part in arguments]) == 2
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error and error.count("\n") == 1


def test_a_file_that_raises_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.py"
    path.write_text("1 / 0\n")
    assert main(["dump", f"{path}:f"]) == 2
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    project = (Path(wg.__file__).parent / "pyproject.toml").read_text()
    assert stop.value.code == 0 and capsys.readouterr().out == f"wengert {wg.__version__}\n"
    assert f'\nversion = "{wg.__version__}"\n' in project


def test_help_and_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code in ((["--help"], 0), (["dump", "--help"], 0), ([], 2)):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == code


def test_the_cache_is_shown_and_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "cache"
    monkeypatch.setenv("WENGERT_CACHE", str(place))

    def said(action: str) -> str:
        assert main(["cache", action]) == 0
        return capsys.readouterr().out

    assert said("info") == f"{place}: 0 functions, 0.0 of at most 1024 MiB\n"
    t = wg.symbol("t")
    wg.function([t], wg.sin(t) * 17)
    assert said("info").startswith(f"{place}: 1 function, 0.0 of")
    assert said("clear") == f"removed 1 function from {place}\n"
    assert said("info").startswith(f"{place}: 0 functions")
    monkeypatch.setenv("WENGERT_CACHE", "off")
    assert said("info") == said("clear") == "off, by WENGERT_CACHE\n"


def test_export_writes_the_files_and_says_which(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "made"
    other = ["--triple", "aarch64-unknown-linux-gnu", "--cpu", "cortex-a72", "--name", "price"]
    assert main(["export", f"{model}:f", str(place), *other]) == 0
    assert capsys.readouterr().out.split() == [str(place / f"price.{end}") for end in ("o", "h", "json")]
    assert main(["export", f"{model}:f", str(place), "--triple", "pdp11"]) == 2
    assert "LLVM knows no target 'pdp11'" in capsys.readouterr().err
