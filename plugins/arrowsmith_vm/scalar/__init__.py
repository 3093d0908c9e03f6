"""The scalar gear: a Program printed as one Python function, compiled once, run record by record."""
