"""`celery_produce.py TASK COUNT LOOPS`. Celery has no call that sends many at once, so one producer sends one by one."""
import sys

import celery_app
from when_told import when_told

task = getattr(celery_app, sys.argv[1])
count, loops = int(sys.argv[2]), int(sys.argv[3])

with celery_app.app.producer_pool.acquire(block=True) as producer:
    producer.connection.ensure_connection()

    def send():
        for n in range(count):
            task.apply_async((n, loops), producer=producer)

    when_told(send)
