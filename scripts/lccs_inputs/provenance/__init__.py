"""What a period is made of, told to machines and to readers: STAC, RO-Crate, credits."""
