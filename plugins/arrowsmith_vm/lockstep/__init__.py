"""The lockstep gear: a Program printed as one Python function that runs each op over all records of a tile with numpy."""
