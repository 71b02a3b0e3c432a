"""What was read of remote imagery, kept for other areas, periods, clones and users."""
