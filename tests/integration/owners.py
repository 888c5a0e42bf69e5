# SPDX-License-Identifier: Apache-2.0
"""What the tests of owners share: the label, and the lines of a policy whose owner may do all that an owner
can."""

KEY = "io.sockwarden.owner"
GRANTS = """allow = @all
image = *
image_write = *
image_change = *
import = *
volume = *
volumes_from = *
volume_subpath = *
volume_driver = *
volume_option = type=tmpfs device=tmpfs o=*
network_mode = * container:**
pid_mode = container:**
ipc_mode = container:** shareable
link = *
publish = *
ulimit = *
tmpfs = **
restart = *
privileged = yes
checkpoint_dir = *
ps_args = *
"""
