"""Requirements of a loss family and its link on the rows and the other parameters."""

from skmath._estimators.quantiles import sorted_quantiles, targets_for_each
from skmath.calculus import (
    CUMULATIVE_LINKS,
    RULES,
    Bernoulli,
    Binomial,
    LogLoss,
    NegativeBinomial,
    Ordinal,
    Quantiles,
    resolve_loss,
)

__all__ = [
    "FIRTH",
    "ORDINAL",
    "check_firth",
    "check_ordinal",
    "check_positive_outputs",
    "estimates_dispersion",
    "loss_of",
    "rows_for",
]

ORDINAL = "ordinal"
"""The name of the loss of ordered classes (`skmath.gd_linear_model.ordinal`)."""

FIRTH = "firth"
"""The name of the penalty by Jeffreys' prior (`skmath.gd_linear_model.firth`)."""


def loss_of(model):
    """Return the loss of an estimator; "auto" values are where the search begins."""
    if isinstance(model.loss, str) and model.loss == ORDINAL:
        return ordinal_loss(model)
    return resolve_loss(
        model.loss,
        link=model.link,
        quantile=sorted_quantiles(model.quantile),
        delta=model.delta_scales if model.delta == "auto" else model.delta,
        epsilon=model.epsilon,
        power=model.power,
        dispersion=1.0 if model.dispersion == "auto" else model.dispersion,
    )


def ordinal_loss(model):
    """Return the loss for ordered classes with the estimator's link."""
    if model.link not in ("auto", *CUMULATIVE_LINKS):
        raise ValueError(
            f"link={model.link!r} is not supported by loss='ordinal': use link="
            f"{' or '.join(map(repr, ['auto', *CUMULATIVE_LINKS]))}."
        )
    return Ordinal("logit" if model.link == "auto" else model.link)


def check_ordinal(model):
    """Raise a ValueError for parameters that loss="ordinal" does not support."""
    if not model.fit_intercept:
        raise ValueError(
            "loss='ordinal' always fits thresholds, which are its intercepts: use "
            "fit_intercept=True."
        )
    if model.solver not in ("auto", *RULES):
        raise ValueError(
            "loss='ordinal' needs all rows in each step, to find its thresholds: use "
            f"solver='auto' instead of {model.solver!r}."
        )


def rows_for(loss, rows, n_classes, link):
    """Return the rows with y in the form that a loss takes.

    Parameters
    ----------
    loss : object of `skmath.calculus.losses`
    rows : Rows
    n_classes : int
    link : str
        The link as the user specified it.

    Raises
    ------
    ValueError
        If the loss does not support so many classes or columns of y.
    """
    if n_classes > 2 and isinstance(loss, Bernoulli):
        raise ValueError(
            f"link={link!r} supports two classes, but y has {n_classes}: use "
            "link='auto', or sklearn.multiclass.OneVsRestClassifier."
        )
    if isinstance(loss, Quantiles):
        return targets_for_each(rows, loss.quantile)
    return rows


def check_positive_outputs(model):
    """Raise a ValueError if the descent could not start or keep all means positive."""
    if model.learning_rate != "auto" or model.solver not in ("auto", *RULES):
        raise ValueError(
            f"link='identity' of loss={model.loss!r} needs steps that keep all means "
            "positive: use solver='auto' with learning_rate='auto', or link='log'."
        )
    if not model.fit_intercept:
        raise ValueError(
            f"link='identity' of loss={model.loss!r} starts with the mean of y as the "
            "intercept: use fit_intercept=True, or link='log'."
        )


def check_firth(model, rows, loss, n_classes):
    """Raise a ValueError for parameters that Firth's penalty does not support."""
    is_proportion = loss == Binomial() and (rows.y.ndim == 1 or rows.y.shape[1] == 1)
    if not (is_proportion or (isinstance(loss, LogLoss) and n_classes == 2)):
        of = f"loss={model.loss!r}, link={model.link!r}"
        of = f"{n_classes} classes" if n_classes > 2 else of
        raise ValueError(
            "penalty='firth' requires two classes with loss='log_loss', or proportions "
            f"with loss='binomial', and link='logit'; got {of}. Use penalty='l2'."
        )
    defaults = {"alpha": "auto", "penalty_weights": None, "positive": False}
    defaults["early_stopping"] = False
    for name, default in defaults.items():
        value = getattr(model, name)
        if not (value is default or (isinstance(value, str) and value == default)):
            raise ValueError(
                f"penalty='firth' does not support {name}={value!r}: use {name}="
                f"{default!r}, or penalty='l2'."
            )
    if model.solver not in ("auto", *RULES):
        raise ValueError(
            "penalty='firth' needs all rows in each step: use solver='auto' instead of "
            f"{model.solver!r}."
        )


def estimates_dispersion(model, loss):
    """Return True if the negative binomial dispersion is to be estimated."""
    return model.dispersion == "auto" and isinstance(loss, NegativeBinomial)
