"""`python -m tests.echo`: says who it is and what it hears; with an argument it sleeps."""

import os
import sys
import time

if len(sys.argv) > 1:
    time.sleep(60)
print(os.environ.get("WHO", "-"), sys.stdin.read().strip())
