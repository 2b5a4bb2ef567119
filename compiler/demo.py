"""`wengert demo`: what Wengert does, in half a minute on real data.

A small graph before and after differentiation, symbolic against numeric gradients, and a network that learns to read
digits through a compiled gradient. scikit-learn brings the data; nothing is downloaded.
"""
from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from ..ir import library as wg
from ..ir.errors import WengertError
from ..ir.text import dump
from .autodiff import grad
from .check import check_grad
from .frontend.symbols import symbol
from .function import function

EPOCHS, BATCH, RATE = 60, 32, 0.2


def demo(console: Console) -> bool:
    """Run all parts; whether the gradients agree and the network reads at least 97 % of the test digits."""
    agree = show_derivative(console)
    accuracy = train(console)
    return agree and accuracy >= 0.97


def show_derivative(console: Console) -> bool:
    """A neuron's graph, the graph with its gradient, and the gradient checked by differences."""
    x, w = symbol("x", (3,)), symbol("w", (3,))
    neuron = wg.tanh(x @ w) ** 2
    console.rule("a model")
    _print(console, dump(neuron))
    console.rule("the model and its gradient, one graph")
    f = function([x, w], [neuron, grad(neuron, w)], name="neuron")
    _print(console, f.dump("optimized"))
    console.rule("symbolic against numeric gradient")
    report = check_grad(neuron, at={"x": np.array([0.2, -0.4, 0.6]), "w": np.array([1.0, 2.0, -1.0])})
    console.print(report, highlight=False)
    return bool(report.ok)


def _print(console: Console, text: str) -> None:
    console.print("\n".join(line.split("  #")[0] for line in text.splitlines()), highlight=False, markup=False)


def digits() -> tuple[Any, ...]:
    """scikit-learn's handwritten digits: training and test images in 0 .. 1, and their labels."""
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError:
        raise WengertError('demo: needs scikit-learn for its data; run: pip install "wengert[examples]"') from None
    data = load_digits()
    images = (data.data / 16).astype("float32")
    return tuple(train_test_split(images, data.target, test_size=0.2, random_state=0, stratify=data.target))


def train(console: Console) -> float:
    """A 64-128-10 network learns the digits by mini-batch gradient descent; its accuracy on the test images."""
    images, test_images, labels, test_labels = digits()
    console.rule("a network learns to read digits")
    x, y = symbol("x", ("n", 64), "float32"), symbol("y", "n", "int64")
    shapes = {"w1": (64, 128), "b1": (128,), "w2": (128, 10), "b2": (10,)}
    w1, b1, w2, b2 = parameters = [symbol(name, shape, "float32") for name, shape in shapes.items()]
    scores = wg.relu(x @ w1 + b1) @ w2 + b2
    loss = -wg.mean(wg.take_along_axis(wg.log_softmax(scores, axis=1), y[:, None], axis=1))
    begun = perf_counter()
    step = function([x, y, *parameters], [loss, *grad(loss, parameters)], name="step")
    predict = function([x, *parameters], wg.argmax(scores, axis=1), name="predict")
    console.print(f"compiled loss, gradient and prediction in {perf_counter() - begun:.2f} s")

    rng = np.random.default_rng(0)
    values = [(rng.normal(size=s) * np.sqrt(2 / s[0]) if len(s) == 2 else np.zeros(s)).astype("float32") for s in shapes.values()]
    begun, steps = perf_counter(), 0
    for _ in track(range(EPOCHS), description="training", console=console):
        order = rng.permutation(len(images))
        for batch in np.split(order, range(BATCH, len(order), BATCH)):
            _, *gradients = step(images[batch], labels[batch], *values)
            for value, gradient in zip(values, gradients):
                value -= RATE * gradient
            steps += 1
    accuracy = float(np.mean(predict(test_images, *values) == test_labels))
    console.print(f"{steps} steps in {perf_counter() - begun:.2f} s, accuracy on {len(test_labels)} test images: {accuracy:.1%}")
    return accuracy
