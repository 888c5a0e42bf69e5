# SPDX-License-Identifier: Apache-2.0
"""What the tests of running it share."""

import wire

PING = "[policy p]\nallow = system.ping\n"
READER = PING + "allow = container.list system.version\n"
WRITER = READER + ("allow = container.create container.start container.logs container.attach\n"
                   "allow = container.inspect container.remove system.events\nimage = bb:*\n")


def status(path, method="GET", target="/_ping", body=None):
    return wire.request(path, method, target, body).status


def log_lines(warden, text):
    return [line for line in warden.log.read_text().splitlines() if text in line]
