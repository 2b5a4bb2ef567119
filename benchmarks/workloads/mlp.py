"""A network 784-512-256-10 on 128 images, float32: mean cross-entropy and its gradient by all weights and biases."""

from itertools import pairwise

import arrays
import numpy as np
from workload import Call, Workload

SIZES, BATCH = (784, 512, 256, 10), 128


def inputs():
    """Three weights, three biases, the images and their labels (one column a class)."""
    random = np.random.default_rng(0)
    pairs = list(pairwise(SIZES))
    weights = [random.normal(size=pair) / np.sqrt(pair[0]) for pair in pairs]
    biases = [random.normal(size=pair[1]) / 10 for pair in pairs]
    labels = np.eye(SIZES[-1])[random.integers(SIZES[-1], size=BATCH)]
    return tuple(a.astype("float32") for a in (*weights, *biases, random.normal(size=(BATCH, SIZES[0])), labels))


def cost(xp, w1, w2, w3, b1, b2, b3, images, labels):
    hidden = xp.tanh(xp.tanh(images @ w1 + b1) @ w2 + b2)
    scores = hidden @ w3 + b3
    return xp.mean(xp.logsumexp(scores, 1) - xp.sum(labels * scores, 1))


def reference(*data):
    w1, w2, w3, b1, b2, b3, images, labels = data
    first = np.tanh(images @ w1 + b1)
    second = np.tanh(first @ w2 + b2)
    scores = second @ w3 + b3
    top = scores.max(1, keepdims=True)
    weight = np.exp(scores - top)
    total = weight.sum(1, keepdims=True)
    value = np.mean(np.log(total) + top - (labels * scores).sum(1, keepdims=True))
    d3 = (weight / total - labels) / len(images)
    d2 = (d3 @ w3.T) * (1 - second**2)
    d1 = (d2 @ w2.T) * (1 - first**2)
    return value, images.T @ d1, first.T @ d2, second.T @ d3, d1.sum(0), d2.sum(0), d3.sum(0)


workload = Workload("network 784-512-256-10, batch 128, float32", inputs, reference, tolerance=1e-4)


@workload.engine("wengert")
def wengert(*data):
    import wengert as wg

    weights = [wg.symbol(f"w{i + 1}", SIZES[i : i + 2], "float32") for i in range(3)]
    biases = [wg.symbol(f"b{i + 1}", SIZES[i + 1 : i + 2], "float32") for i in range(3)]
    images, labels = wg.symbol("images", ("n", SIZES[0]), "float32"), wg.symbol("labels", ("n", SIZES[-1]), "float32")
    loss = cost(arrays.Names(np, wg.special), *weights, *biases, images, labels)
    gradient = wg.grad(loss, [*weights, *biases])
    return Call(wg.function([*weights, *biases, images, labels], [loss, *gradient]), data)


arrays.register(workload, cost, wrt=(0, 1, 2, 3, 4, 5))
