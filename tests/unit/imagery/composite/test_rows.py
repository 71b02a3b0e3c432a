"""Rows in memory and in the scratch file."""

import os

import numpy as np

from lccs_inputs.imagery.composite.rows import Room


def test_what_ended_rows_have_left_of_the_scratch_file_is_taken_by_others(tmp_path):
    with Room(0, tmp_path) as room:
        held, first = room.rows(500, np.uint16), room.rows(500, np.uint16)
        for rows, key in ((held, "held"), (first, "a"), (first, "b"), (held, "too")):
            rows.write(key, np.full(500, len(key), np.uint16))
        size = os.fstat(room.file).st_size
        first.end()
        others = room.rows(1000, np.uint8)
        for key in (1, 2):
            others.write(key, np.full(600, key, np.uint8))
            others.write(key, np.full(400, key + 5, np.uint8), 600)
        assert os.fstat(room.file).st_size == size == 4000
        assert [others.read(key, 599, 601).tolist() for key in (1, 2)] == [[1, 6], [2, 7]]
        assert (held.read("held") == 4).all()
        assert (held.read("too") == 3).all()
        others.write(3, np.zeros(1000, np.uint8))
        assert os.fstat(room.file).st_size > size
    assert not list(tmp_path.iterdir())
