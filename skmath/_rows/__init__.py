"""How data enter: rows in blocks, Dask's chunks, tables, checks, threads."""
