"""Run analyses on the machines of a Dask cluster."""
