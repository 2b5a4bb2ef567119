"""Statistics: densities, log-likelihoods, divergences, copulas, covariances."""
from sympy import Abs, Piecewise, Rational, asinh, atan, cosh, digamma, erf, erfc, exp, gamma, log, loggamma, pi, sin, sqrt

from .formula import collection

FORMULAS, formula = collection()
BOOK = "Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions: "
DISCRETE = "Johnson, Kemp and Kotz, Univariate Discrete Distributions: "


def normal_log_density(x, mean, deviation):
    return -((x - mean) / deviation)**2 / 2 - log(deviation) - log(2 * pi) / 2


def normal_cdf(x):
    return (1 + erf(x / sqrt(2))) / 2


@formula(BOOK + "normal, log density", hard=[(1e8, 0, 1), (1, 1, 1e-10)])
def normal(x=(-3, 3), mean=(-2, 2), deviation=(0.2, 3)):
    return normal_log_density(x, mean, deviation)


@formula(BOOK + "lognormal, density", hard=[(1e-300, 0, 1), (1e30, 0, 3)])
def lognormal(x=(0.1, 10), mean=(-1, 1), deviation=(0.2, 2)):
    return exp(-(log(x) - mean)**2 / (2 * deviation**2)) / (x * deviation * sqrt(2 * pi))


@formula(BOOK + "gamma, log density", hard=[(1e-9, 1e-3, 1), (1e4, 1e4, 1)])
def gamma_log_density(x=(0.1, 20), shape=(0.2, 20), rate=(0.1, 5)):
    return shape * log(rate) - loggamma(shape) + (shape - 1) * log(x) - rate * x


@formula(BOOK + "beta, log density", hard=[(1e-12, 0.5, 0.5), (0.9999999999999, 30, 0.01), (0.5, 1e5, 1e5)])
def beta_log_density(x=(0.02, 0.98), a=(0.2, 20), b=(0.2, 20)):
    return (a - 1) * log(x) + (b - 1) * log(1 - x) - loggamma(a) - loggamma(b) + loggamma(a + b)


@formula(BOOK + "Student's t, log density", hard=[(1e8, 1, 3), (1e-9, 1, 1e-3)])
def student_t(x=(-6, 6), scale=(0.2, 3), nu=(0.5, 50)):
    return loggamma((nu + 1) / 2) - loggamma(nu / 2) - log(nu * pi) / 2 - log(scale) - (nu + 1) / 2 * log(1 + (x / scale)**2 / nu)


@formula(BOOK + "Fisher and Snedecor's F, log density", hard=[(1e-9, 3, 7), (1e9, 2, 2)])
def fisher_f(x=(0.1, 8), d1=(1, 20), d2=(1, 20)):
    constant = loggamma((d1 + d2) / 2) - loggamma(d1 / 2) - loggamma(d2 / 2)
    return constant + d1 / 2 * log(d1 / d2) + (d1 / 2 - 1) * log(x) - (d1 + d2) / 2 * log(1 + d1 * x / d2)


@formula(BOOK + "Weibull, density", hard=[(1e-9, 0.5, 1), (20, 3, 2.5), (1, 1, 50)])
def weibull(x=(0.1, 5), scale=(0.5, 3), k=(0.5, 5)):
    return k / scale * (x / scale)**(k - 1) * exp(-(x / scale)**k)


@formula("Coles, Statistical Modeling of Extreme Values, 3: generalised extreme values, log density", hard=[
    (1, 0, 1, 1e-12), (20, 0, 1, 0.3), (-0.99999, 0, 0.5, 0.5)])
def extreme_value(x=(0, 4), location=(-0.5, 0.5), scale=(0.5, 2), xi=(0.01, 0.4)):
    y = (x - location) / scale
    t = Piecewise((log(1 + xi * y) / xi, Abs(xi) > 1e-7), (y * (1 - xi * y / 2 + xi**2 * y**2 / 3), True))
    return -log(scale) - (1 + xi) * t - exp(-t)


@formula(BOOK + "Gumbel, log likelihood of two observations", hard=[(1e-8, 30, 0, 1), (-5, 700, 0, 1)])
def gumbel(x=(-2, 4), y=(-2, 4), mode=(-1, 1), scale=(0.3, 3)):
    a, b = (x - mode) / scale, (y - mode) / scale
    return -(a + exp(-a)) - (b + exp(-b)) - 2 * log(scale)


@formula(BOOK + "logistic, log density", hard=[(800, 0, 1), (-800, 0, 1), (1e-9, 0, 1)])
def logistic(x=(-8, 8), mean=(-2, 2), scale=(0.3, 3)):
    z = (x - mean) / scale
    return -z - log(scale) - 2 * log(1 + exp(-z))


@formula(BOOK + "hyperbolic secant, log density", hard=[(500, 0), (1e-9, 0)])
def hyperbolic_secant(x=(-4, 4), mean=(-1, 1)):
    return -log(2) - log(cosh(pi * (x - mean) / 2))


@formula(BOOK + "Laplace, asymmetric", hard=[(1e-9, 0, 1, 2), (300, 0, 1, 0.1)])
def asymmetric_laplace(x=(-4, 4), mode=(-1, 1), rate=(0.3, 3), skew=(0.4, 2)):
    d = x - mode
    return log(rate / (skew + 1 / skew)) - rate * Piecewise((d * skew, d >= 0), (-d / skew, True))


@formula(BOOK + "Cauchy, distribution function and log density", hard=[(-1e10, 0, 1), (1e-12, 0, 1)])
def cauchy(x=(-8, 8), mode=(-1, 1), scale=(0.2, 3)):
    z = (x - mode) / scale
    return (Rational(1, 2) + atan(z) / pi) * 2 - log(pi * scale * (1 + z**2))


@formula(DISCRETE + "Poisson, log probability with a linear predictor", hard=[(0, 1e-12, 0), (50, 4, 20), (3, -300, 0)])
def poisson_regression(k=(0, 20), a=(-1, 2), b=(-1, 1)):
    eta = a + 0.7 * b
    return k * eta - exp(eta) - loggamma(k + 1)


@formula(DISCRETE + "negative binomial by mean and dispersion, log probability", hard=[(3, 2, 1e6), (0, 1e-9, 1), (40, 10, 0.01)])
def negative_binomial(k=(0, 20), mean=(0.5, 15), r=(0.3, 20)):
    return loggamma(k + r) - loggamma(r) - loggamma(k + 1) + r * log(r / (r + mean)) + k * log(mean / (r + mean))


@formula(DISCRETE + "binomial with logits", hard=[(0, 10, -60), (10, 10, 60), (5, 10, 1e-12)])
def binomial_logit(k=(0, 10), n=(10, 20), eta=(-5, 5)):
    choose = loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)
    return choose + k * log(1 / (1 + exp(-eta))) + (n - k) * log(1 - 1 / (1 + exp(-eta)))


@formula(DISCRETE + "beta-binomial", hard=[(0, 10, 1e-3, 1e-3), (5, 10, 300, 200)])
def beta_binomial(k=(0, 10), n=(10, 20), a=(0.3, 10), b=(0.3, 10)):
    choose = loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)
    return choose + loggamma(k + a) + loggamma(n - k + b) - loggamma(n + a + b) - loggamma(a) - loggamma(b) + loggamma(a + b)


@formula(DISCRETE + "Poisson with excess zeros, log probability of none", hard=[(-40, 3), (30, 1e-9), (-700, 600)])
def zero_inflated_poisson(logit=(-3, 3), rate=(0.1, 6)):
    p = 1 / (1 + exp(-logit))
    return log(p + (1 - p) * exp(-rate))


@formula("Bishop, Pattern Recognition and Machine Learning, 2.2: Dirichlet of three, log density", hard=[
    (1e-9, 0.5, 0.5, 1, 1), (0.2, 0.3, 100, 200, 300)])
def dirichlet(x=(0.05, 0.45), y=(0.05, 0.45), a=(0.3, 8), b=(0.3, 8), c=(0.3, 8)):
    logs = (a - 1) * log(x) + (b - 1) * log(y) + (c - 1) * log(1 - x - y)
    return logs + loggamma(a + b + c) - loggamma(a) - loggamma(b) - loggamma(c)


@formula("Chhikara and Folks, The Inverse Gaussian Distribution: log density", hard=[(1e-3, 1, 1), (1e6, 1, 2)])
def inverse_gaussian(x=(0.1, 5), mean=(0.3, 3), shape=(0.3, 5)):
    return log(shape / (2 * pi * x**3)) / 2 - shape * (x - mean)**2 / (2 * mean**2 * x)


@formula("Azzalini, Scand. J. Statist. 12 (1985) 171: skew normal, log density", hard=[(-8, 0, 1, 4), (3, 0, 1, -3), (1e-9, 0, 1, 1)])
def skew_normal(x=(-2, 3), mean=(-1, 1), scale=(0.5, 2), skew=(-2, 4)):
    z = (x - mean) / scale
    return normal_log_density(x, mean, scale) + log(erfc(-skew * z / sqrt(2)))


@formula("Grushka, Anal. Chem. 44 (1972) 1733: exponentially modified Gaussian", hard=[(10, 0, 1, 0.9), (-5, 0, 1, 2)])
def modified_gaussian(x=(-2, 5), mean=(-1, 1), deviation=(0.3, 2), rate=(0.3, 3)):
    shift = mean + rate * deviation**2 - x
    return rate / 2 * exp(rate / 2 * (shift + mean - x)) * erfc(shift / (sqrt(2) * deviation))


@formula(BOOK + "Burr, type XII, log density", hard=[(1e-9, 2, 3), (1e9, 0.5, 3)])
def burr(x=(0.1, 5), c=(0.5, 5), k=(0.5, 5)):
    return log(c) + log(k) + (c - 1) * log(x) - (k + 1) * log(1 + x**c)


@formula("Stacy, Ann. Math. Statist. 33 (1962) 1187: generalised gamma, density", hard=[(1e-6, 1, 2, 3), (10, 1, 1, 1.5)])
def generalised_gamma(x=(0.2, 4), a=(0.5, 2), d=(0.5, 5), p=(0.5, 3)):
    return p / a**d * x**(d - 1) * exp(-(x / a)**p) / gamma(d / p)


@formula("Kumaraswamy, J. Hydrol. 46 (1980) 79: log density", hard=[(1e-12, 0.5, 2), (0.99999999, 2, 0.3)])
def kumaraswamy(x=(0.05, 0.95), a=(0.3, 5), b=(0.3, 5)):
    return log(a * b) + (a - 1) * log(x) + (b - 1) * log(1 - x**a)


@formula("Bishop, 2.3: bivariate normal, log density", hard=[(1, 1, 1, 1, 0.9999999), (1e-9, 5, 1, 1, 0)])
def bivariate_normal(x=(-2, 2), y=(-2, 2), sx=(0.5, 2), sy=(0.5, 2), rho=(-0.9, 0.9)):
    a, b, rest = x / sx, y / sy, 1 - rho**2
    return -(a**2 - 2 * rho * a * b + b**2) / (2 * rest) - log(2 * pi * sx * sy * sqrt(rest))


@formula("Bishop, 9.2: mixture of three Gaussians, log density", hard=[(60, -1, 1, 0.5, 1), (-60, 0, 3, 0.1, 0.1), (0.5, 0, 1, 1e-3, 1e-3)])
def gaussian_mixture(x=(-4, 6), m1=(-2, 0), m2=(1, 4), s1=(0.3, 2), s2=(0.3, 2)):
    components = [(Rational(1, 2), m1, s1), (Rational(3, 10), m2, s2), (Rational(1, 5), 0, 3)]
    return log(sum(exp(log(w) + normal_log_density(x, m, s)) for w, m, s in components))


@formula("McCullagh and Nelder, Generalized Linear Models, 4: log likelihood of a logistic regression with three rows", hard=[
    (40, 30, -50), (-400, 300, 200), (0, 0, 1e-9)])
def logistic_regression(a=(-2, 2), b=(-2, 2), c=(-2, 2)):
    rows = [(1, 0.5, -1.2, 1), (1, -2.0, 0.3, 0), (1, 1.5, 2.2, 1)]
    total = 0
    for x0, x1, x2, y in rows:
        p = 1 / (1 + exp(-(a * x0 + b * x1 + c * x2)))
        total += y * log(p) + (1 - y) * log(1 - p)
    return total


@formula("McCullagh and Nelder, 5: ordered probit, log probability of the middle class", hard=[(-6, 1, 0.5), (8, 1, 0.5), (0, 1e-9, 0)])
def ordered_probit(eta=(-2, 2), width=(0.2, 2), cut=(-1, 1)):
    return log(normal_cdf(cut + width - eta) - normal_cdf(cut - eta))


@formula("Greene, Econometric Analysis: truncated normal, log density above zero", hard=[(0.1, -6, 1), (1e-9, 3, 0.5), (2, 9, 1)])
def truncated_normal(x=(0.1, 4), mean=(-2, 3), deviation=(0.3, 2)):
    return normal_log_density(x, mean, deviation) - log(normal_cdf(mean / deviation))


@formula("Tobin, Econometrica 26 (1958) 24: log likelihood of a censored and a seen observation", hard=[(30, 1, 2), (1e-9, -1, 0.5)])
def tobit(mean=(-2, 2), y=(0.1, 3), deviation=(0.3, 2)):
    return log(erfc(mean / (deviation * sqrt(2))) / 2) + normal_log_density(y, mean, deviation)


@formula("Kullback and Leibler's divergence of two gamma densities; Penny, Technical Report (2001)", hard=[
    (2, 2.0000001, 1, 1), (1e-3, 3, 1, 1)])
def gamma_divergence(a=(0.3, 10), b=(0.3, 10), p=(0.3, 5), q=(0.3, 5)):
    return (a - b) * digamma(a) - loggamma(a) + loggamma(b) + b * (log(p) - log(q)) + a * (q - p) / p


@formula("Kullback and Leibler's divergence of two beta densities; Cover and Thomas, Elements of Information Theory, 8.5", hard=[
    (1, 1, 3, 0.01), (50, 60, 70, 20)])
def beta_divergence(a=(0.3, 10), b=(0.3, 10), c=(0.3, 10), d=(0.3, 10)):
    def log_beta(u, v):
        return loggamma(u) + loggamma(v) - loggamma(u + v)

    return log_beta(c, d) - log_beta(a, b) + (a - c) * digamma(a) + (b - d) * digamma(b) + (c - a + d - b) * digamma(a + b)


@formula("Cover and Thomas, 8.4: entropy of a beta density", hard=[(1, 1), (1e-2, 100), (1e3, 1e3)])
def beta_entropy(a=(0.3, 20), b=(0.3, 20)):
    log_beta = loggamma(a) + loggamma(b) - loggamma(a + b)
    return log_beta - (a - 1) * digamma(a) - (b - 1) * digamma(b) + (a + b - 2) * digamma(a + b)


@formula("Rasmussen and Williams, Gaussian Processes, 4.2: Matern's covariance of order 5/2, by distance in two dimensions", hard=[
    (1e-9, 0, 1, 1), (500, 3, 1, 1)])
def matern(x=(-3, 3), y=(-3, 3), scale=(0.3, 3), deviation=(0.5, 2)):
    d = sqrt(5) * sqrt(x**2 + y**2) / scale
    return deviation**2 * (1 + d + d**2 / 3) * exp(-d)


@formula("Rasmussen and Williams, 4.2: periodic covariance times a rational quadratic", hard=[(1e-9, 1, 1, 1), (10.5, 1, 0.1, 1e6)])
def periodic_covariance(d=(-4, 4), period=(0.5, 3), scale=(0.3, 3), alpha=(0.3, 20)):
    return exp(-2 * sin(pi * d / period)**2 / scale**2) * (1 + d**2 / (2 * alpha * scale**2))**-alpha


@formula("Nelsen, An Introduction to Copulas, 4.2: Clayton's copula, log density", hard=[
    (1e-6, 0.5, 2), (0.5, 0.5, 1e-8), (0.999999, 0.999999, 5)])
def clayton(u=(0.05, 0.95), v=(0.05, 0.95), theta=(0.2, 6)):
    return log(1 + theta) - (1 + theta) * (log(u) + log(v)) - (2 + 1 / theta) * log(u**-theta + v**-theta - 1)


@formula("Nelsen, 4.2: Frank's copula", hard=[(0.5, 0.5, 1e-6), (1e-9, 0.3, 4), (0.4, 0.6, 30)])
def frank(u=(0.05, 0.95), v=(0.05, 0.95), theta=(0.5, 10)):
    return -log(1 + (exp(-theta * u) - 1) * (exp(-theta * v) - 1) / (exp(-theta) - 1)) / theta


@formula("Box and Cox, J. R. Statist. Soc. B 26 (1964) 211: transformed observation", hard=[(2, 1e-9), (1.0000001, 0.5), (1e-9, 2)])
def box_cox(y=(0.1, 10), p=(-2, 2)):
    return (exp(p * log(y)) - 1) / p


@formula("Johnson, Biometrika 36 (1949) 149: the unbounded system, log density", hard=[(1e9, 0, 1, 1), (1e-9, 0, 1, 1)])
def johnson_su(x=(-5, 5), location=(-1, 1), g=(-2, 2), d=(0.5, 3)):
    z = x - location
    return log(d) - log(sqrt(z**2 + 1) * sqrt(2 * pi)) - (g + d * asinh(z))**2 / 2


@formula("Hawkes, Biometrika 58 (1971) 83: log likelihood of four events", hard=[(0.1, 0.5, 1e-9), (0.1, 0.5, 200)])
def hawkes(mu=(0.1, 2), alpha=(0.05, 0.9), beta=(0.3, 4)):
    times, end = (0.5, 1.25, 1.375, 3.0), 4.0
    total = -mu * end
    for k, t in enumerate(times):
        rate = mu + alpha * beta * sum(exp(-beta * (t - s)) for s in times[:k])
        total += log(rate) - alpha * (1 - exp(-beta * (end - t)))
    return total


@formula("Gelman and others, Bayesian Data Analysis, 5.5: log posterior of a mean and a spread on the log scale, two groups", hard=[
    (1, 2, 1, -20), (1, 2, 1, 10)])
def hierarchical_normal(a=(-3, 3), b=(-3, 3), mean=(-3, 3), log_spread=(-2, 2)):
    spread = exp(log_spread)
    likelihood = normal_log_density(2.8, a, 0.8) + normal_log_density(-0.8, b, 0.5)
    prior = normal_log_density(a, mean, spread) + normal_log_density(b, mean, spread)
    return likelihood + prior - log(1 + (spread / 5)**2) + log_spread
