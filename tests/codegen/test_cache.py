"""Compiled functions on disk: a second process compiles nothing, and no state of the folder does harm."""
from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs import programs
from hypothesis import HealthCheck, given, settings

import wengert as wg
from wengert.codegen import cache, fingerprint, jit, outside, parallel
from wengert.compiler.function import Build, Function
from wengert.compiler.model import Model
from wengert.ir.digest import hashed
from wengert.ir.errors import ArgumentError, WengertError

x = wg.symbol("x", ("n", 3))
X = np.arange(12.0).reshape(4, 3)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for this test alone, and a process that has not looked at it yet."""
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_unchecked", -1)
    monkeypatch.setattr(cache, "_warned", False)
    return tmp_path / "cache"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The texts that are given to LLVM from now on."""
    texts: list[str] = []
    real = jit.compile_ir

    def counted(text: str, **options: Any) -> bytes:
        texts.append(text)
        return real(text, **options)

    monkeypatch.setattr(jit, "compile_ir", counted)
    yield texts


@pytest.fixture(autouse=True)
def pools() -> None:
    """What the whole process shares is in place, whichever test comes first."""
    model(cache=False)(X)


def model(factor: float = 2.0, **options: Any) -> Any:
    y = wg.exp(-x * factor)
    return wg.function([x], [wg.sum(y), wg.grad(wg.sum(y), x), x @ np.ones((3, 40))], **options)


def files(place: Path) -> list[Path]:
    return sorted(place.glob("*.code"))


def check(f: Any, factor: float = 2.0) -> None:
    value, gradient, product = f(X)
    np.testing.assert_allclose(value, np.exp(-X * factor).sum(), rtol=1e-14)
    np.testing.assert_allclose(gradient, -factor * np.exp(-X * factor), rtol=1e-14)
    np.testing.assert_allclose(product, X @ np.ones((3, 40)), rtol=1e-14)


def test_the_second_function_is_not_compiled(place: Path, compiled: list[str]) -> None:
    first = model()
    count = len(compiled)
    assert count and len(files(place)) == 1
    second = model()
    assert len(compiled) == count
    check(first)
    check(second)
    assert repr(second) == repr(first) and second.__doc__ == first.__doc__
    assert second.dump("asm") == first.dump("asm") and str(second.explain()) == str(first.explain()) and second.cost() == first.cost()


SCRIPT = """
import sys
import numpy as np, wengert as wg
from wengert.compiler import function
run, ran = function.run, set()
function.run = lambda *args, **named: ran.add("passes") or run(*args, **named)
x = wg.symbol("x", ("n", 3))
f = wg.function([x], [wg.sum(wg.exp(x)), x @ np.ones((3, 40))], name="second")
value, product = f(np.ones((4, 3)))
assert abs(value - 12 * np.e) < 1e-12 and (product == 3).all()
print(*sorted({"wengert.codegen.program", "llvmlite.binding", "sympy"} & sys.modules.keys()), *ran)
"""


def other_process(*command: str) -> str:
    run = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert run.returncode == 0 and run.stderr == "", run.stderr
    return run.stdout.strip()


def test_a_second_process_runs_no_pass_and_loads_neither_code_generation_nor_llvm(place: Path) -> None:
    first = other_process("-c", SCRIPT).split()
    assert "wengert.codegen.program" in first and "passes" in first
    before = [path.stat().st_ino for path in files(place)]
    loaded = other_process("-c", SCRIPT).split()
    assert [path.stat().st_ino for path in files(place)] == before and len(before) == 1
    assert "wengert.codegen.program" not in loaded and "passes" not in loaded
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        assert "llvmlite.binding" not in loaded


def test_sixteen_processes_at_once_leave_one_entry(place: Path) -> None:
    command = [sys.executable, "-c", SCRIPT]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(16)]
    assert [process.communicate()[0].startswith("llvmlite") for process in running] == [True] * 16
    assert [process.returncode for process in running] == [0] * 16
    assert len(files(place)) == 1 and {path.name for path in place.iterdir()} == {files(place)[0].name, "resident"}
    assert all(path.suffix == ".code" for path in (place / "resident").iterdir())


@pytest.mark.parametrize("other", [
    lambda: model(3.0), lambda: model(-0.0), lambda: model(0.0), lambda: model(name="g"), lambda: model(fastmath=True),
    lambda: wg.function([x], {"a": wg.sum(x)}), lambda: wg.function([x], {"b": wg.sum(x)}), lambda: wg.function([x], [wg.sum(x)]),
    lambda: wg.function([x], wg.sum(x)), lambda: wg.function([x, wg.symbol("y")], wg.sum(x)),
])
def test_another_function_has_another_entry(other: Any, place: Path) -> None:
    model()
    kept = files(place)
    other()
    assert len(files(place)) == 2 and kept[0] in files(place)
    check(model())


@pytest.mark.parametrize("name, value", [
    ("_processor", "another"), ("_llvm", "23"), ("_wengert", "newer"), ("slow_offset", 8), ("threads", 3)])
def test_another_machine_has_another_entry(name: str, value: Any, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model()
    module = {"slow_offset": fingerprint.callable, "threads": parallel}.get(name, fingerprint)
    monkeypatch.setattr(module, name, lambda: value)
    fingerprint.here.cache_clear()
    try:
        assert cache.key("0", "") != KEY or name == "threads"
        if name != "slow_offset":
            model()
            assert len(files(place)) == 2
    finally:
        monkeypatch.undo()
        fingerprint.here.cache_clear()


KEY = cache.key("0", "")


def test_the_processor_and_the_sources_are_told() -> None:
    lines = fingerprint.here().split("\n")
    assert [line.split()[0] for line in lines] == ["wengert", "python", "numpy", "llvm", "machine"]
    assert len(lines[0].split()[1]) == 64 and np.__version__ in lines[2]
    if sys.platform == "linux":
        assert jit.host()[1] and ("flags" in lines[4] or "Features" in lines[4] or jit.host()[1] in lines[4])


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms ask LLVM")
def test_a_processor_that_linux_does_not_describe_is_asked_of_llvm(monkeypatch: pytest.MonkeyPatch) -> None:
    real = open
    monkeypatch.setattr("builtins.open", lambda path, *rest: real(os.devnull if path == "/proc/cpuinfo" else path, *rest))
    assert fingerprint._processor() == " ".join(jit.host())


# -- damage

def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def sealed(path: Path, payload: bytes) -> bytes:
    """A file with every mark of an entry, around this payload."""
    return cache._MAGIC + bytes.fromhex(path.stem) + hashed(payload) + payload


@pytest.mark.parametrize("damage", [
    lambda data, path: b"", lambda data, path: data[:20], lambda data, path: data[:100], lambda data, path: data[:-1],
    lambda data, path: data + b"\0", lambda data, path: flip(data, 0), lambda data, path: flip(data, 30),
    lambda data, path: flip(data, 70), lambda data, path: flip(data, len(data) // 2), lambda data, path: flip(data, len(data) - 1),
    lambda data, path: os.urandom(len(data)), lambda data, path: data.replace(bytes.fromhex(path.stem), bytes(32)),
    lambda data, path: sealed(path, b"not a pickle"), lambda data, path: sealed(path, pickle.dumps([1, 2])),
])
def test_a_damaged_entry_is_replaced(damage: Any, place: Path, compiled: list[str]) -> None:
    model()
    [path] = files(place)
    whole = path.read_bytes()
    path.write_bytes(damage(whole, path))
    compiled.clear()
    check(model())
    assert compiled and len(files(place)) == 1
    compiled.clear()
    check(model())
    assert not compiled


def test_an_entry_of_another_function_is_not_taken(place: Path) -> None:
    model(3.0)
    [other] = files(place)
    model()
    [path] = [path for path in files(place) if path != other]
    path.write_bytes(other.read_bytes())
    check(model())


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(RuntimeWarning, match=r"cannot be kept in .*file.cache .*set WENGERT_CACHE to another folder, or to off") as said:
        check(model())
        check(model())
    assert len(said) == 1


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="other platforms have other rights")
def test_a_folder_of_somebody_else_or_of_all_is_refused(place: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    model()
    compiled.clear()
    place.chmod(0o777)
    with pytest.warns(RuntimeWarning, match=r"cannot be kept in .* \(others may write to it\)"):
        check(model())
    assert compiled
    place.chmod(0o755)
    compiled.clear()
    check(model())
    assert not compiled
    monkeypatch.setattr(os, "getuid", lambda: place.stat().st_uid + 1)
    monkeypatch.setattr(os, "stat", lambda path, real=os.stat, **options: _owned_by(12345, real(path, **options)))
    check(model())
    assert compiled


def _owned_by(user: int, facts: os.stat_result) -> os.stat_result:
    fields = list(facts)
    fields[4] = user
    return os.stat_result(fields)


def test_no_room_is_said_and_leaves_nothing_behind(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.warns(RuntimeWarning, match="No space left on device"):
        check(model())
    assert [path for path in place.rglob("*") if path.is_file()] == []


def test_an_entry_can_be_read_where_nothing_can_be_written(place: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    model()
    compiled.clear()

    def refused(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "utime", refused)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(model())
    assert not compiled


def test_code_for_another_scipy_is_compiled_anew(place: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if not outside.blas_threads_are_ours():
        pytest.skip("this SciPy's BLAS has no function that another lacks")
    model()
    [path] = files(place)
    before = path.read_bytes()
    monkeypatch.setattr(outside, "_limits", lambda: {})
    compiled.clear()
    check(model())
    assert compiled and path.read_bytes() != before
    compiled.clear()
    check(model())
    assert not compiled


# -- options

def test_it_can_be_off_for_a_function_and_for_a_process(place: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    check(model(cache=False))
    assert not place.exists()
    model()
    count = len(compiled)
    check(model(cache=False))
    assert len(compiled) == count + 1  # the entry's text is remembered in the process
    for word in ("off", "0", "OFF"):
        monkeypatch.setenv("WENGERT_CACHE", word)
        assert cache.folder() is None and cache.info().folder is None and cache.clear() == 0
        check(model())
    assert len(compiled) == count + 4


def test_without_the_variable_it_is_the_platform_s_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WENGERT_CACHE")
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    named = str(tmp_path / "named")
    for platform, variable, value, expected in (
        ("linux", "XDG_CACHE_HOME", named, "named/wengert"), ("linux", "XDG_CACHE_HOME", "", ".cache/wengert"),
        ("linux", "XDG_CACHE_HOME", "not/absolute", ".cache/wengert"), ("darwin", "XDG_CACHE_HOME", named, "Library/Caches/wengert"),
        ("win32", "LOCALAPPDATA", named, "named/wengert/Cache"), ("win32", "LOCALAPPDATA", "", "AppData/Local/wengert/Cache"),
    ):
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setenv(variable, value)
        assert cache.folder() == os.path.join(tmp_path, *expected.split("/"))


def test_jit_and_lambdify_take_the_option(place: Path) -> None:
    import sympy

    a = sympy.Symbol("a")
    assert wg.jit(lambda t: t * 3, cache=False)(2.0) == 6
    assert wg.lambdify([a], a**2 + a, cache=False)(2.0) == 6
    assert not place.exists()
    assert wg.jit(lambda t: t * 3)(2.0) == wg.lambdify([a], a**2 + a)(2.0) == 6
    assert len(files(place)) == 2


def test_many_points_come_from_the_disk_too(place: Path, compiled: list[str], tmp_path: Path) -> None:
    a, b = wg.symbol("a"), wg.symbol("b", 2)
    points = np.linspace(0.0, 1.0, 7)

    def check_points(f: Any) -> None:
        np.testing.assert_allclose(f(points, [1.0, 2.0]), np.sin(points) + 3.0)
        np.testing.assert_allclose(f(1.0, [points, points]), np.sin(1.0) + 2 * points)

    f = wg.function([a, b], wg.sin(a) + wg.sum(b), points=True)
    check_points(f)
    assert len(files(place)) == 3
    f.save(tmp_path / "f.wg")
    compiled.clear()
    check_points(wg.function([a, b], wg.sin(a) + wg.sum(b), points=True))
    check_points(wg.load(tmp_path / "f.wg"))
    assert not compiled and len(files(place)) == 3


# -- size

def test_what_was_used_longest_ago_goes_first(place: Path, monkeypatch: pytest.MonkeyPatch, compiled: list[str]) -> None:
    names = []
    for k in range(6):
        model(float(k + 1))
        [new] = set(files(place)) - set(names)
        names.append(new)
        os.utime(new, (1000 + k, 1000 + k))
    each = names[0].stat().st_size
    compiled.clear()
    model(1.0)  # used now
    assert not compiled
    monkeypatch.setattr(cache, "limit", lambda: 5 * each)
    monkeypatch.setattr(cache, "_unchecked", -1)
    model(7.0)
    left = files(place)
    assert names[0] in left and names[5] in left and names[1] not in left and names[2] not in left
    assert sum(path.stat().st_size for path in left) <= 5 * each


def test_the_folder_is_looked_at_again_after_a_sixteenth_of_the_limit(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    real = cache._files
    monkeypatch.setattr(cache, "_files", lambda folder: looks.append(1) or real(folder))
    model(1.0)
    model(2.0)
    assert len(looks) == 1
    monkeypatch.setattr(cache, "limit", lambda: 16)
    model(3.0)
    assert len(looks) == 2 and files(place) == []


def test_an_unfinished_file_goes_when_it_is_old(place: Path) -> None:
    place.mkdir()
    old, young, strange = place / ".abc.1.2", place / ".abd.1.2", place / "README"
    for path in (old, young, strange):
        path.write_text("")
    os.utime(old, (1, 1))
    model()
    assert not old.exists() and young.exists() and strange.exists()


def test_info_and_clear(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache.info() == (str(place), 0, 0, 1024 << 20)
    model()
    [path] = files(place)
    assert cache.info()[:2] == (str(place), 1) and path.stat().st_size <= cache.info().bytes
    assert cache.clear() == 1 and files(place) == [] and cache.info().bytes == 0
    monkeypatch.setenv("WENGERT_CACHE_MB", "3")
    assert cache.info().limit == 3 << 20
    monkeypatch.setenv("WENGERT_CACHE_MB", "lots")
    with pytest.raises(ArgumentError, match="WENGERT_CACHE_MB: expected a number of megabytes, got 'lots'"):
        cache.info()


# -- what an entry leaves out

def test_messages_name_the_lines_of_the_model_at_hand(place: Path, compiled: list[str], tmp_path: Path) -> None:
    def made(lines: int) -> Any:
        file = tmp_path / f"m{lines}.py"
        code = "import wengert as wg\n" + "\n" * lines + "y = wg.symbol('y', ('k',))\nf = wg.function([y], y[2:] * 2.0)\n"
        names: dict[str, Any] = {}
        exec(compile(code, str(file), "exec"), names)
        return names["f"]

    for lines in (3, 9):
        f = made(lines)
        with pytest.raises(ArgumentError, match=rf"slice: .*\(m{lines}\.py:{lines + 3}\)"):
            f(np.ones(1))
        del f
    assert len(files(place)) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=programs(dtypes=("float64", "float32", "int64", "bool")))
def test_random_programs_from_the_disk_give_the_same_bits(program: Any, place: Path) -> None:
    graph, arrays = program
    first, second = (Function(Build(Model(graph))) for _ in range(2))
    assert "program" not in vars(second._build)  # nothing was lowered
    try:
        expected = first(*arrays)
    except WengertError as error:
        with pytest.raises(type(error)):
            second(*arrays)
        return
    for got, want in zip(second(*arrays), expected):
        assert np.asarray(got).tobytes() == np.asarray(want).tobytes()
