# SPDX-License-Identifier: Apache-2.0
"""The fenced blocks of the documents, and what the line above each says of its test:

<!-- test: run -->       run as it stands, without a daemon
<!-- test: machine -->   run as it stands on a fresh machine with systemd and Docker, in the order of the file
<!-- test: by FILE WORDS -->   FILE tests it, at the place where WORDS stand
"""

import re
from typing import NamedTuple

from daemon import TOP

FILES = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").glob("*.md")),
         *sorted((TOP / "contrib").glob("*/README.md")), TOP / "tests/compat/README.md"]
FENCE = re.compile(r"(?:^<!-- test: (.*?) -->\n)?^```(\S*)\n(.*?)^```$", re.M | re.S)


class Block(NamedTuple):
    file: str # from the top
    line: int
    test: str # what the mark says, or ""
    kind: str
    text: str


def blocks(path):
    text = path.read_text()
    return [Block(str(path.relative_to(TOP)), text.count("\n", 0, match.start(3)), match[1] or "",
                  match[2], match[3]) for match in FENCE.finditer(text)]


def script(name, *tests):
    """The blocks of one document that |tests| mark, as one script."""
    return "".join(block.text for block in blocks(TOP / name) if block.test in tests)
