"""Whether a machine and the services of a config answer, and a record of what they said."""
