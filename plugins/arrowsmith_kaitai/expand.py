def expand(world, options): raise NotImplementedError
