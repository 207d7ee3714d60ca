"""`LaplacianSpectralClustering`: start reading at `estimator`."""

from skmath.laplacian_spectral_clustering.estimator import LaplacianSpectralClustering

__all__ = ["LaplacianSpectralClustering"]
