"""Third pillar: Bayes' theorem and likelihoods."""

from skmath.probability.bayes import log_posterior, log_prior
from skmath.probability.likelihoods import (
    Bernoulli,
    Categorical,
    Gaussian,
    Multinomial,
)

__all__ = [
    "Bernoulli",
    "Categorical",
    "Gaussian",
    "Multinomial",
    "log_posterior",
    "log_prior",
]
