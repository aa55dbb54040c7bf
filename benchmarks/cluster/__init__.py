"""Work on other machines, through Dask: what a worker is asked for, and what it gives back."""
