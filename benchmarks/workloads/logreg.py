"""Logistic regression, 100 rows of 10 features, float64: mean log-loss and its gradient by the weights."""

import arrays
import numpy as np
from workload import Call, Workload


def inputs():
    random = np.random.default_rng(0)
    x = random.normal(size=(100, 10))
    labels = np.where(x @ random.normal(size=10) + random.normal(size=100) > 0, 1.0, -1.0)
    return random.normal(size=10), x, labels


def cost(xp, w, x, labels):
    return xp.mean(xp.log1p(xp.exp(-labels * (x @ w))))


def reference(w, x, labels):
    margin = labels * (x @ w)
    return np.mean(np.logaddexp(0, -margin)), -x.T @ (labels / (1 + np.exp(margin))) / len(labels)


workload = Workload("logistic regression, 100x10", inputs, reference)


@workload.engine("wengert")
def wengert(*data):
    import wengert as wg

    w, x, labels = wg.symbol("w", (10,)), wg.symbol("x", ("n", 10)), wg.symbol("labels", ("n",))
    loss = cost(np, w, x, labels)
    return Call(wg.function([w, x, labels], [loss, wg.grad(loss, w)]), data)


arrays.register(workload, cost, wrt=(0,))
