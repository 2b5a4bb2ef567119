"""Twenty-four pendulums in a chain on a cart: 2550 outputs by 50 states, 116,424 operations in SymPy's trees."""

import pendulum

workload = pendulum.workload(24, compact_mode=True)
