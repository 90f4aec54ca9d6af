"""Holds the lock of a credential file as upstream's program does, until stdin ends: `hold-lock.py FILE`."""

import fcntl
import sys

with open(sys.argv[1], "a+") as lock:
    fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
