r"""Losses: how far outputs z are from targets y, and the derivatives with respect to z.

A loss is a small object with

- ``value(y, z)``, shape (n_samples,): the loss of each row;
- ``gradient(y, z)``, shape of z: its derivative with respect to z;
- ``curvature(y, z)``, shape of z: its second derivative, output by output;
- ``task``: "regression" or "classification".

and, with the defaults of `Loss`,

- ``value_and_gradient(y, z)``: both at once, where that spares work;
- ``link(mean)`` and ``inverse_link(z)``: from the mean of y to a constant z, and from
  z to the mean of y;
- ``curvature_bound``: the largest that curvature can be, infinite if there is none;
- ``constant_curvature``, ``smooth_curvature``: whether it is the same everywhere, and
  whether it has no jumps;
- ``has_kink``: whether the gradient jumps; then ``smoothed(width)`` returns a loss
  without kinks which differs from it within that width only, and whose ``slack(y, z)``
  is by how much its gradient misses being one of the true loss;
- ``is_probability``: of a classification, whether inverse_link gives probabilities;
- ``in_units(unit)``: the loss of y / unit whose optimum is the same, divided by unit;
- ``by_label()``: of a classification, that of labels which do not exclude each other;
- ``of_output(j)``: of several outputs, the loss of one;
- ``is_translation_invariant``: whether it is a function of z - y alone;
- ``is_convex``: whether it is convex in z; where it is not, ``curvature`` is the
  expectation of the second derivative, which is not negative, and a descent ends where
  the cost is level, which may be above its lowest point;
- ``is_share``: whether targets are shares between 0 and 1;
- ``positive_outputs``: whether it is infinite unless z > 0;
- ``boundary``: of two classes, the z at which either is as likely;
- ``receding(y)``: the sign of the z along which a row's loss falls for ever, 0 where it
  rises either way, or None if that is so of all rows (`skmath.calculus.recession`);
- ``likelihood``: None of a loss that is none; of the negative log-likelihood of an
  exponential family, whose curvature is linear in y, whether its dispersion is "known",
  or "estimated" from the errors;
- ``tweedie_power``: the p of a Tweedie family, whose variance grows as mean^p, or None;
- ``domain`` and ``outside(y)``: which targets have a loss, in words and as a mask of
  those that have none.

y and z have shape (n_samples, n_outputs). In a classification y is 0 or 1; of more than
two classes it has a column for each. Any object with the first four serves as a loss of
`GDLinearModel` and `BackpropMLP`.

References
----------
.. [1] P. McCullagh and J. A. Nelder, *Generalized Linear Models*, 2nd edition, 1989,
   chapter 2.
"""

from dataclasses import fields
from typing import Any

from skmath import _arrays
from skmath.calculus.classification_losses import (
    Hinge,
    LogLoss,
    ModifiedHuber,
    SquaredHinge,
)
from skmath.calculus.family_losses import (
    GammaIdentityLink,
    InverseGaussian,
    NegativeBinomial,
    PoissonIdentityLink,
    SquaredErrorLogLink,
)
from skmath.calculus.loss import Loss
from skmath.calculus.regression_losses import (
    AbsoluteError,
    EpsilonInsensitive,
    Gamma,
    Huber,
    Poisson,
    Quantile,
    Quantiles,
    SquaredEpsilonInsensitive,
    SquaredError,
    Tweedie,
)
from skmath.calculus.share_losses import Bernoulli, Binomial

__all__ = ["LINKS", "LOSSES", "best_constant", "resolve_loss"]

LOSSES = {
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "quantile": Quantile,
    "epsilon_insensitive": EpsilonInsensitive,
    "squared_epsilon_insensitive": SquaredEpsilonInsensitive,
    "poisson": Poisson,
    "gamma": Gamma,
    "tweedie": Tweedie,
    "inverse_gaussian": InverseGaussian,
    "negative_binomial": NegativeBinomial,
    "binomial": Binomial,
    "log_loss": LogLoss,
    "hinge": Hinge,
    "squared_hinge": SquaredHinge,
    "modified_huber": ModifiedHuber,
}
"""The losses that have a name."""

LIMITS = {0: "squared_error", 1: "poisson", 2: "gamma"}
"""What Tweedie's deviance is at powers that its formula has no value for, of losses
with the link that `sklearn.linear_model.TweedieRegressor` takes there."""

LINKS: dict[str, dict[str, Any]] = {
    "squared_error": {"identity": SquaredError, "log": SquaredErrorLogLink},
    "poisson": {"log": Poisson, "identity": PoissonIdentityLink},
    "gamma": {"log": Gamma, "identity": GammaIdentityLink},
    "tweedie": {"log": Tweedie},
    "inverse_gaussian": {"log": InverseGaussian},
    "negative_binomial": {"log": NegativeBinomial},
    "log_loss": {
        "logit": LogLoss,
        "probit": lambda: Bernoulli("probit"),
        "cloglog": lambda: Bernoulli("cloglog"),
    },
    "binomial": {
        "logit": Binomial,
        "probit": lambda: Binomial("probit"),
        "cloglog": lambda: Binomial("cloglog"),
    },
}
"""The losses with each link of the mean; the first is that of "auto"."""

REQUIRED = ("value", "gradient", "curvature", "task")


def resolve_loss(loss, *, link="auto", **parameters):
    """Return the loss of that name, or the object itself, completed by the defaults.

    Parameters
    ----------
    loss : str or object
    link : str, default="auto"
        Of the mean of y: one of `LINKS` for that loss.
    **parameters : dict
        Of which a loss with a name takes those that it has: delta, quantile, epsilon,
        power, dispersion. A tuple of quantiles stands for as many outputs.

    Returns
    -------
    Loss

    Raises
    ------
    ValueError
        If there is no loss of that name, or none of it with that link, or the object
        lacks something.

    Examples
    --------
    >>> from skmath.calculus import resolve_loss
    >>> resolve_loss("log_loss").task
    'classification'
    >>> resolve_loss("quantile", quantile=0.9, delta=1.0)
    Quantile(quantile=0.9, width=0.0)
    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise ValueError(f"loss={loss!r} is none of {sorted(LOSSES)}.")
        if loss == "tweedie":
            loss = LIMITS.get(parameters.get("power"), loss)
        kind = LOSSES[loss]
        if kind is Quantile and isinstance(parameters.get("quantile"), tuple):
            kind = Quantiles
        known = {field.name for field in fields(kind)} & set(parameters)
        if link != "auto":
            kind = _with_link(loss, link)
        return kind(**{name: parameters[name] for name in known})
    if link != "auto":
        raise ValueError(f"link={link!r} is for losses with a name; {loss!r} has none.")
    missing = [name for name in REQUIRED if not hasattr(loss, name)]
    if missing:
        raise ValueError(
            f"loss={loss!r} has no {', '.join(missing)}: define them, as "
            "skmath.calculus.Loss shows."
        )
    return loss if isinstance(loss, Loss) else _Completed(loss)


def _with_link(loss, link):
    """Return the class of a loss with a link, by their names."""
    known = LINKS.get(loss, {})
    if link not in known:
        others = ["auto", *known]
        raise ValueError(
            f"link={link!r} makes no sense with loss={loss!r}: use link="
            f"{' or '.join(map(repr, others))}."
        )
    return known[link]


def best_constant(loss, mean, least=0.0):
    """Return the outputs that predict the same for all rows best, given their mean.

    Parameters
    ----------
    loss : Loss
    mean : array of shape (n_outputs,)
        Mean of the targets; in a classification the share of each class.
    least : float, default=0.0
        What a share is at least, and at most below 1, and what the mean of targets that
        cannot be negative is at least: the link of 0 may be infinite.

    Returns
    -------
    array of shape (n_outputs,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import LogLoss, best_constant
    >>> best_constant(LogLoss(), np.array([0.5]))
    array([0.])
    >>> best_constant(LogLoss(), np.array([0.0]), least=0.1).round(3)
    array([-2.197])
    """
    xp = _arrays.namespace(mean)
    if loss.task == "classification" or loss.is_share:
        mean = xp.clip(mean, least, 1 - least)
    elif loss.domain != Loss.domain:
        mean = xp.clip(mean, least, None)
    return loss.link(mean)


class _Completed(Loss):
    """A loss of somebody's own, with the defaults of `Loss` for what it lacks."""

    def __init__(self, own):
        for name in dir(own):
            if not name.startswith("__"):
                setattr(self, name, getattr(own, name))
