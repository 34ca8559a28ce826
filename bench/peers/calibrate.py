"""`calibrate.py MS`: what calibrate.mjs does, for Python."""
import json
import sys
import time

from burn import burn

TRIAL_LOOPS = 100_000
TRIALS = 50
CHECKS = 40


def cpu_ms_of_one(loops, times):
    began = time.process_time()
    for _ in range(times):
        burn(loops)
    return (time.process_time() - began) * 1000 / times


wanted_ms = float(sys.argv[1])
loops = round(TRIAL_LOOPS * wanted_ms / cpu_ms_of_one(TRIAL_LOOPS, TRIALS))
print(json.dumps({"loops": loops, "checkedMs": cpu_ms_of_one(loops, CHECKS)}))
