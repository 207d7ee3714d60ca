"""Probability pillar: Bayes' theorem and the likelihood of features in a class."""

from skmath.probability.bayes import log_posterior, log_prior
from skmath.probability.categories import Categorical
from skmath.probability.cells import Cells, cells_of
from skmath.probability.counts import Bernoulli, Complement, Multinomial, Poisson
from skmath.probability.densities import KDE, Bins, Samples
from skmath.probability.dependence_tree import (
    conditional_mutual_information,
    most_informative_tree,
)
from skmath.probability.gaussian import Gaussian
from skmath.probability.kernel_density import (
    KernelSums,
    kernel_sums,
    silverman_bandwidth,
)
from skmath.probability.likelihoods import LIKELIHOODS
from skmath.probability.lower_tail import lower_tail_quantile
from skmath.probability.one_dependence import AODE, TAN, OneDependence
from skmath.probability.pair_counts import PairCounts, count_pairs
from skmath.probability.positive import Exponential, Gamma, LogNormal
from skmath.probability.selection import CANDIDATES, left_out_kernels, left_out_scores
from skmath.probability.temperature import likeliest_temperature

__all__ = [
    "AODE",
    "CANDIDATES",
    "KDE",
    "LIKELIHOODS",
    "TAN",
    "Bernoulli",
    "Bins",
    "Categorical",
    "Cells",
    "Complement",
    "Exponential",
    "Gamma",
    "Gaussian",
    "KernelSums",
    "LogNormal",
    "Multinomial",
    "OneDependence",
    "PairCounts",
    "Poisson",
    "Samples",
    "cells_of",
    "conditional_mutual_information",
    "count_pairs",
    "kernel_sums",
    "left_out_kernels",
    "left_out_scores",
    "likeliest_temperature",
    "log_posterior",
    "log_prior",
    "lower_tail_quantile",
    "most_informative_tree",
    "silverman_bandwidth",
]
