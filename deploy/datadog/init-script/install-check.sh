#!/bin/bash
# Unpacks the wheel of this check where the container of the Agent finds it.
#
# The Agent's pod has an init container, `init-config`, that runs every script of /etc/cont-init.d/ in alphabetical
# order. Its exit status is that of the last script: this one. When it fails, the Agent does not start.
set -euo pipefail

/opt/datadog-agent/embedded/bin/python -m zipfile --extract /cilium-wheel/cilium.whl /cilium-check
