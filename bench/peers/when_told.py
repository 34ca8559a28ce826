"""What when-told.mjs does, for Python."""
import sys


def when_told(work):
    print("ready", flush=True)
    sys.stdin.readline()
    work()
    print("done", flush=True)
    sys.stdin.read()
