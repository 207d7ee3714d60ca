"""`LaplacianSpectralClustering`: read `estimator` first; the rest are its parts."""

from skmath.laplacian_spectral_clustering.estimator import LaplacianSpectralClustering

__all__ = ["LaplacianSpectralClustering"]
