"""Scene sets: what is asked, which scenes are kept, and the engines that fill their blocks."""
