# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, by its own protocol over a pair of pipes."""

import base64
import contextlib
import json
import os
import select
import subprocess
import tempfile
import time

TIMEOUT = 60 # seconds for one answer; a machine may be busy
COMMAND = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
           "--remote-debugging-pipe", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--hide-scrollbars"]


class Page:
    """One page. |events| has whatever the browser told of it."""

    def __init__(self, to_browser, from_browser):
        self.to_browser, self.from_browser = to_browser, from_browser
        self.number, self.session, self.begun, self.events = 0, None, b"", []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def message(self, deadline):
        while b"\0" not in self.begun:
            ready, _, _ = select.select([self.from_browser], [], [], max(deadline - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            piece = os.read(self.from_browser, 1 << 20)
            assert piece, "the browser is gone"
            self.begun += piece
        text, _, self.begun = self.begun.partition(b"\0")
        return json.loads(text)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + TIMEOUT
        while True:
            answer = self.message(deadline)
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        deadline = time.monotonic() + TIMEOUT
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message(deadline))

    def open(self, path):
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.wait_for("Page.loadEventFired")

    def show(self, width, scheme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1,
                  mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def ask(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self, path):
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def told(self, *methods):
        return [event for event in self.events if event.get("method") in methods]


@contextlib.contextmanager
def page():
    with tempfile.TemporaryDirectory(prefix="browser.", ignore_cleanup_errors=True) as profile:
        theirs_in, to_browser = os.pipe()
        from_browser, theirs_out = os.pipe()
        # The protocol is at descriptors 3 and 4.
        script = f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$@"'
        browser = subprocess.Popen(["bash", "-c", script, "browser", *COMMAND, f"--user-data-dir={profile}"],
                                   pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Page(to_browser, from_browser)
        finally:
            os.close(to_browser)
            os.close(from_browser)
            browser.terminate()
            browser.wait(TIMEOUT)
