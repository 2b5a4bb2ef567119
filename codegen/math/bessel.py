"""The Bessel functions of integer order: besselj, bessely, besseli, besselk, and the spherical ones (NIST DLMF 10).

Orders 0 and 1 have polynomials near 0 (beside a logarithm for Y and K), and beyond the sine and cosine of x - (2n + 1) pi/4 or
the exponential times slowly varying functions (10.17, 10.40). Higher orders follow by recurrence, upwards where that is stable
(Y, K; J for x > n; I for x > n^2/2), else as the ratio to the first ones by a continued fraction (10.10, 10.33). Computed in double
precision for both types. The constants are printed by `benchmarks/special_coefficients.py`.
"""
from __future__ import annotations

from collections.abc import Callable
from math import ceil, pi, sqrt

from .core import Lanes, Value
from .exponential import exp_sum
from .logarithm import log_positive, split
from .pieces import Piece, polynomial

INFINITY, NAN = float("inf"), float("nan")

J0_NEAR = (0.08, -1.0, -0.3847445098140454, -0.2165054138981918, 0.7094160035335418,
           -0.3601807659503863, 0.08539182354259656, -0.012035214154329392, 0.0011343635095873478, -7.683433602057725e-05,
           3.92850888480187e-06, -1.5718428565138995e-07, 5.059298537644889e-09, -1.3389957576848744e-10, 2.9662824489353902e-12,
           -5.587079825747964e-14, 9.042525779216907e-16)
Y0_NEAR = (0.08, -1.0, 0.4837248578102995, -0.43265582228551247, -0.4705763655297288,
           0.3885163995657094, -0.11151682184328618, 0.017635345389338756, -0.001802809666552602, 0.00012994629092082167,
           -6.985504367742785e-06, 2.9142206889636985e-07, -9.720964498315573e-09, 2.6539975248704534e-10, -6.043180387114117e-12,
           1.166603950652488e-13, -1.9304457499806362e-15)
P0 = (50.0, -1.0, 0.9986347659091991, -0.001327493127200339, 3.491730581252044e-05,
      -2.459963325168103e-06, 2.975900553746619e-07, -5.086425840264451e-08, 1.1058780568890595e-08, -2.871060070650354e-09,
      8.537676263486641e-10, -2.829452496746712e-10, 1.0436064350820112e-10, -4.106525217778278e-11, 1.2759965127797933e-11,
      -4.91251230693199e-12, 8.185823082059821e-12, -4.552209147917835e-12, -2.7471611955307327e-12, 1.744128580941252e-12,
      1.4135159640864857e-12, -8.369869275701596e-13)
Q0 = (50.0, -1.0, -0.12361496352611864, 0.0013142139729102461, -6.338715442541734e-05,
      6.239113169779241e-06, -9.409875196669173e-07, 1.8870297528745062e-07, -4.639800391029722e-08, 1.3296600564096351e-08,
      -4.294062487656627e-09, 1.5281326450467186e-09, -5.882025871105973e-10, 2.345506043343466e-10, -1.004148306737784e-10,
      6.421398295180069e-11, -3.359501561424717e-11, -1.4688653973478042e-11, 1.13799642949046e-11, 2.8664306652475865e-11,
      -1.8518447560695812e-11, -1.3865693497289675e-11, 9.176958424667603e-12, 4.271033177458574e-12, -2.7618080907966064e-12)
I0_NEAR = (0.015625, 0.0, 1.0, 16.0, 64.00000000000003,
           113.7777777777769, 113.77777777779512, 72.81777777756758, 32.36345679180165, 10.567659350732956,
           2.641914877116492, 0.5218596128086054, 0.08349779207592864, 0.01104061463351663, 0.0012272410954292416,
           0.00011573685326059418, 9.734680328042324e-06, 5.696205015915318e-07, 6.724647438974731e-08)
K0_NEAR = (2.0, -1.0, 0.26184187925868707, 0.1524369217993952, 0.006635139793139439,
           0.00010953429263240154, 9.578784932659294e-07, 5.199068658006656e-09, 1.9240526422079612e-11, 5.168678869461874e-14,
           1.0540766371997525e-16)
I0_8 = (32.0, -3.0, 0.4038923361468227, 0.0017529912275184858, 3.891150885367761e-05,
        1.899382571717517e-06, 1.751654133819233e-07, 2.6439051750225822e-08, 3.5093955113755525e-09, -5.560821303019839e-10,
        -4.640612281528446e-10, -4.34232832048719e-11, 3.646145225599437e-11, 5.4716617440380314e-12, -3.3440985350408383e-12,
        -3.153001318717834e-13, 2.5958979735025443e-13)
I0_16 = (32.0, -1.0, 0.40052897918718267, 0.0016160154003827553, 3.0355013467580844e-05,
         1.0944942081204502e-06, 6.026317001117623e-08, 4.569800997088559e-09, 4.505689473270936e-10, 5.574297746309095e-11,
         8.458643662321732e-12, 1.5513645941045073e-12, 3.3468948450981127e-13, 8.423684995421353e-14, 3.321438179479693e-14,
         1.7247385130859935e-14, 4.603608394584221e-15)
K0_1 = (2.6666666666666665, -1.6666666666666667, 1.1775638711923546, -0.03642826618458816, 0.0038377210443016002,
        -0.0006085023688774432, 0.00012016057324185093, -2.7321038044524834e-05, 6.864750971022573e-06, -1.8598355189376626e-06,
        5.34671943171084e-07, -1.6129836302719528e-07, 5.0653875925699016e-08, -1.6468295422221976e-08, 5.51113227548358e-09,
        -1.8724750673229953e-09, 6.566431301240546e-10, -2.605786759041066e-10, 9.591261510947539e-11, -1.5538799392221856e-11,
        5.442725521050374e-12, -1.0967707163888484e-11, 4.3237560321370414e-12)
K0_4 = (8.0, -1.0, 1.2349563891012865, -0.017261650748907332, 0.0009853081025052153,
        -9.560165252761305e-05, 1.2627785512406265e-05, -2.0573582919162393e-06, 3.914640615943522e-07, -8.406837138733405e-08,
        1.991062288603844e-08, -5.115237098375317e-09, 1.4084423438604904e-09, -4.115243541826617e-10, 1.2577102011741045e-10,
        -4.0441743824929404e-11, 1.4803142225511014e-11, -5.242017317116395e-12, 8.514903985017079e-13, -2.704840546112842e-13,
        5.888129882469322e-13, -2.4091002302867925e-13)
J1_NEAR = (0.08, -1.0, 0.03464086622371069, -0.22701312113073338, 0.17288676765618544,
           -0.054650767067261796, 0.009628171323463509, -0.001088988969203854, 8.605445634307158e-05, -5.0284913725460405e-06,
           2.2634537125926255e-07, -8.094877660880076e-09, 2.356633793358035e-10, -5.695261736206677e-12, 1.1611200023207012e-13,
           -2.025714358053083e-15, 3.054174109343869e-17)
Y1_NEAR = (0.08, -1.0, 0.13974939033568803, 0.09108650838448444, -0.16312020358118715,
           0.06634695354779106, -0.013433433740818153, 0.001668803132863594, -0.00014141835794491777, 8.733098304848775e-06,
           -4.113778077369694e-07, 1.528890182573711e-08, -4.601304244819497e-10, 1.1448943838072226e-11, -2.39547668931041e-13,
           4.2779075944023556e-15, -6.587578167462121e-17)
P1 = (50.0, -1.0, 1.0022906462560661, 0.002241463213917126, -4.5782806531241475e-05,
      2.978621109034246e-06, -3.4667186580139646e-07, 5.7916610107440336e-08, -1.2403208324099435e-08, 3.1855032324146683e-09,
      -9.396111382507204e-10, 3.09413943706809e-10, -1.1347108608292092e-10, 4.4449687372999163e-11, -1.386282352897023e-11,
      5.336343631938542e-12, -8.698156687887373e-12, 4.824788889110816e-12, 2.890976936914703e-12, -1.8347559597628753e-12,
      -1.4950516095189181e-12, 8.840536838471388e-13)
Q1 = (50.0, -1.0, 0.3730474331740802, -0.001864849621841311, 7.89809417797738e-05,
      -7.369927947934949e-06, 1.0798853805942668e-06, -2.1266740617827312e-07, 5.1641634613536095e-08, -1.466425798655069e-08,
      4.7024513846349006e-09, -1.6640123354565831e-09, 6.375466347353131e-10, -2.5346464469911815e-10, 1.0819143927933614e-10,
      -6.852713969172418e-11, 3.5727974552413026e-11, 1.521356134527163e-11, -1.1838175694401769e-11, -3.013923100132406e-11,
      1.9448967378785483e-11, 1.4552884970602388e-11, -9.62465965496303e-12, -4.490180888792869e-12, 2.9007530065635257e-12)
I1_NEAR = (0.015625, 0.0, 0.5, 4.0, 10.666666666666668,
           14.222222222222198, 11.377777777778249, 6.068148148142433, 2.3116754850544488, 0.660478709749419,
           0.14677304767644878, 0.02609298311780895, 0.0037953498681741467, 0.00046003116317227947, 4.719637752887761e-05,
           4.136909487874102e-06, 3.229551688329521e-07, 1.8210797272923477e-08, 1.928008800276396e-09)
K1_NEAR = (2.0, -1.0, -0.3518258282893255, -0.045049044296694374, -0.001203335856582189,
           -1.4461243253300614e-05, -9.966866893483064e-08, -4.468286284356187e-10, -1.4091591062710262e-12, -3.298810580198053e-15,
           -5.961987058403475e-18)
I1_8 = (32.0, -3.0, 0.38446685410720083, -0.004990571567455471, -6.1278351778676e-05,
        -2.49507640116517e-06, -2.093444132319863e-07, -3.014164737287391e-08, -4.052582760484623e-09, 5.312377994846011e-10,
        4.939598313973053e-10, 5.229003455365202e-11, -3.752601693224544e-11, -6.24991056123452e-12, 3.4189196945347765e-12,
        3.6562001917571385e-13, -2.6700718323251184e-13)
I1_16 = (32.0, -1.0, 0.394220213406121, -0.004770398290913601, -4.976699102624721e-05,
         -1.506843251312426e-06, -7.616857004426801e-08, -5.488654991525334e-09, -5.230619658519366e-10, -6.315111225376722e-11,
         -9.407357940273117e-12, -1.7007266363766068e-12, -3.6294636365266887e-13, -9.01541781886993e-14, -3.499526582672892e-14,
         -1.827650567584729e-14, -4.9352405208713434e-15)
K1_1 = (2.6666666666666665, -1.6666666666666667, 1.5076064703310195, 0.1354410459261876, -0.007761158150165058,
        0.0010179892917765313, -0.00018244281399777725, 3.9060310365035696e-05, -9.415319705847103e-06, 2.47383934618168e-06,
        -6.94511177382106e-07, 2.0557275955755884e-07, -6.355579509661894e-08, 2.039227928535799e-08, -6.748085667603376e-09,
        2.2718270154748435e-09, -7.899423849750377e-10, 3.099405419435841e-10, -1.1331417246390408e-10, 1.8787154212826892e-11,
        -6.554380566387926e-12, 1.2689240291733525e-11, -4.981642801517532e-12)
K1_4 = (8.0, -1.0, 1.3099834570765034, 0.054775184736515825, -0.0017328662249536761,
        0.00014094467958345087, -1.7066764290299606e-05, 2.639086333738155e-06, -4.848670455876897e-07, 1.0153299465712685e-07,
        -2.3592074699754787e-08, 5.9708143863943395e-09, -1.6241893497576145e-09, 4.698310254466022e-10, -1.4242838463155208e-10,
        4.54716343176169e-11, -1.6498867988205077e-11, 5.809532327178802e-12, -9.596377800419303e-13, 3.0483818240242895e-13,
        -6.418595654561503e-13, 2.6176859728008505e-13)

LARGEST = 1500.0      # exponentials beyond are 0 or infinite


def _wave(m: Lanes, a: Value, n: int, second: bool) -> Value:
    """J_n or (second) Y_n for a >= 5: sqrt(2/(pi a)) times P cos - Q sin or P sin + Q cos of a - (2n + 1) pi/4."""
    u = 1.0 / (a * a)
    p, q = polynomial(m, u, (P0, P1)[n]), polynomial(m, u, (Q0, Q1)[n]) / a
    sine, cosine = m.call("sin", a), m.call("cos", a)
    # sqrt(2) times the sine and the cosine of a - pi/4 or of a - 3 pi/4
    sine, cosine = (-(sine + cosine), sine - cosine) if n else (sine - cosine, sine + cosine)
    wave = m.mad(p, sine, q * cosine) if second else m.mad(p, cosine, -(q * sine))
    return m.where(a == INFINITY, 0.0, wave * sqrt(1 / pi) / m.sqrt(a))


def _log(m: Lanes, a: Value) -> Value:
    return log_positive(m, split(m, a))


def _near(m: Lanes, x: Value, n: int, piece: Piece) -> Value:
    """x^n times the piece at x^2, for n = 0 or 1."""
    value = polynomial(m, x * x, piece)
    return x * value if n else value


def _first_j(m: Lanes, x: Value, n: int) -> Value:
    a = m.abs(x)
    far = _wave(m, a, n, False)
    return m.where(a < 5.0, _near(m, x, n, (J0_NEAR, J1_NEAR)[n]), _with_sign(m, x, far, n))


def _first_y(m: Lanes, x: Value, n: int) -> Value:
    log_j = _log(m, x) * _near(m, x, n, (J0_NEAR, J1_NEAR)[n])
    rest = _near(m, x, n, (Y0_NEAR, Y1_NEAR)[n])
    near = m.mad(log_j - 1.0 / x if n else log_j, 2 / pi, rest)
    near = m.where(x == 0.0, -INFINITY, near)
    return m.where(x < 0.0, NAN, m.where(x < 5.0, near, _wave(m, x, n, True)))


def _first_i(m: Lanes, x: Value, n: int) -> Value:
    a = m.abs(x)
    u = 1.0 / a
    factor = polynomial(m, u, (I0_8, I1_8)[n], (a >= 16.0, u, (I0_16, I1_16)[n]))
    half = exp_sum(m, m.at_most(a, LARGEST) * 0.5)
    far = half * (factor / m.sqrt(m.at_most(a, LARGEST))) * half
    return m.where(a < 8.0, _near(m, x, n, (I0_NEAR, I1_NEAR)[n]), m.copysign(far, x) if n else far)


def _first_k(m: Lanes, x: Value, n: int) -> Value:
    log_i = _log(m, x) * _near(m, x, n, (I0_NEAR, I1_NEAR)[n])
    rest = _near(m, x, n, (K0_NEAR, K1_NEAR)[n])
    near = m.where(x == 0.0, INFINITY, (rest + 1.0 / x) + log_i if n else rest - log_i)
    u = 1.0 / x
    factor = polynomial(m, u, (K0_1, K1_1)[n], (x >= 4.0, u, (K0_4, K1_4)[n]))
    half = exp_sum(m, m.at_most(x, LARGEST) * -0.5)
    far = half * (factor / m.sqrt(m.at_most(x, LARGEST))) * half
    return m.where(x < 0.0, NAN, m.where(x < 1.0, near, far))


def _upwards(step: Value, first: Value, second: Value, n: int, sign: float, spherical: bool = False) -> Value:
    """f_n from f_0 and f_1 by f_(k+1) = k step f_k + sign f_(k-1), of the spherical ones with 2k + 1 for k."""
    m = step.m
    for k in range(1, n):
        first, second = second, m.mad(step * (2.0 * k + 1 if spherical else float(k)), second, first if sign > 0 else -first)
    return second


def _series(m: Lanes, a: Value, n: int, spherical: bool) -> Value:
    """J_n or j_n for a <= 1 by the power series (10.2.2, 10.53.1); its first factor is taken step by step and so underflows in time."""
    z = a * a * (-0.5 if spherical else -0.25)
    total = m.value(1.0)
    for k in range(10, 0, -1):
        total = m.mad(z * (1.0 / (k * (2 * n + 2 * k + 1) if spherical else k * (n + k))), total, 1.0)
    first = m.value(1.0)
    for k in range(1, n + 1):
        first = first * (a * (1.0 / (2 * k + 1 if spherical else 2 * k)))
    return first * total


def _terms(n: int) -> int:
    """Where the continued fraction of J may begin: exp(-4/3 sqrt(2/n) m^(3/2)) is below 2^-56 after m more terms."""
    return n + 6 + ceil((29 * sqrt(n / 2)) ** (2 / 3))


def _downwards(m: Lanes, a: Value, n: int, shift: float, first: Value, second: Value) -> Value:
    """f_n for 1 < a < n + 1 from f_0 and f_1, for f_(k-1) + f_(k+1) = 2 (k + shift)/a f_k, by the ratio of f_n to the larger one."""
    ratio = m.value(0.0)
    for k in range(_terms(n), n, -1):
        ratio = a / m.mad(-a, ratio, 2.0 * (k + shift))
    step = 1.0 / a
    above, here = ratio, m.value(1.0)
    for k in range(n, 0, -1):
        above, here = here, m.mad(step * (2.0 * (k + shift)), here, -above)
    # here and above are f_0 / f_n and f_1 / f_n
    larger = m.abs(here) >= m.abs(above)
    return m.where(larger, first, second) / m.where(larger, here, above)


def besselj(n: int) -> Callable[[Lanes, Value], Value]:
    """The emitter of J_n."""

    def emitter(m: Lanes, x: Value) -> Value:
        d, x = m.as_double(), m.widen(x)
        if n < 2:
            return m.narrow(_first_j(d, x, n))
        a = d.abs(x)
        first, second = d.call("besselj0", a), d.call("besselj1", a)
        up = _upwards(2.0 / a, first, second, n, -1.0)
        down = _downwards(d, d.at_least(a, 0.5), n, 0.0, first, second)
        result = d.where(a < 1.0, _series(d, a, n, False), d.where(a < float(n), down, up))
        return m.narrow(_with_sign(d, x, d.where(a == INFINITY, 0.0, result), n))

    return emitter


def _with_sign(m: Lanes, x: Value, value: Value, n: int) -> Value:
    """(-1)^n times the value for x < 0, also for -0."""
    return m.where(m.copysign(1.0, x) < 0.0, -value, value) if n % 2 else value


def bessely(n: int) -> Callable[[Lanes, Value], Value]:
    """The emitter of Y_n: NaN below 0, -inf at 0."""

    def emitter(m: Lanes, x: Value) -> Value:
        d, x = m.as_double(), m.widen(x)
        if n < 2:
            return m.narrow(_first_y(d, x, n))
        up = _upwards(2.0 / d.abs(x), d.call("bessely0", x), d.call("bessely1", x), n, -1.0)
        return m.narrow(d.where((x >= 0.0) & (x < 1.0) & d.isnan(up), -INFINITY, up))

    return emitter


def besseli(n: int) -> Callable[[Lanes, Value], Value]:
    """The emitter of I_n: I_0 times the ratios of neighbours, or upwards for large x."""

    def emitter(m: Lanes, x: Value) -> Value:
        d, x = m.as_double(), m.widen(x)
        if n < 2:
            return m.narrow(_first_i(d, x, n))
        limit = n * n / 2.0
        a = d.abs(x)
        first = d.call("besseli0", a)
        up = _upwards(-2.0 / a, first, d.call("besseli1", a), n, 1.0)
        b = d.at_most(a, limit)
        ratio, product = d.value(0.0), first
        for k in range(ceil(sqrt(n * n + 40 * limit)) + 8, 0, -1):
            ratio = b / d.mad(b, ratio, 2.0 * k)
            if k <= n:
                product = product * ratio
        result = d.where(a > limit, d.where(first < INFINITY, up, first), product)
        return m.narrow(_with_sign(d, x, result, n))

    return emitter


def besselk(n: int) -> Callable[[Lanes, Value], Value]:
    """The emitter of K_n: NaN below 0, infinite at 0."""

    def emitter(m: Lanes, x: Value) -> Value:
        d, x = m.as_double(), m.widen(x)
        if n < 2:
            return m.narrow(_first_k(d, x, n))
        return m.narrow(_upwards(2.0 / d.abs(x), d.call("besselk0", x), d.call("besselk1", x), n, 1.0))

    return emitter


def spherical_jn(n: int) -> Callable[[Lanes, Value], Value]:
    """The emitter of j_n = sqrt(pi/(2x)) J_(n + 1/2): sin(x)/x, sin(x)/x^2 - cos(x)/x and on."""

    def emitter(m: Lanes, x: Value) -> Value:
        d, x = m.as_double(), m.widen(x)
        a = d.abs(x)
        inverse = 1.0 / a
        first = d.call("sin", a) / a
        if n == 0:
            return m.narrow(d.where(a == 0.0, 1.0, d.where(a == INFINITY, 0.0, first)))
        second = (first - d.call("cos", a)) * inverse
        up = _upwards(inverse, first, second, n, -1.0, spherical=True)
        down = _downwards(d, d.at_least(a, 0.5), n, 0.5, first, second)
        result = d.where(a < 1.0, _series(d, a, n, True), d.where(a < n + 1.0, down, up))
        return m.narrow(_with_sign(d, x, d.where(a == INFINITY, 0.0, result), n))

    return emitter


def spherical_yn(n: int) -> Callable[[Lanes, Value], Value]:
    """The emitter of y_n = sqrt(pi/(2x)) Y_(n + 1/2): -cos(x)/x, -cos(x)/x^2 - sin(x)/x and on; -inf at 0."""

    def emitter(m: Lanes, x: Value) -> Value:
        d, x = m.as_double(), m.widen(x)
        a = d.abs(x)
        inverse = 1.0 / a
        cosine = d.call("cos", a)
        result = first = -cosine * inverse
        if n:
            result = _upwards(inverse, first, (first - d.call("sin", a)) * inverse, n, -1.0, spherical=True)
        result = d.where(a == INFINITY, 0.0, d.where((a < 1.0) & d.isnan(result), -INFINITY, result))
        return m.narrow(_with_sign(d, x, result, n + 1))

    return emitter


ORDERED = {
    "besselj": besselj, "bessely": bessely, "besseli": besseli, "besselk": besselk, "spherical_jn": spherical_jn,
    "spherical_yn": spherical_yn,
}
