"""Whatever is written, sent or stored: it is read, or refused in a sentence, and soon.

Each test draws a hundred cases; `make soak` draws as many as it is asked for.
"""
