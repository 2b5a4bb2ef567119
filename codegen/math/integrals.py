"""The exponential, sine and cosine integrals: exp1, expi, sinint, cosint, sinhint, coshint (NIST DLMF 6).

Near 0 a polynomial beside the logarithm; beyond 4 (exp1: 1) the exponential or the sine and cosine times slowly varying
functions of 1/x (6.2.17, 6.5). Where a logarithm makes a zero, the zero is factored out, so that the relative error stays
small there. Floats are computed in double precision. The constants are printed by `benchmarks/special_coefficients.py`.
"""
from __future__ import annotations

from math import log

from .core import Lanes, Value
from .exponential import exp_sum
from .logarithm import Split, log_positive, split
from .pieces import Piece, polynomial

INFINITY, NAN = float("inf"), float("nan")
EULER, HALF_PI = 0.5772156649015329, 1.5707963267948966

EI_ZERO = (0.3725074107813666, 1.3140183414386028e-17)
CI_ZERO = (0.6165054856207163, -4.209920321433186e-17)
CHI_ZERO = (0.5238225713898644, -2.6671382575502846e-17)
E1_NEAR = (2.0, -1.0, 0.8876841582354967, -0.10074547766076357, 0.010541467229713778,
           -0.0009496819183999197, 7.38706402536986e-05, -5.024388272142621e-06, 3.02742501497559e-07, -1.634832591604056e-08,
           7.990920059885517e-10, -3.5656146985728635e-11, 1.4688614514391607e-12, -5.573445815987622e-14)
E1_FAR = (1.5, -0.5, 0.8253825996042233, 0.190369497031675, -0.024300313654295656,
          0.010133650725804452, -0.002507852571858903, 0.0011289560044881741, -0.00033798581464325044, 0.00016176760352562485,
          -5.219396072135637e-05, 2.6536259880747335e-05, -8.721830757454067e-06, 4.758354216517258e-06, -1.5232204126534281e-06,
          9.142714771765238e-07, -2.7541954364467847e-07, 1.8316093877556912e-07, -3.4810048424493e-08, 4.90009471855036e-08,
          -3.2419182606155973e-08, -7.846315101468794e-09, 3.404262865997879e-08, 2.6522738098098715e-08, -3.400433731246872e-08,
          -2.2941174961990174e-08, 2.2194656464564713e-08, 1.5491571400881228e-08, -8.598286627520897e-09, -5.93358909181729e-09,
          1.6241764664223459e-09, 1.1322189702692446e-09)
EI_NEAR = (0.5, -1.0, 2.0114308664030647, 1.4538894873005481, 0.7906328319946461,
           0.33697216562087173, 0.11785635457871566, 0.034956245667849425, 0.00900375959078968, 0.0020501381239760572,
           0.0004184067534531736, 7.738415636168128e-05, 1.3087124794780111e-05, 2.0390089623724183e-06, 2.94527254892855e-07,
           3.9654025386016926e-08, 4.993542956714598e-09, 5.92172396042687e-10, 6.957466824753681e-11, 7.33600129168687e-12)
EI_4 = (16.0, -3.0, 1.3269243537087099, 0.13889073313480316, -0.019704956764727662,
        -0.011018015667938242, 0.0031723596842968514, 0.00020391346988171, -0.0003579319894163936, 0.00011125325286485191,
        -1.0011391727284985e-05, -6.6620645347093685e-06, 4.036066537867684e-06, -1.2431820469311733e-06, 1.9903746967233528e-07,
        2.7153534128020675e-08, -3.461483240544057e-08, 1.53556210756498e-08, -4.519542010810688e-09, 8.873118710621641e-10,
        -7.708725799915984e-11, -8.22053571833996e-11, 8.116411920238936e-11, -2.3654149665169374e-11)
EI_8 = (26.666666666666668, -2.3333333333333335, 1.1097271325995877, 0.061841674271625964, 0.009779919925322194,
        0.0014091092043064214, -0.0006786259285119527, -0.0003483177709111196, 9.320852706157295e-05, 4.5869623833625244e-05,
        -2.3756020552142905e-05, -1.1863534106637286e-06, 4.311985980499737e-06, -1.4096878607528347e-06, -1.4344640325417892e-07,
        3.02625933880949e-07, -1.197643690764339e-07, 9.201621868678646e-09, 1.5804478362453647e-08, -1.1247632998395286e-08,
        3.522471200562906e-09, 6.68439409203063e-10, -9.51888224988006e-10, 1.6117704496351784e-10, 3.6908513432533776e-11)
EI_20 = (40.0, -1.0, 1.0263545114390058, 0.027825946121226634, 0.0016027475231881509,
         0.00014809035636083244, 1.9684797639297412e-05, 3.573460904334439e-06, 8.67729227118106e-07, 2.83978683036807e-07,
         1.2816815853222762e-07, 7.52082921441456e-08, 4.2643597036036436e-08, 4.78584994981973e-09, -3.2725823830551775e-08,
         -4.0449678807539465e-08, -5.52914144897312e-09, 2.973094665085203e-08, 1.7856861629754604e-08, -1.4518004352444283e-08,
         -1.4394684514843177e-08, 5.235715352373144e-09, 7.122500706216403e-09, -1.264411430842864e-09, -2.126281010917299e-09,
         1.5059698228732954e-10, 2.92233857387642e-10)
SI_NEAR = (0.125, -1.0, 0.6488924209268717, -0.26998630593421985, 0.06995436230262994,
           -0.010180919854579487, 0.000926043940588566, -5.729510043974968e-05, 2.5629029804241508e-06, -8.669329639961172e-08,
           2.294707477811892e-09, -4.8820437667097195e-11, 8.535034658954568e-13, -1.2464842157021246e-14)
SHI_NEAR = (0.0625, 0.0, 1.0, 0.888888888888889, 0.4266666666666653,
            0.11609977324265552, 0.020066627473792766, 0.0023880945106819432, 0.0002072508005923766, 1.368514426851209e-05,
            7.102825341537084e-07, 2.9751692225095004e-08, 1.0122199933217557e-09, 3.4266890217153325e-11)
CI_NEAR = (0.125, -1.0, -0.17670588667145753, 0.05747638723576475, -0.010615612033194086,
           0.0011843609879845346, -8.71597790683044e-05, 4.527233154088346e-06, -1.745339100897655e-07, 5.188246874406739e-09,
           -1.2250444745496097e-10, 2.3526929035838814e-12, -3.7484375293958795e-14, 5.029409175510511e-16)
CHI_NEAR = (0.125, -1.0, 0.35329862766116876, 0.11883781283885908, 0.02038179502242687,
            0.0021050710441742585, 0.00014506615060431093, 7.1382971145167005e-06, 2.632068639692078e-07, 7.53972716795457e-09,
            1.725685265394819e-10, 3.227525269095709e-12, 5.026386160515285e-14, 6.612087110954255e-16)
F_4 = (16.0, -3.0, 0.9464912480103463, -0.028596716847277704, -0.0015441761440056524,
       0.00047970155091879764, -6.501302544110999e-05, 5.190742372644742e-06, 1.8108970417362696e-07, -1.8385247255666925e-07,
       4.863480132106138e-08, -9.312541641446022e-09, 1.386139478255417e-09, -1.3400902006572652e-10, -5.809180684639738e-12,
       7.311676936294434e-12, -2.549951851196707e-12, 7.813269423298416e-13, -1.6106048370700624e-13)
G_4 = (16.0, -3.0, 0.8607010974685133, -0.06645849055858939, -0.00031521447375091775,
       0.0011386498983848665, -0.00024720399154288966, 3.440406887499785e-05, -2.5932746349461645e-06, -3.0358436000290486e-07,
       1.8627732589431023e-07, -5.15417358200916e-08, 1.0818920857673241e-08, -1.8165238118302147e-09, 2.1766025993139033e-10,
       -5.2481061120837316e-12, -8.372242353475464e-12, 4.917151447574023e-12, -1.331184419346274e-12)
F_8 = (16.0, -1.0, 0.9925179248389332, -0.01436380320318868, -0.006084697815999513,
       0.0009183884268673121, 5.2014675814308616e-05, -5.8258976167345365e-05, 1.3462154401144047e-05, 2.2964798204505522e-07,
       -1.4617404021723021e-06, 6.401284597306799e-07, -1.2745883333338738e-07, -2.5167451007408975e-08, 3.556475263059661e-08,
       -1.7893666249147235e-08, 5.184374969884768e-09, 2.4905489659293332e-11, -1.2212655592694398e-09, 8.570746441272643e-10,
       -2.4975312354369586e-10, 8.13769818719961e-11, -1.2973363446252287e-10, 1.6591931303638441e-12, 1.0974663331137202e-10,
       -4.400038900229297e-11, -1.8065070984550864e-11, 1.0118708439104786e-11)
G_8 = (16.0, -1.0, 0.9781541216357444, -0.040897002038376463, -0.015498928167395783,
       0.0038816124107346806, -3.1221501807135766e-05, -0.0002687809308635301, 9.584261751855203e-05, -9.85673535638604e-06,
       -7.394516055623432e-06, 5.126662609686039e-06, -1.6788374623300738e-06, 1.249421249905432e-07, 2.2952742136544795e-07,
       -1.785201358070948e-07, 7.863070860660771e-08, -1.7803073395525172e-08, -7.008330341985577e-09, 8.878211474674092e-09,
       -2.304102839126898e-09, 1.1342526640865474e-09, -3.3099835143685963e-09, 1.0771332352281734e-09, 1.758734042478392e-09,
       -9.706916607550803e-10, -2.414553527338033e-10, 1.769646250916758e-10)

LARGEST = 750.0   # where exp(-x) has vanished, and exp(x) / x overflowed


def _log_ratio(m: Lanes, x: Value, difference: Value, zero: float) -> Value:
    """log(x / zero) for x > 0, by log(1 + difference / zero) near the zero; the difference is x - zero."""
    z = difference * (1 / zero)
    near = m.abs(z) < 0.25
    k, f, biased = split(m, m.where(near, 1.0, x))
    return log_positive(m, Split(k, m.where(near, z, f), biased)) - m.where(near, 0.0, log(zero))


def _from_zero(x: Value, zero: tuple[float, float]) -> Value:
    return (x - zero[0]) - zero[1]


def _half_exponential(m: Lanes, a: Value) -> Value:
    """exp(a/2), whose square is exp(a) where that is finite; the square times 1/a is finite a little further."""
    return exp_sum(m, m.at_most(a, LARGEST) * 0.5)


def _e1_tail(m: Lanes, a: Value) -> Value:
    """a exp(a) E1(a) for a >= 1."""
    t = (a - 2.0) / (a + 2.0)
    return polynomial(m, m.where(a < INFINITY, t, 1.0), E1_FAR)


def _ei_tail(m: Lanes, a: Value) -> Value:
    """a exp(-a) Ei(a) for a >= 4."""
    u = 1.0 / a
    return polynomial(m, u, EI_4, (a >= 8.0, u, EI_8), (a >= 20.0, u, EI_20))


def _e1(m: Lanes, a: Value) -> Value:
    """E1(a) for a >= 0; infinite at 0."""
    near = m.mad(a, polynomial(m, a, E1_NEAR), -(log_positive(m, split(m, a)) + EULER))
    half = exp_sum(m, m.at_most(a, 2 * LARGEST) * -0.5)
    far = half * (_e1_tail(m, a) / a) * half
    return m.where(a == 0.0, INFINITY, m.where(a < 1.0, near, far))


def exp1(m: Lanes, x: Value) -> Value:
    """E1(x): NaN below 0."""
    d, x = m.as_double(), m.widen(x)
    return m.narrow(d.where(x < 0.0, NAN, _e1(d, x)))


def expi(m: Lanes, x: Value) -> Value:
    """Ei(x), which is -E1(-x) below 0; -inf at 0."""
    d, x = m.as_double(), m.widen(x)
    difference = _from_zero(x, EI_ZERO)
    near = d.mad(difference, polynomial(d, x, EI_NEAR), _log_ratio(d, x, difference, EI_ZERO[0]))
    half = _half_exponential(d, x)
    far = half * (_ei_tail(d, x) / d.at_most(x, LARGEST)) * half
    result = d.where(x < 4.0, near, far)
    negative = x <= 0.0
    result, = d.rarely(negative, [result], lambda: [d.where(negative, -_e1(d, d.abs(x)), result)])
    return m.narrow(result)


def _auxiliary(m: Lanes, a: Value) -> tuple[Value, Value]:
    """f and g of DLMF 6.2.17 for a >= 4."""
    u = 1.0 / a
    far = a >= 8.0
    return u * polynomial(m, u, F_4, (far, u, F_8)), u * u * polynomial(m, u, G_4, (far, u, G_8))


def sinint(m: Lanes, x: Value) -> Value:
    """Si(x): pi/2 - f cos - g sin beyond 4."""
    d, x = m.as_double(), m.widen(x)
    a = d.abs(x)
    near = x * polynomial(d, a * a, SI_NEAR)
    f, g = _auxiliary(d, a)
    wave = d.mad(f, d.call("cos", a), g * d.call("sin", a))
    far = d.copysign(HALF_PI - d.where(a < INFINITY, wave, 0.0), x)
    return m.narrow(d.where(a < 4.0, near, d.where(a >= 4.0, far, x)))


def cosint(m: Lanes, x: Value) -> Value:
    """Ci(x): f sin - g cos beyond 4; NaN below 0."""
    d, x = m.as_double(), m.widen(x)
    near = _beside_logarithm(d, x, CI_ZERO, CI_NEAR)
    f, g = _auxiliary(d, x)
    far = d.mad(f, d.call("sin", x), -(g * d.call("cos", x)))
    result = d.where(x < 4.0, near, d.where(x == INFINITY, 0.0, far))
    return m.narrow(d.where(x < 0.0, NAN, result))


def _beside_logarithm(m: Lanes, a: Value, zero: tuple[float, float], piece: Piece) -> Value:
    """log(a / zero) + (a^2 - zero^2) P(a^2); -inf at 0."""
    difference = _from_zero(a, zero)
    near = m.mad(difference * (a + zero[0]), polynomial(m, a * a, piece), _log_ratio(m, a, difference, zero[0]))
    return m.where(a == 0.0, -INFINITY, near)


def _hyperbolic(m: Lanes, a: Value, sign: float) -> Value:
    """(Ei(a) + sign E1(a)) / 2 for a >= 4."""
    half = _half_exponential(m, a)
    small = _e1_tail(m, a) / (half * half)
    total = m.mad(small, sign / half, half * _ei_tail(m, a))
    return total / (2.0 * m.at_most(a, LARGEST)) * half


def sinhint(m: Lanes, x: Value) -> Value:
    """Shi(x)."""
    d, x = m.as_double(), m.widen(x)
    a = d.abs(x)
    far = d.copysign(_hyperbolic(d, a, 1.0), x)
    return m.narrow(d.where(a < 4.0, x * polynomial(d, a * a, SHI_NEAR), far))


def coshint(m: Lanes, x: Value) -> Value:
    """Chi(x): NaN below 0."""
    d, x = m.as_double(), m.widen(x)
    result = d.where(x < 4.0, _beside_logarithm(d, x, CHI_ZERO, CHI_NEAR), _hyperbolic(d, x, -1.0))
    return m.narrow(d.where(x < 0.0, NAN, result))


FUNCTIONS = {"exp1": exp1, "expi": expi, "sinint": sinint, "cosint": cosint, "sinhint": sinhint, "coshint": coshint}
