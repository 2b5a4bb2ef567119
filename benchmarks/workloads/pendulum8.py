"""Eight pendulums in a chain on a cart: 342 outputs by 18 states."""

import pendulum

workload = pendulum.workload(8)
