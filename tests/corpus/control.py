"""Control and robotics: responses, margins, plants, estimators."""
from sympy import Abs, Max, Min, Piecewise, atan, atan2, cos, cosh, exp, log, sin, sinh, sqrt, tan

from .formula import collection

FORMULAS, formula = collection()


@formula("Ogata, Modern Control Engineering, 5.3: step response of second order, both sides of critical damping", hard=[
    (1e-9, 1, 0.5), (3, 1, 0.9), (3, 1, 1.2), (80, 1, 3)])
def step_response(t=(0.1, 10), wn=(0.5, 3), zeta=(0.05, 2)):
    under, over = sqrt(1 - zeta**2), sqrt(zeta**2 - 1)
    x = wn * t
    oscillating = 1 - exp(-zeta * x) * (cos(under * x) + zeta / under * sin(under * x))
    creeping = 1 - exp(-zeta * x) * (cosh(over * x) + zeta / over * sinh(over * x))
    return Piecewise((oscillating, zeta < 1), (creeping, True))


@formula("Astrom and Murray, Feedback Systems, 10: phase of a PID loop around a lag with a dead time", hard=[
    (1e-6, 1, 1, 0.1), (1e4, 1, 1, 0)])
def pid_phase(w=(0.05, 10), ki=(0.1, 3), kd=(0.1, 2), delay=(0, 0.5)):
    return atan2(kd * w - ki / w, 1) - atan(2 * w) - delay * w


@formula("Astrom and Murray, 12: log of the sensitivity's size for a lag under PI control", hard=[(1e-6, 2, 1), (1e5, 2, 1)])
def sensitivity(w=(0.05, 10), kp=(0.5, 5), ki=(0.1, 3)):
    real, imaginary = kp / (1 + w**2) - ki / (1 + w**2), -ki / w / (1 + w**2) - kp * w / (1 + w**2)
    return -log((1 + real)**2 + imaginary**2) / 2


@formula("Anderson and Moore, Optimal Control, 3: gain of the scalar regulator", hard=[
    (1, 1, 1e-12, 1), (-1, 1e-8, 1, 1), (-30, 1, 1e-6, 1)])
def scalar_riccati(a=(-2, 2), b=(0.3, 2), q=(0.1, 4), r=(0.1, 4)):
    return (a * r + sqrt((a * r)**2 + r * q * b**2)) / (b * r)


@formula("Anderson and Moore, Optimal Filtering, 4: steady variance of the scalar Kalman filter", hard=[(0.5, 1e-12, 1), (1, 1e-6, 1)])
def kalman_variance(a=(-1.2, 1.2), q=(0.05, 2), r=(0.1, 3)):
    b = q + r * (a**2 - 1)
    return (b + sqrt(b**2 + 4 * q * r)) / 2


@formula("Barto, Sutton and Anderson, IEEE Trans. SMC 13 (1983) 834: angular acceleration of the pole on a cart", hard=[
    (0, 0, 1e-9), (1.5707963, 3, 10)])
def cart_pole(theta=(-1.5, 1.5), rate=(-3, 3), force=(-10, 10)):
    push = (force + 0.05 * rate**2 * sin(theta)) / 1.1
    return (9.81 * sin(theta) - cos(theta) * push) / (0.5 * (4 / 3 - 0.1 * cos(theta)**2 / 1.1))


@formula("Spong, IEEE Control Syst. 15 (1995) 49: energy that pumps up the acrobot", hard=[(3.14159265, 0, 0, 0), (1e-9, 1e-9, 1e-9, 1e-9)])
def acrobot_energy(a=(-3, 3), b=(-3, 3), u=(-3, 3), v=(-3, 3)):
    m11, m12, m22 = 1.333 + 2 * 0.5 * cos(b) + 0.33, 0.33 + 0.5 * cos(b), 0.33
    return (m11 * u**2 + 2 * m12 * u * v + m22 * v**2) / 2 - 9.81 * (1.5 * cos(a) + 0.5 * cos(a + b))


@formula("Mellinger and Kumar, ICRA (2011) 2520: height acceleration of a quadrotor from its rotors and attitude", hard=[
    (0, 0, 0, 0), (1.5707963, 0.1, 5e3, 1e3)])
def quadrotor(roll=(-1, 1), pitch=(-1, 1), w1=(1e3, 6e3), w2=(1e3, 6e3)):
    return 2 * 6.11e-8 * (w1**2 + w2**2) * cos(roll) * cos(pitch) / 0.5 - 9.81


@formula("Rajamani, Vehicle Dynamics and Control, 2.2: yaw rate of the kinematic bicycle with its slip angle", hard=[(1e-9, 10), (1.5, 10)])
def kinematic_bicycle(steer=(-0.6, 0.6), speed=(1, 30)):
    slip = atan(1.4 / (1.2 + 1.4) * tan(steer))
    return speed * cos(slip) / (1.2 + 1.4) * tan(steer)


@formula("Bequette, Process Dynamics, module 9: heat balance of the stirred tank, exothermic first order", hard=[(8, 311), (0.01, 500)])
def stirred_tank(c=(0.5, 9), t=(300, 400)):
    return (298 - t) + 5960 * 34930800 * exp(-11843 / 1.987 / t) * c / 500 + 0.3 * (298 - t)


@formula("Johansson, IEEE Trans. Control Syst. Technol. 8 (2000) 456: level of the four tanks", hard=[(1e-9, 1e-9, 1), (12.4, 1.8, 3)])
def four_tanks(h1=(1, 20), h3=(1, 10), volts=(0.5, 5)):
    return (-0.071 * sqrt(2 * 981 * h1) + 0.071 * sqrt(2 * 981 * h3) + 0.7 * 3.33 * volts) / 28


@formula("Khalil, Nonlinear Systems, 4: Lyapunov function of the pendulum with friction", hard=[(1e-8, 1e-9, 0.5), (3.1415, 0, 0.5)])
def pendulum_lyapunov(x=(-3, 3), y=(-3, 3), k=(0.1, 0.9)):
    return 10 * (1 - cos(x)) + (k**2 * x**2 / 2 + k * x * y + y**2) / 2


@formula("Slotine and Li, Applied Nonlinear Control, 7: saturated sliding mode for a pendulum", hard=[(0.1, 0.1, 0.01), (1e-9, 1, 3)])
def sliding_mode(error=(-1, 1), rate=(-2, 2), width=(0.1, 1)):
    s = rate + 3 * error
    return -3 * rate - 9.81 * sin(error) - 5 * Max(-1, Min(1, s / width))


@formula("Skogestad and Postlethwaite, Multivariable Feedback Control, 3: largest singular value of a 2 by 2 plant", hard=[
    (1, 0, 0, 1.0001), (1, 1e-9, 1e-9, 1e-9)])
def largest_singular_value(a=(-2, 2), b=(-2, 2), c=(-2, 2), d=(-2, 2)):
    s, determinant = a**2 + b**2 + c**2 + d**2, a * d - b * c
    return sqrt((s + sqrt(s**2 - 4 * determinant**2)) / 2)


@formula("Betts, Practical Methods for Optimal Control, 6: drag of the shuttle's re-entry by height, speed and angle of attack", hard=[
    (260000, 25600, 0), (80000, 2500, 90)])
def shuttle_drag(h=(80000, 260000), v=(2500, 25600), alpha=(0, 40)):
    density = 0.002378 * exp(-h / 23800)
    coefficient = 0.07854 - 0.61592e-2 * alpha + 0.621408e-3 * alpha**2
    return density * v**2 / 2 * 2690 * coefficient


@formula("Dubins, Am. J. Math. 79 (1957) 497; Shkel and Lumelsky (2001): length of the path left, straight, left", hard=[
    (2.5, 1, 1), (20, 0.1, -3)])
def dubins(d=(4, 20), a=(0.2, 1.3), b=(0.2, 1.3)):
    straight = sqrt(2 + d**2 - 2 * cos(a - b) + 2 * d * (sin(a) - sin(b)))
    angle = atan2(cos(b) - cos(a), d + sin(a) - sin(b))
    return -a + angle + straight + b - angle


@formula("Pade's delay of third order: Golub and Van Loan, Matrix Computations, 9.3; real part at a frequency", hard=[(1e-9, 1), (1e3, 1)])
def pade_delay(w=(0.1, 10), t=(0.1, 2)):
    x = w * t
    even, odd = 1 - x**2 / 10, x / 2 - x**3 / 120
    return (even**2 - odd**2) / (even**2 + odd**2)


@formula("Tustin with prewarping: Franklin, Powell and Workman, Digital Control, 6; gain of a notch", hard=[
    (1, 1.0000001, 0.01), (3.1, 1, 0.1)])
def digital_notch(w=(0.1, 3), notch=(0.3, 2.5), width=(0.01, 0.5)):
    x, x0 = tan(w / 2), tan(notch / 2)
    return Abs(x0**2 - x**2) / sqrt((x0**2 - x**2)**2 + (width * x)**2)


@formula("Bryson and Ho, Applied Optimal Control, 2.7: Zermelo's problem, heading rate in a linear current", hard=[
    (1.5707963, 1, 0.1, 0, 0), (0, 0.5, 0.5, 1e-9, 0)])
def zermelo(heading=(-3, 3), ux=(-1, 1), uy=(-1, 1), vx=(-1, 1), vy=(-1, 1)):
    return sin(heading)**2 * vx + sin(heading) * cos(heading) * (ux - vy) - cos(heading)**2 * uy
