# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
import sys

from .commands.main import main

if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
