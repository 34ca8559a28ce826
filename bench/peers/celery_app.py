"""The Celery side: its two tasks. ACKS_LATE=1 acknowledges after a task has run, which keeps it when a worker dies."""
import os

from burn import burn as compute
from celery import Celery

app = Celery("celery_app", broker=os.environ["REDIS_URL"])
app.conf.update(task_ignore_result=True, task_acks_late=os.environ.get("ACKS_LATE") == "1")


@app.task
def noop(n, loops):
    return None


@app.task
def burn(n, loops):
    return compute(loops)
