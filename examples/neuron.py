"""The neuron of the lecture: a model, its gradient as nodes of the same graph, and both numbers side by side.

y = 1 / (1 + exp(-(w0 x0 + w1 x1 + w2))) at (w0, x0, w1, x1, w2) = (2, -1, -3, -2, -3). Then sin(5 exp(x)), derived,
printed and checked. Run: python examples/neuron.py
"""
import numpy as np

import wengert as wg

names = ("w0", "x0", "w1", "x1", "w2")
w0, x0, w1, x1, w2 = symbols = [wg.symbol(name) for name in names]
y = 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))
partials = wg.grad(y, symbols)
neuron = wg.function(symbols, [y, *partials], name="neuron")

value, *slopes = neuron(2.0, -1.0, -3.0, -2.0, -3.0)
print(f"y = {value:.2f}")
for name, slope, node in zip(names, slopes, partials):
    print(f"dy/d{name} = {slope:+.2f}   node: {node.op.name}: {node.type}")
print()
print("value and gradient are one graph, and share what they can:")
print("\n".join(line.split("  #")[0] for line in neuron.dump("optimized").splitlines()))
print()

x = wg.symbol("x")
wave = np.sin(5 * np.exp(x))
slope = wg.grad(wave, x)
f = wg.function([x], [wave, slope], name="wave")
at = 0.3
print(f"sin(5 exp(x)) at {at}: {f(at)[0]:+.6f}, derivative {f(at)[1]:+.6f}, by hand {5 * np.exp(at) * np.cos(5 * np.exp(at)):+.6f}")
report = wg.check_grad(wave, at={"x": at})
print("symbolic and numeric derivative agree:", report.ok)
