"""Whatever is written, sent or stored: it is read, or refused in a sentence, and soon.

`make test` draws the same cases at each run, a few hundred of what is cheap and some of each kind;
`make soak` draws others by its seed, as many as it is asked for.
"""
