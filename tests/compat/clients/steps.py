# SPDX-License-Identifier: Apache-2.0
"""What the Python programs share: named steps, each printing one line of the transcript."""

import json
import sys

SOCKET, POLICY = sys.argv[1], sys.argv[2]


def show(value):
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=repr)
    return text.replace("\r", "\\r").replace("\n", "\\n")


def step(name, work, *arguments, **options):
    """Runs a step and prints what came of it; an error is a result like any other."""
    try:
        result = work(*arguments, **options)
        print(f"{name}: {show(result)}", flush=True)
        return result
    except Exception as err: # whatever the client makes of it belongs in the transcript
        print(f"{name}: failed {type(err).__name__} {show(str(err))}", flush=True)
        return None


def open_step(name, work, *arguments, **options):
    """A step that only a policy allowing everything permits."""
    return None if POLICY == "ci" else step(name, work, *arguments, **options)


def shape(value):
    """The kind of each member, for answers whose values change from call to call."""
    if isinstance(value, dict):
        return {key: shape(value[key]) for key in value}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__
