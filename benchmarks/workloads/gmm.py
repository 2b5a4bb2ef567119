"""ADBench's Gaussian mixture (d=10, K=25, n=1000): log-posterior with Wishart prior, by weights, means and factors.

Component k has weight exp(alpha_k) up to normalisation, mean mu_k and precision Q_k' Q_k. Q_k is lower triangular:
`icf[k]` holds the logarithms of its diagonal, then the columns below the diagonal (Srajer, Kukelova and Fitzgibbon
2018, with GradBench's signs: the log-prior is added, and -gamma²/2 |Q|² is in it).
"""

import math

import arrays
import numpy as np
from workload import Call, Workload

D, K, N = 10, 25, 1000
GAMMA, M = 1.0, 0  # Wishart prior: precision and extra degrees of freedom


def inputs():
    random = np.random.default_rng(0)
    sizes = ((K,), (K, D), (K, D + D * (D - 1) // 2), (N, D))
    return tuple(random.normal(size=size) for size in sizes)


def below_diagonal():
    """Where in a row of `icf` each entry of Q_k is found; entries that are not below the diagonal point anywhere."""
    position = np.zeros((D, D), dtype=np.int64)
    columns, rows = np.triu_indices(D, 1)
    position[rows, columns] = D + np.arange(len(rows))
    return position


def log_constants():
    """The terms without a variable: the Gaussians' factor, and the normalisation of the K Wishart densities."""
    freedom = D + M + 1
    log_gamma = D * (D - 1) / 4 * math.log(math.pi) + sum(math.lgamma((freedom - i) / 2) for i in range(D))
    return -N * D / 2 * math.log(2 * math.pi) + K * (freedom * D * math.log(GAMMA / math.sqrt(2)) - log_gamma)


def cost(xp, alphas, means, icf, x):
    logs, below = icf[:, :D], xp.tril(icf[:, below_diagonal()], -1)
    diagonal = xp.exp(logs)
    centred = x[:, None, :] - means[None, :, :]
    scaled = diagonal * centred + xp.einsum("kij,nkj->nki", below, centred)
    inner = alphas + xp.sum(logs, 1) - xp.sum(scaled**2, 2) / 2
    likelihood = xp.sum(xp.logsumexp(inner, 1)) - N * xp.logsumexp(alphas, 0)
    prior = M * xp.sum(logs) - GAMMA**2 / 2 * (xp.sum(diagonal**2) + xp.sum(icf[:, D:] ** 2))
    return likelihood + prior + log_constants()


def reference(alphas, means, icf, x):
    from scipy import special

    q = np.tril(icf[:, below_diagonal()], -1) + np.exp(icf[:, :D])[:, :, None] * np.eye(D)
    centred = x[:, None, :] - means
    scaled = np.einsum("kij,nkj->nki", q, centred)
    inner = alphas + icf[:, :D].sum(1) - (scaled**2).sum(2) / 2
    share = special.softmax(inner, axis=1)
    by_mean = np.einsum("nk,kij,nki->kj", share, q, scaled)
    by_q = -np.einsum("nk,nki,nkj->kij", share, scaled, centred, optimize=True) - GAMMA**2 * q
    by_logs = share.sum(0)[:, None] + np.einsum("kii,kii->ki", by_q, q) + M
    columns, rows = np.triu_indices(D, 1)
    value = cost(arrays.Names(np, special), alphas, means, icf, x)
    by_alpha = share.sum(0) - N * special.softmax(alphas)
    return value, by_alpha, by_mean, np.concatenate([by_logs, by_q[:, rows, columns]], axis=1)


workload = Workload("ADBench mixture, d=10 K=25 n=1000", inputs, reference)


@workload.engine("wengert")
def wengert(*data):
    import wengert as wg

    shapes = {"alphas": (K,), "means": (K, D), "icf": (K, D + D * (D - 1) // 2), "x": (N, D)}
    symbols = [wg.symbol(name, shape) for name, shape in shapes.items()]
    value = cost(arrays.Names(np, wg.special), *symbols)
    return Call(wg.function(symbols, [value, *wg.grad(value, symbols[:3])]), data)


arrays.register(workload, cost, wrt=(0, 1, 2))
