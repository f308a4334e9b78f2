# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Where the generated models look for more than types: `instance_<option>`, `initialize_instance`, `check_instance`.

There is nothing: the check validates its options itself, because it also runs without the models. See
`configuration.py`.
"""
