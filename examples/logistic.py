"""Logistic regression with an L2 term on scikit-learn's breast-cancer data, against scikit-learn's own coefficients.

The cost is scikit-learn's: the sum of log(1 + exp(-s (x w + b))) over the patients, s = 1 or -1, plus |w|^2 / (2 C).
Run: python examples/logistic.py
"""
import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import wengert as wg

data = load_breast_cancer()
features = StandardScaler().fit_transform(data.data)
signs = 2.0 * data.target - 1.0
count = features.shape[1]

x, s, p = wg.symbol("x", ("n", count)), wg.symbol("s", "n"), wg.symbol("p", count + 1)
weights, bias = p[:-1], p[-1]
margins = s * (x @ weights + bias)
cost = np.sum(wg.softplus(-margins)) + 0.5 * np.sum(weights**2)
fit = wg.function([x, s, p], [cost, wg.grad(cost, p)], name="logistic")

result = minimize(lambda p: fit(features, signs, p), np.zeros(count + 1), jac=True, method="L-BFGS-B",
                  options={"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-9})
reference = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(features, data.target)
expected = np.append(reference.coef_, reference.intercept_)
difference = np.max(np.abs(result.x - expected))
accuracy = np.mean((features @ result.x[:-1] + result.x[-1] > 0) == (data.target == 1))
print(f"{len(signs)} patients, {count} features, cost {result.fun:.4f}, accuracy {accuracy:.3f}")
print("coefficients agree with scikit-learn's to 1e-4:", bool(difference < 1e-4))
