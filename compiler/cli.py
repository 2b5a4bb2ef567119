"""The command line: `wengert demo | dump | check | explain | export | cache`, on `file.py:name`.

Exit codes: 0 fine, 1 a check failed, 2 a mistake of the person's, said in one sentence. Knows the public face only.
"""
from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..ir.errors import WengertError
from ..ir.graph import Graph
from ..ir.node import Node
from ..ir.text import dump
from .version import __version__

TARGET = "file.py:name, where name is a compiled function (wg.function) or a node"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except WengertError as error:
        print(f"wengert: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="wengert", description="Differentiate and compile array programs, and look at every stage.",
        epilog="example: wengert dump model.py:loss --stage kernels")
    top.add_argument("--version", action="version", version=f"wengert {__version__}")
    commands = top.add_subparsers(required=True, metavar="command")
    _command(commands, "demo", run_demo, "train a digits network through compiled gradients, and show a derivative")
    dumping = _command(commands, "dump", run_dump, "print a program after a stage")
    dumping.add_argument("target", help=TARGET)
    dumping.add_argument("--stage", default="optimized", help="input, optimized, kernels, llvm or asm (default: optimized)")
    checking = _command(commands, "check", run_check, "compare symbolic with numeric gradients; exit code 1 if they differ")
    checking.add_argument("target", help="file.py:name, where name is a node, a compiled function or a plain one")
    checking.add_argument("--at", default="at", help="the name, in the same file, of the point: a dict of arrays by input name "
                          "for a node, a tuple of arguments for a function (default: at)")
    explaining = _command(commands, "explain", run_explain, "what each pass did: nodes, operations, rules and where they fired")
    explaining.add_argument("target", help=TARGET)
    exporting = _command(commands, "export", run_export, "write object file, C header, description and shared library")
    exporting.add_argument("target", help=TARGET)
    exporting.add_argument("folder", help="where the files go; it is made if it is not there")
    exporting.add_argument("--name", help="of the C function (default: the function's own)")
    exporting.add_argument("--triple", help="the machine it shall run on, such as aarch64-unknown-linux-gnu (default: this one)")
    exporting.add_argument("--cpu", help="a processor of LLVM's, such as x86-64-v3 (default: this one's, or the triple's plainest)")
    exporting.add_argument("--features", help="of the processor, such as +avx2,-fma")
    caching = _command(commands, "cache", run_cache, "what has been compiled and kept on disk: where and how much, or remove it")
    caching.add_argument("action", choices=["info", "clear"], help="info: folder, number of functions, size; clear: remove them")
    return top


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], said: str) -> argparse.ArgumentParser:
    one: argparse.ArgumentParser = commands.add_parser(name, help=said, description=said[0].upper() + said[1:] + ".")
    one.set_defaults(run=run)
    return one


def run_demo(options: argparse.Namespace) -> int:
    from rich.console import Console

    from .demo import demo

    return 0 if demo(Console()) else 1


def run_dump(options: argparse.Namespace) -> int:
    target = load(options.target)[0]
    if isinstance(target, (Node, Graph)) and options.stage == "input":
        print(dump(target), end="")
    else:
        print(_compiled(target, options.target).dump(options.stage), end="")
    return 0


def run_check(options: argparse.Namespace) -> int:
    from .check import check_grad

    target, names = load(options.target)
    if options.at not in names:
        raise WengertError(f"check: {options.target.partition(':')[0]} has no {options.at!r}; "
                           "define the point there: a dict of arrays by input name, or a tuple of arguments")
    report = check_grad(target, at=names[options.at])
    print(report)
    return 0 if report.ok else 1


def run_explain(options: argparse.Namespace) -> int:
    print(_compiled(load(options.target)[0], options.target).explain())
    return 0


def run_export(options: argparse.Namespace) -> int:
    function = _compiled(load(options.target)[0], options.target)
    files = function.export(options.folder, name=options.name, triple=options.triple, cpu=options.cpu, features=options.features)
    for file in files:
        if file is not None:
            print(file)
    return 0


def run_cache(options: argparse.Namespace) -> int:
    from .function import disk

    found = disk.info()
    if found.folder is None:
        print(f"off, by {disk.FOLDER}")
    elif options.action == "clear":
        count = disk.clear()
        print(f"removed {count} function{'s' * (count != 1)} from {found.folder}")
    else:
        count = found.functions
        print(f"{found.folder}: {count} function{'s' * (count != 1)}, {found.bytes / 2**20:.1f} of at most {found.limit >> 20} MiB")
    return 0


def _compiled(target: Any, where: str) -> Any:
    """A compiled function for the target."""
    from .function import function
    from .stages import Stages

    if isinstance(target, Stages) or isinstance(getattr(target, "function", None), Stages):  # alone, or with a wrapper around it
        return target
    if isinstance(target, Node):
        from ..ir.node import postorder

        return function([n for n in postorder([target]) if n.op.name == "input"], target)
    raise WengertError(f"{where}: expected a compiled function or a node, got {type(target).__name__}; "
                       "make one with wg.function([inputs], outputs)")


def load(target: str) -> tuple[Any, dict[str, Any]]:
    """The object `file.py:name`, and all names of its file."""
    file, colon, name = target.rpartition(":")
    if not colon or not name.isidentifier():
        raise WengertError(f"expected file.py:name, got {target!r}")
    path = Path(file)
    if not path.is_file():
        raise WengertError(f"there is no file {file}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise WengertError(f"{file}: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except WengertError:
        raise
    except Exception as error:
        raise WengertError(f"{file}: importing it raised {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(path.parent))
    names = vars(module)
    if name not in names:
        known = ", ".join(sorted(n for n in names if not n.startswith("_"))[:12])
        raise WengertError(f"{file}: has no {name!r}; it has {known}")
    return names[name], names


if __name__ == "__main__":
    sys.exit(main())
