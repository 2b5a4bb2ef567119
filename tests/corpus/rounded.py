"""Formulas that are held to more than 1e-12 of a number's size, by name, field after field; `test_corpus.py` says what they are held to.

Each of them cancels as it is written, at one or more of its hard points: a height of fall by log(cosh), a root of a quadratic that is
nearly 0, an entropy of almost nothing. A name leaves this file when a rule of `compiler/passes/` writes the formula better.
"""

ROUNDED = frozenset("""
    double_pendulum_acceleration fall_with_drag fene magic_formula neo_hookean principal_stress quaternion_rotation
    relativistic_kinetic_energy rocket_height time_of_fall two_link_inverse_kinematics
    appleton_hartree brillouin charged_rod double_probe drude_skin_depth eddy_loss_of_plate line_reflection parallel_wires
    solenoid_on_axis
    bose_entropy einstein_heat exchanger_effectiveness fin_efficiency ising_chain mean_field_magnet peng_robinson_fugacity
    worm_like_chain
    bell_tunnelling bet_layers butler_volmer tang_toennies tersoff thiele_sphere tight_binding toth troe_falloff uniquac weak_acid
    wehner_wilhelm
    beta_entropy beta_log_density binomial_logit box_cox clayton frank gamma_log_density logistic matern negative_binomial
    ordered_probit periodic_covariance zero_inflated_poisson
    ackley bohachevsky borehole griewank schaffer
    b97_series hedin_lundqvist lyp pbe_correlation pw92 slater_exchange
    cielab_chroma fresnel pseudo_voigt slits
    altitude cosmic_age disturbing_function expansion_rate hernquist kerr_innermost_orbit lagrange_time microlensing nfw_speed
    roche_lobe schwarzschild_potential true_anomaly
    digital_notch kalman_variance largest_singular_value pendulum_lyapunov pid_phase scalar_riccati sensitivity step_response
    conduction_angle effective_drain_voltage gummel_poon lossy_line memristor mos_charge rapp_saleh
    cox_ingersoll_ross growing_annuity mortgage svensson vasicek
    fixation goldman_flux jukes_cantor map_distance monod_wyman_changeux nmda oral_dose potassium_opening sodium_steady_state
    two_compartments
    carreau_yasuda fanno green_ampt group_velocity hartmann holland mercator normal_shock papanastasiou paulson reichardt stokes_crest
    van_genuchten
""".split())  # noqa: SIM905

# Values and gradients of these are within 1e-12 of their sizes; second derivatives cancel, or leave the range of a float on the way.
SECOND = frozenset("""
    diesel_cycle entropy_of_mixing fin_heat polytropic_work
    lognormal skew_normal
    resonator_mode soliton_of_two
    haversine hyperbolic_kepler vincenty_angle
    ambegaokar_baratoff
    annulus_flow convective_surface
""".split())  # noqa: SIM905
