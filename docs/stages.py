"""Writes the README's tour: one small function after every stage. Run: python docs/stages.py

`tests/test_docs.py` holds the README against what this produces. Vectors of 32 bytes, so that every machine prints the same.
"""
from __future__ import annotations

import re
from pathlib import Path
from unittest import mock

import numpy as np

import wengert as wg

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- stages -->", "<!-- end of stages -->"

MODEL = '''x = wg.symbol("x", "n")
loss = np.mean(np.log(1 + np.exp(x)))
f = wg.function([x], [loss, wg.grad(loss, x)], name="loss")'''


def plain(text: str) -> str:
    """The text without source lines, which name this script."""
    return "\n".join(re.sub(r"  +#.*$| @ .*$", "", line) for line in text.strip().splitlines())


def kernel(llvm: str, name: str) -> str:
    """The head of one function of the module, and the block that loads a whole vector of the input."""
    lines = llvm[llvm.index(f"@{name}("):].splitlines()
    load = next(k for k, line in enumerate(lines) if "getelementptr inbounds double, ptr %buffer.in0" in line)
    label = max(k for k in range(load) if lines[k].endswith(":"))
    return "\n".join(["define internal i32 " + lines[0], "...", *lines[label:label + 12], "..."])


def tour() -> str:
    """The section between the README's markers."""
    names: dict[str, object] = {"wg": wg, "np": np}
    with mock.patch("wengert.codegen.program.vector_bytes", lambda: 32), mock.patch("wengert.codegen.parallel.threads", lambda: 1):
        exec(MODEL, names)
        f, loss = names["f"], names["loss"]
        texts = [
            ("What a person writes.", "python", MODEL),
            ("**Input**: `wg.dump(loss)`.", "", plain(wg.dump(loss))),
            ("**Gradient**: its nodes are appended to the same graph, `f.dump(\"input\")`.", "", plain(f.dump("input"))),
            ("**Optimised**: after the passes, `f.dump(\"optimized\")`. `log(1 + exp(x))` has become `softplus`, which "
             "neither overflows nor loses its derivative.", "", plain(f.dump("optimized"))),
            ("**Kernels**: what runs, `f.dump(\"kernels\")`. Value and gradient come from one loop.", "", plain(f.dump("kernels"))),
            ("**LLVM**: the loop over blocks of four elements, from `f.dump(\"llvm\")`.", "llvm", kernel(f.dump("llvm"), "k0")),
        ]
    return "\n\n".join(f"{said}\n```{language}\n{text}\n```" for said, language, text in texts)


def written(readme: str) -> str:
    """The README with a fresh tour."""
    head, rest = readme.split(BEGIN)
    return f"{head}{BEGIN}\n{tour()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
