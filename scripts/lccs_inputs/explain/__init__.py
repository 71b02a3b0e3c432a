"""Why a pixel is what it is: which method decided, from which values, and what would change it."""
