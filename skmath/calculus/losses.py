r"""Losses: how far outputs z are from targets y, and the derivatives with respect to z.

A loss is a small object with

- ``value(y, z)``, shape (n_samples,): the loss of each row;
- ``gradient(y, z)``, shape of z: its derivative with respect to z;
- ``curvature(y, z)``, shape of z: its second derivative, output by output;
- ``task``: "regression" or "classification".

and optionally, with the defaults of `Loss`,

- ``value_and_gradient(y, z)``: both at once, where this saves work;
- ``link(mean)`` and ``inverse_link(z)``: from the mean of y to a constant z, and from
  z to the mean of y;
- ``curvature_bound``: an upper bound of the curvature, infinite if there is none;
- ``constant_curvature``, ``smooth_curvature``: whether the curvature is the same
  everywhere, and whether it has no jumps;
- ``has_kink``: whether the gradient jumps; then ``smoothed(width)`` returns a loss
  without kinks that only differs from it within that width, and its ``slack(y, z)`` is
  the amount by which its gradient fails to be a subgradient of the original loss;
- ``is_probability``: for a classification, whether inverse_link returns probabilities;
- ``in_units(unit)``: the loss of y / unit with the same optimum, divided by unit;
- ``by_label()``: for a classification, the corresponding loss for multilabel targets;
- ``of_output(j)``: the loss of one of several outputs;
- ``is_translation_invariant``: whether it is a function of z - y only;
- ``is_convex``: whether it is convex in z; if not, ``curvature`` is the expectation of
  the second derivative, which is nonnegative, and a descent ends at a stationary point,
  which may be above the global minimum;
- ``is_proportion``: whether targets are proportions between 0 and 1;
- ``positive_outputs``: whether it is infinite unless z > 0;
- ``boundary``: for two classes, the z at which both are equally likely;
- ``receding(y)``: the sign of the direction of z in which a row's loss decreases
  forever, 0 if it increases both ways, or None if that holds for all rows
  (`skmath.calculus.recession`);
- ``likelihood``: None if it is not a likelihood; for the negative log-likelihood of an
  exponential family, with curvature linear in y, "known" if its dispersion is known,
  "estimated" if it is estimated from the errors;
- ``tweedie_power``: the p of a Tweedie family, with variance proportional to mean^p, or
  None;
- ``domain`` and ``outside(y)``: the targets that the loss is defined for, in words, and
  a mask of the other targets.

y and z have shape (n_samples, n_outputs). In a classification y is 0 or 1; with more
than two classes it has one column per class. Any object with the first four attributes
is a valid loss for `GDLinearModel` and `BackpropMLP`.

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

LOSSES: dict[str, type[Loss]] = {
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

LIMITS: dict[Any, str] = {0: "squared_error", 1: "poisson", 2: "gamma"}
"""Tweedie's deviance at powers for which its formula is not defined, as losses with the
link that `sklearn.linear_model.TweedieRegressor` uses there."""

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
"""The losses with each link of the mean; the first one is the default, "auto"."""

REQUIRED = ("value", "gradient", "curvature", "task")


def resolve_loss(loss: Any, *, link: str = "auto", **parameters: Any) -> Loss:
    """Return the loss of a given name, or a custom loss completed by the defaults.

    Parameters
    ----------
    loss : str or object
        A name of `LOSSES`, or an object with value, gradient, curvature and task.
    link : str, default="auto"
        Link of the mean of y: one of `LINKS` for that loss.
    **parameters : dict
        Parameters of named losses: delta, quantile, epsilon, power, dispersion. Each
        loss uses the ones it has. A tuple of quantiles gives one output for each.

    Returns
    -------
    Loss

    Raises
    ------
    ValueError
        If the name or the link is unknown, the object lacks an attribute, or there are
        several quantiles for another loss.

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
            raise ValueError(f"loss={loss!r} is not one of {sorted(LOSSES)}.")
        if loss == "tweedie":
            loss = LIMITS.get(parameters.get("power"), loss)
        kind: Any = LOSSES[loss]
        if isinstance(quantiles := parameters.get("quantile"), tuple):
            if kind is not Quantile:
                raise ValueError(
                    f"quantile={list(quantiles)} has several quantiles, which need "
                    f"loss='quantile' instead of {loss!r}."
                )
            kind = Quantiles
        known = {field.name for field in fields(kind)} & set(parameters)
        if link != "auto":
            kind = _with_link(loss, link)
        return kind(**{name: parameters[name] for name in known})
    if link != "auto":
        raise ValueError(
            f"link={link!r} cannot be combined with the custom loss {loss!r}: use link="
            "'auto'."
        )
    missing = [name for name in REQUIRED if not hasattr(loss, name)]
    if missing:
        raise ValueError(
            f"loss={loss!r} lacks {', '.join(missing)}: define them as in the example "
            "of skmath.calculus.Loss."
        )
    return loss if isinstance(loss, Loss) else _Completed(loss)


def _with_link(loss: str, link: str) -> Any:
    """Return the class of a loss with a given link."""
    known = LINKS.get(loss, {})
    if link not in known:
        others = ["auto", *known]
        raise ValueError(
            f"link={link!r} is not supported by loss={loss!r}: use link="
            f"{' or '.join(map(repr, others))}."
        )
    return known[link]


def best_constant(loss: Any, mean: Any, least: float = 0.0) -> Any:
    """Return the best constant outputs for all rows, given the mean of the targets.

    Parameters
    ----------
    loss : Loss
    mean : array of shape (n_outputs,)
        Mean of the targets; in a classification the frequency of each class.
    least : float, default=0.0
        Frequencies are clipped to [least, 1 - least], and means of nonnegative targets
        from below, because the link may be infinite at 0.

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
    if loss.task == "classification" or loss.is_proportion:
        mean = xp.clip(mean, least, 1 - least)
    elif loss.domain != Loss.domain:
        mean = xp.clip(mean, least, None)
    return loss.link(mean)


class _Completed(Loss):
    """A custom loss, completed by the defaults of `Loss`."""

    def __init__(self, own: Any) -> None:
        for name in dir(own):
            if not name.startswith("__"):
                setattr(self, name, getattr(own, name))
