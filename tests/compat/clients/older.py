# SPDX-License-Identifier: Apache-2.0
"""docker-py before its release 6: the calls of sdk.py, and a Dockerfile that is not in the context, whose
parameter it sends twice. Arguments: SOCKET POLICY."""

import pathlib
import tempfile

import sdk # runs its calls
from steps import open_step

with tempfile.TemporaryDirectory() as directory:
    outside = pathlib.Path(directory, "Dockerfile")
    outside.write_text("FROM bb:1\nCOPY word /word\n")
    context = pathlib.Path(directory, "context")
    context.mkdir()
    (context / "word").write_text("inside\n")
    print("== a Dockerfile outside of the context")
    open_step("build", lambda: "".join(row.get("stream", "") for row in sdk.client.images.build(
        path=str(context), dockerfile=str(outside), tag="py-outside:1", rm=True)[1]))
    open_step("what came of it", sdk.client.containers.run, "py-outside:1", "cat /word", remove=True)
    open_step("remove", sdk.client.images.remove, "py-outside:1", force=True)
