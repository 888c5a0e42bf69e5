# SPDX-License-Identifier: Apache-2.0
"""Archives as `docker cp` and `docker build` send them."""

import io
import tarfile


def tar_of(name, data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()
