# SPDX-License-Identifier: Apache-2.0
"""Fills a registry with one image under many names, by the registry's own API: what a machine would
find on the internet. usage: hub.py REGISTRY TREE NAME:TAG…"""

import gzip
import hashlib
import io
import json
import sys
import tarfile
import urllib.request

TYPE = "application/vnd.docker.{}"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def call(method, url, data=None, kind="application/octet-stream"):
    request = urllib.request.Request(url, data, {"Content-Type": kind}, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers


def blob(base, data, kind):
    where = call("POST", f"{base}/blobs/uploads/", b"")["Location"]
    call("PUT", f"{where}&digest={digest(data)}", data)
    return {"mediaType": TYPE.format(kind), "size": len(data), "digest": digest(data)}


def image(tree):
    """A layer with |tree|, and a configuration: whatever is no command sleeps for ever."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        archive.add(tree, "/")
    config = {"architecture": "amd64", "os": "linux",
              "config": {"Env": ["PATH=/bin"], "Entrypoint": ["/bin/any"], "Cmd": ["sleep", "100000"]},
              "rootfs": {"type": "layers", "diff_ids": [digest(layer.getvalue())]}}
    return gzip.compress(layer.getvalue(), 1), json.dumps(config).encode()


def main(registry, tree, *names):
    layer, config = image(tree)
    for name in names:
        name, tag = name.split(":")
        base = f"{registry}/v2/{name if '/' in name else 'library/' + name}"
        manifest = {"schemaVersion": 2, "mediaType": TYPE.format("distribution.manifest.v2+json"),
                    "config": blob(base, config, "container.image.v1+json"),
                    "layers": [blob(base, layer, "image.rootfs.diff.tar.gzip")]}
        call("PUT", f"{base}/manifests/{tag}", json.dumps(manifest).encode(), manifest["mediaType"])


if __name__ == "__main__":
    main(*sys.argv[1:])
