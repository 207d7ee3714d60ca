"""Descent on a function of one's choice: closed forms, and SciPy's lowest points."""

from itertools import islice

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

from skmath.calculus import L2, gradient_descent
from skmath.calculus.descent import Newton, Point


def rosenbrock(x):
    return rosen(x), rosen_der(x)


@pytest.mark.parametrize("rule", ["gd", "momentum", "nesterov", "lbfgs"])
def test_every_rule_goes_down_a_bent_valley(rule):
    *_, last = islice(gradient_descent(rosenbrock, [-1.2, 1.0], rule=rule), 20_000)
    np.testing.assert_allclose(last.theta, 1, atol=1e-6)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 2)])
def test_a_fixed_rate_shrinks_a_parabola_by_a_constant(shape):
    start, rate = np.full(shape, 3.0), 0.05
    path = gradient_descent(lambda x: (np.sum(x**2), 2 * x), start, learning_rate=rate)
    for t, point in enumerate(islice(path, 20)):
        assert point.theta.shape == shape
        np.testing.assert_allclose(point.theta, 3 * (1 - 2 * rate) ** t)


def test_it_ends_where_the_gradient_is_rounding():
    path = list(gradient_descent(lambda x: (np.sum(x**4), 4 * x**3), [1.0, -2.0]))
    assert len(path) < 200
    assert np.abs(path[-1].gradient).max() < 1e-14


@pytest.mark.parametrize(
    ("f", "options", "message"),
    [
        (lambda x: (1.0, [1.0, 2.0]), {}, r"gradient of shape \(1,\)"),
        (lambda x: (np.nan, [1.0]), {}, "f is nan at start"),
        (lambda x: (1.0, [1.0]), {"rule": "newton"}, "rule='newton' is not one of gd"),
    ],
)
def test_what_cannot_be_descended_is_refused(f, options, message):
    with pytest.raises(ValueError, match=message):
        next(gradient_descent(f, [1.0], **options))


@pytest.mark.parametrize(
    ("f", "told"),
    [
        (lambda x: np.sum(x**2), r"must return \(value, gradient\).*returned .*5.0"),
        (lambda x: (1.0, x, x), r"must return \(value, gradient\)"),
        (lambda x, y: (x**2 + y**2, [2 * x, 2 * y]), "one argument, the array x"),
        (lambda: (1.0, [1.0, 1.0]), "one argument, the array x"),
    ],
)
def test_a_function_of_another_form_is_refused(f, told):
    with pytest.raises(TypeError, match=told):
        next(gradient_descent(f, [1.0, 2.0]))


def test_an_error_inside_the_function_is_its_own():
    with pytest.raises(TypeError, match=r"^object of type 'float'"):
        next(gradient_descent(lambda x: len(float(x[0])), [1.0]))


@pytest.mark.parametrize("rule", ["gd", "momentum", "nesterov", "lbfgs"])
@pytest.mark.parametrize("offset", [0.0, 1.0, -1e9])
@pytest.mark.parametrize("rate", [0.1, "auto"])
def test_a_gradient_of_the_wrong_sign_is_told(rule, offset, rate):
    path = gradient_descent(
        lambda x: (np.sum(x**2) + offset, -2 * x),
        [1.0, 2.0],
        rule=rule,
        learning_rate=rate,
    )
    next(path)
    with pytest.raises(ValueError, match="check the gradient"):
        next(path)


@pytest.mark.parametrize("rule", ["gd", "momentum", "nesterov", "lbfgs"])
@pytest.mark.parametrize("rate", [3.0, "auto"])
@pytest.mark.parametrize(
    ("f", "start"),
    [
        (lambda x: (np.sum(x**2), 2 * x), [0.0, 0.0]),
        (lambda x: (1 + np.sum(x**2), 2 * x), [1e-9, 0.0]),
        (lambda x: (1 + 1e6 * np.sum(x**2), 2e6 * x), [1e-11, 0.0]),
        (lambda x: (np.sum(np.abs(x)), np.where(x >= 0, 1.0, -1.0)), [0.0, 0.0]),
        (lambda x: (np.sum((x - 3) ** 2), 2 * (x - 3)), [3 + 1e-9, 3.0]),
        (lambda x: (np.sum(x * x - 6 * x + 9), 2 * x - 6), [3 + 1e-9, 3.0]),
    ],
)
def test_nothing_is_said_of_a_right_gradient_at_the_lowest_point(rule, rate, f, start):
    for point in islice(gradient_descent(f, start, rule=rule, learning_rate=rate), 4):
        assert np.isfinite(point.value)


class Parabolas:
    """(theta - optimum)^2 of each output; slopes along a line have a rounding error."""

    optimum = np.array([[3.0, 1.0], [0.0, 0.0]])
    rounding = np.array([0.0, 1e-32])

    def __call__(self, theta):
        difference = theta - self.optimum
        return float(np.sum(difference**2)) + 1.0, 2 * difference

    def line(self, theta, d):
        def at(s):
            slope = np.sum(2 * (theta + s * d - self.optimum) * d, axis=0)
            return slope + self.rounding, np.sum(2 * d * d, axis=0)

        return at

    def move(self, theta, gradient, step, penalty):
        return theta - step * gradient / 2


def test_newtons_step_is_that_of_the_outputs_that_are_not_at_their_optimum():
    # The slope of the second output is -2e-34 at 0, and 1e-32 wherever it is measured.
    cost = Parabolas()
    theta = np.array([[0.0, 1.0 - 1e-17], [0.0, 1e-17]])
    here = Point(theta, *cost(theta))
    new = Newton().advance(here, cost, cost, L2(0.0), "auto")
    assert new.step == 1.0
    np.testing.assert_allclose(new.theta, cost.optimum, atol=1e-15)
