# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Write everything that is made from something else: `python -m toolkit.generate`, or `make assets`.

With `--check` it writes nothing, names the files that are not as they should be, and exits with 1.
"""

from __future__ import annotations

import argparse
import sys

from toolkit.assets import AssetError
from toolkit.checkout import ROOT
from toolkit.definitions import DefinitionError
from toolkit.generate.products import PRODUCTS, update


def main() -> int:
    """Bring everything up to date, or check it, and return the exit status."""
    parser = argparse.ArgumentParser(prog='python -m toolkit.generate', description='Write everything generated.')
    parser.add_argument('--check', action='store_true', help='write nothing, name what is not up to date')
    check = parser.parse_args().check
    drifts = False
    try:
        for product in PRODUCTS:
            for path in update(product, write=not check):
                drifts = True
                what = 'not up to date' if check else 'wrote' if path.exists() else 'removed'
                print(f'{what}: {path.relative_to(ROOT)}')
    except (AssetError, DefinitionError) as error:
        print(error, file=sys.stderr)
        return 2
    if check and drifts:
        print('Run: make assets', file=sys.stderr)
    return int(check and drifts)


if __name__ == '__main__':
    sys.exit(main())
