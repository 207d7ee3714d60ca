"""Third pillar: Bayes' theorem, and the likelihood of a feature in each class."""

from skmath.probability.bayes import log_posterior, log_prior
from skmath.probability.categories import Categorical
from skmath.probability.counts import Bernoulli, Complement, Multinomial, Poisson
from skmath.probability.densities import KDE, Bins, Exponential, Samples
from skmath.probability.gaussian import Gaussian
from skmath.probability.kernel_density import (
    KernelSum,
    kernel_sum,
    silverman_bandwidth,
)
from skmath.probability.left_out import left_out_scores
from skmath.probability.likelihoods import LIKELIHOODS

__all__ = [
    "KDE",
    "LIKELIHOODS",
    "Bernoulli",
    "Bins",
    "Categorical",
    "Complement",
    "Exponential",
    "Gaussian",
    "KernelSum",
    "Multinomial",
    "Poisson",
    "Samples",
    "kernel_sum",
    "left_out_scores",
    "log_posterior",
    "log_prior",
    "silverman_bandwidth",
]
