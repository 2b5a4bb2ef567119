"""Forward and reverse mode: what each costs, and why the naive way of reverse mode is quadratic.

Forward mode carries a tangent along with each value, as dual numbers do: one pass a input. Reverse mode carries a
cotangent back from one output: one pass an output. Costs are counted operations, so they are exact.
Run: python examples/modes.py
"""
from dataclasses import dataclass
from math import cos, sin

import numpy as np

import wengert as wg


@dataclass
class Dual:
    """A value and its tangent: forward mode in twelve lines."""

    value: float
    tangent: float

    def __mul__(self, other):
        return Dual(self.value * other.value, self.value * other.tangent + self.tangent * other.value)

    def sin(self):
        return Dual(sin(self.value), cos(self.value) * self.tangent)


dual = (Dual(2.0, 1.0) * Dual(2.0, 1.0)).sin()
x = wg.symbol("x")
forward = wg.function([x], wg.jvp(np.sin(x * x), x, 1.0))
print(f"d sin(x*x) at 2: dual numbers {dual.tangent:.6f}, compiled jvp {forward(2.0):.6f}")


def operations(inputs, outputs):
    """Scalar operations of the function, counted after the passes."""
    return wg.function(inputs, outputs).cost().operations


print("\none input, many outputs: sin(k x) for k = 1 .. 50")
outputs = [np.sin(k * x) for k in range(1, 51)]
print("  value               ", operations([x], outputs))
print("  forward, one jvp    ", operations([x], wg.jvp(outputs, [x], [1.0])))
print("  reverse, 50 vjps    ", operations([x], [wg.grad(o, x) for o in outputs]))

print("\nmany inputs, one output: the product of 50 sines")
inputs = [wg.symbol(f"x{k}") for k in range(50)]
product = inputs[0]
for node in inputs[1:]:
    product = product * np.sin(node)
print("  value               ", operations(inputs, [product]))
print("  forward, 50 jvps    ", operations(inputs, [wg.jvp(product, one, 1.0) for one in inputs]))
print("  reverse, one grad   ", operations(inputs, wg.grad(product, inputs)))


def naive_visits(node, seen):
    """The naive way walks back from the output once for every path: each use of a node again."""
    seen[0] += 1
    for arg in node.args:
        if arg.op.name != "const":
            naive_visits(arg, seen)


print("\na chain x -> x*x -> ... : nodes that reverse mode visits")
for length in (4, 8, 16):
    chain = x
    for _ in range(length):
        chain = chain * chain
    seen = [0]
    naive_visits(chain, seen)
    work = operations([x], [wg.grad(chain, x)])
    print(f"  length {length:2}: every path {seen[0]:6}, each node once {length + 1:3}, operations of the gradient {work}")
