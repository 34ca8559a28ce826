"""`rq_produce.py TASK COUNT LOOPS`: RQ's call for many jobs, 1,000 at a time."""
import os
import sys

import redis
import rq
import rq_jobs
from when_told import when_told

AT_ONCE = 1000

task = getattr(rq_jobs, sys.argv[1])
count, loops = int(sys.argv[2]), int(sys.argv[3])
connection = redis.Redis.from_url(os.environ["REDIS_URL"])
connection.ping()
queue = rq.Queue("default", connection=connection)


def send():
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        queue.enqueue_many([rq.Queue.prepare_data(task, (n, loops), result_ttl=0) for n in numbers])


when_told(send)
