#!/usr/bin/env python3
"""The instances of tests/bench/assignment.rs through OR-tools' SimpleMinCostFlow, in the same run.

    python3 -m venv /tmp/ortools && /tmp/ortools/bin/pip install ortools
    /tmp/ortools/bin/python tests/bench/ortools_assignment.py

Both times are the best of three, without reading the input. That of OR-tools has its build (the arcs are
handed over as arrays) and its solve; that of this program has the whole of `assign`: all goals, the draw,
and the proof. OR-tools finds the largest sum of affinities alone. With a folder as argument the instances
already written there are used.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
from ortools.graph.python import min_cost_flow


def solve(instance):
    demand, load = np.array(instance["demand"]), np.array(instance["max_load"])
    affinity = np.array(instance["affinity"], dtype=np.int64)
    height, width = affinity.shape
    allowed = np.ones((height, width), dtype=bool)
    if instance["forbidden"]:
        rows, columns = np.array(instance["forbidden"]).T
        allowed[rows, columns] = False
    start = time.perf_counter()
    rows, columns = np.nonzero(allowed)
    tail = np.concatenate([rows, height + np.arange(width)])
    head = np.concatenate([height + columns, np.full(width, height + width)])
    capacity = np.concatenate([np.ones(len(rows), dtype=np.int64), load])
    cost = np.concatenate([-affinity[rows, columns], np.zeros(width, dtype=np.int64)])
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    flow.set_nodes_supplies(np.arange(height + width + 1), np.concatenate([demand, np.zeros(width, dtype=np.int64), [-demand.sum()]]))
    status = flow.solve()
    seconds = time.perf_counter() - start
    assert status == flow.OPTIMAL, status
    return seconds, -flow.optimal_cost()


def compare(folder):
    print(f"{'instance':34} {'here':>9} {'OR-tools':>9} {'ratio':>6}")
    for path in sorted(folder.glob("*.json")):
        instance = json.loads(path.read_text())
        runs = [solve(instance) for _ in range(3)]
        seconds = min(run[0] for run in runs)
        assert runs[0][1] == instance["total_affinity"], (instance["name"], runs[0][1])
        assert instance["certified"], instance["name"]
        print(f"{instance['name']:34} {instance['seconds']:8.4f}s {seconds:8.4f}s {instance['seconds'] / seconds:6.2f}")


if len(sys.argv) > 1:
    compare(pathlib.Path(sys.argv[1]))
else:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["cargo", "bench", "--quiet", "--bench", "assignment"], env={**os.environ, "ASSIGNMENT_INSTANCES": folder}, check=True
        )
        compare(pathlib.Path(folder))
