"""A table of estimates and how sure they are."""

from sklearn.utils import Bunch

__all__ = ["Summary"]


class Summary(Bunch):
    """Estimates with their standard errors, t and p values and intervals.

    A `Bunch` whose entries are arrays of one length, printed as a table.
    """

    def __repr__(self):
        """Return the table, a line for each coefficient of each output."""
        header = ["estimate", "std. error", "t", "p", "low", "high"]
        width = max(len(name) for name in [*self.name, "name"])
        lines = [f"{'name':<{width}}" + "".join(f"{h:>13}" for h in header)]
        columns = (self.estimate, self.standard_error, self.t, self.p)
        flat = [c.reshape(-1) for c in columns]
        flat += list(self.interval.reshape(-1, 2).T)
        for i, row in enumerate(zip(*flat, strict=True)):
            name = self.name[i % len(self.name)]
            lines.append(f"{name:<{width}}" + "".join(f"{v:>13.5g}" for v in row))
        return "\n".join(lines)

    __str__ = __repr__
