"""Patience: how many steps may pass without progress before an iteration ends."""

from dataclasses import dataclass

__all__ = ["Patience"]


@dataclass
class Patience:
    """Counts the steps since the last progress; what progress is, the caller says.

    Parameters
    ----------
    steps : int
        Steps without progress after which the patience is over.
    waited : int, default=0
        Steps since the last progress.

    Examples
    --------
    >>> from skmath.calculus import Patience
    >>> patience, lowest = Patience(2), float("inf")
    >>> for loss in [3.0, 1.0, 1.5, 1.2, 0.9]:
    ...     if patience.ends(progress=loss < lowest):
    ...         break
    ...     lowest = min(lowest, loss)
    >>> loss, patience.waited
    (1.2, 2)
    """

    steps: int
    waited: int = 0

    def ends(self, progress):
        """Count a step; return whether too many have passed without progress.

        Parameters
        ----------
        progress : bool
            Whether this step brought some, which starts the count anew.

        Returns
        -------
        bool
        """
        self.waited = 0 if progress else self.waited + 1
        return self.waited >= self.steps
