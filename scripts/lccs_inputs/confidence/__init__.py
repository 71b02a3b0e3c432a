"""How sure a layer is of each pixel: what speaks for its code, put into one score."""
