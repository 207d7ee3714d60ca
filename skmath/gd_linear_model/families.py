"""What a family and its link ask of the rows, and of the other parameters."""

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
    "finds_dispersion",
    "loss_of",
    "rows_for",
]

ORDINAL = "ordinal"
"""The name of the loss of ordered classes (`skmath.gd_linear_model.ordinal`)."""

FIRTH = "firth"
"""The name of the penalty by Jeffreys' prior (`skmath.gd_linear_model.firth`)."""


def loss_of(model):
    """Return the loss of a model, with "auto" replaced by where a search begins."""
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
    """Return the loss of ordered classes with a model's link."""
    if model.link not in ("auto", *CUMULATIVE_LINKS):
        raise ValueError(
            f"link={model.link!r} makes no sense with loss='ordinal': use link="
            f"{' or '.join(map(repr, ['auto', *CUMULATIVE_LINKS]))}."
        )
    return Ordinal("logit" if model.link == "auto" else model.link)


def check_ordinal(model):
    """Raise a ValueError if the loss of ordered classes does not go with the rest."""
    if not model.fit_intercept:
        raise ValueError(
            "loss='ordinal' has thresholds, which are its intercepts, and they are "
            "always fitted: use fit_intercept=True."
        )
    if model.solver not in ("auto", *RULES):
        raise ValueError(
            "loss='ordinal' finds its thresholds on all rows for each step: use solver="
            f"'auto' in place of {model.solver!r}."
        )


def rows_for(loss, rows, n_classes, link):
    """Return rows as a loss takes them.

    Parameters
    ----------
    loss : object of `skmath.calculus.losses`
    rows : Rows
    n_classes : int
    link : str
        What the user calls it.

    Raises
    ------
    ValueError
        If there are more classes or columns of y than the loss is for.
    """
    if n_classes > 2 and isinstance(loss, Bernoulli):
        raise ValueError(
            f"link={link!r} is for two classes, y holds {n_classes}: use link='auto', "
            "or sklearn.multiclass.OneVsRestClassifier."
        )
    if isinstance(loss, Quantiles):
        return targets_for_each(rows, loss.quantile)
    return rows


def check_positive_outputs(model):
    """Raise a ValueError if a descent could not begin or stay where z is positive."""
    if model.learning_rate != "auto" or model.solver not in ("auto", *RULES):
        raise ValueError(
            f"link='identity' of loss={model.loss!r} needs steps that keep all means "
            "positive: use solver='auto' with learning_rate='auto', or link='log'."
        )
    if not model.fit_intercept:
        raise ValueError(
            f"link='identity' of loss={model.loss!r} begins at the mean of y, which "
            "is the intercept: use fit_intercept=True, or link='log'."
        )


def check_firth(model, rows, loss, n_classes):
    """Raise a ValueError if Firth's penalty does not go with the rest."""
    shares = loss == Binomial() and (rows.y.ndim == 1 or rows.y.shape[1] == 1)
    if not (shares or (isinstance(loss, LogLoss) and n_classes == 2)):
        of = f"loss={model.loss!r}, link={model.link!r}"
        of = f"{n_classes} classes" if n_classes > 2 else of
        raise ValueError(
            "penalty='firth' is for two classes with loss='log_loss', or shares with "
            f"loss='binomial', and link='logit'; here are {of}. Use penalty='l2'."
        )
    named = {"alpha": "auto", "penalty_weights": None, "positive": False}
    named["early_stopping"] = False
    for name, default in named.items():
        given = getattr(model, name)
        if not (given is default or (isinstance(given, str) and given == default)):
            raise ValueError(
                f"penalty='firth' has no strength, walls or rows that are held out: "
                f"use {name}={default!r}, or penalty='l2'."
            )
    if model.solver not in ("auto", *RULES):
        raise ValueError(
            "penalty='firth' needs all rows for each step: use solver='auto' in place "
            f"of {model.solver!r}."
        )


def finds_dispersion(model, loss):
    """Tell whether the dispersion of NB2 is to be estimated."""
    return model.dispersion == "auto" and isinstance(loss, NegativeBinomial)
