# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
import signal
import sys

from .commands.main import main

if __name__ == '__main__':
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # `&` in a script ignores it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends this as any other tool, without a traceback.
    sys.exit(main(sys.argv[1:]))
