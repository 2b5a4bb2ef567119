"""A 64-128-10 network learns scikit-learn's handwritten digits by mini-batch gradient descent.

Loss and gradient are one compiled function; the last, smaller batch uses the same code, because the batch size is a
size that is known at the call. Writes the loss curve as a PNG. Run: python examples/digits.py [folder for the picture]
"""
import sys
from pathlib import Path

import matplotlib
import numpy as np
from rich.progress import track
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import wengert as wg

matplotlib.use("Agg")
import matplotlib.pyplot as plt

digits = load_digits()
images, test_images, labels, test_labels = train_test_split(
    (digits.data / 16).astype("float32"), digits.target, test_size=0.2, random_state=0, stratify=digits.target)

x, y = wg.symbol("x", ("n", 64), "float32"), wg.symbol("y", "n", "int64")
w1, b1 = wg.symbol("w1", (64, 128), "float32"), wg.symbol("b1", 128, "float32")
w2, b2 = wg.symbol("w2", (128, 10), "float32"), wg.symbol("b2", 10, "float32")
parameters = [w1, b1, w2, b2]

scores = wg.relu(x @ w1 + b1) @ w2 + b2
loss = -np.mean(np.take_along_axis(wg.log_softmax(scores, axis=1), y[:, None], axis=1))
step = wg.function([x, y, *parameters], [loss, *wg.grad(loss, parameters)], name="step")
predict = wg.function([x, *parameters], np.argmax(scores, axis=1), name="predict")

rng = np.random.default_rng(0)
values = [(rng.normal(size=p.shape) * np.sqrt(2 / p.shape[0]) if p.ndim == 2 else np.zeros(p.shape)).astype("float32") for p in parameters]
losses = []
for _ in track(range(60), description="training", disable=not sys.stderr.isatty()):
    order = rng.permutation(len(images))
    for batch in np.split(order, range(32, len(order), 32)):
        cost, *gradients = step(images[batch], labels[batch], *values)
        for value, gradient in zip(values, gradients):
            value -= 0.2 * gradient
        losses.append(cost)

accuracy = np.mean(predict(test_images, *values) == test_labels)
print(f"{len(losses)} steps, training loss below 0.05: {np.mean(losses[-45:]) < 0.05}")
print(f"test accuracy at least 97 %: {accuracy >= 0.97}")

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
folder.mkdir(exist_ok=True)
plt.figure(figsize=(6, 3))
plt.semilogy(np.convolve(losses, np.ones(45) / 45, "valid"))
plt.xlabel("step")
plt.ylabel("cross-entropy")
plt.tight_layout()
plt.savefig(folder / "digits.png", dpi=120)
print("wrote digits.png")
