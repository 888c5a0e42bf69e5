# SPDX-License-Identifier: Apache-2.0
"""The long run: the page of `sockwarden report` in a headless browser: no error, no request, no scroll bar, contrast, and
labels that do not overlap. The pictures are kept beside the test's other files, for whoever wants to look."""

import json
import subprocess

import pytest

import browser
import warden as warden_module

WIDTHS = (360, 768, 1280)
SCHEMES = ("light", "dark")
HOSTILE = ["<script>alert(1)</script>", "\"><img src=http://127.0.0.1/x>", "x" * 3000, "</title></style><svg onload=alert(1)>",
           "a\u202eb", "W" * 200]

# Texts whose contrast to what is behind them is too low: [ratio, text].
CONTRAST = """(() => {
	const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
	const light = colour => {
		const [r, g, b] = numbers(colour).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
		return .2126 * r + .7152 * g + .0722 * b;
	};
	const ground = element => {
		for (; element; element = element.parentElement) {
			const colour = getComputedStyle(element).backgroundColor;
			if (numbers(colour)[3] !== 0) return colour;
		}
		return 'rgb(255, 255, 255)';
	};
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), bad = [];
	let texts = 0;
	while (walker.nextNode()) {
		const element = walker.currentNode.parentElement;
		if (!walker.currentNode.textContent.trim() || !element.getClientRects().length) continue;
		texts++;
		const style = getComputedStyle(element);
		const [a, b] = [light(element.namespaceURI.endsWith('svg') ? style.fill : style.color), light(ground(element))];
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < 4.5) bad.push([ratio, walker.currentNode.textContent]);
	}
	return texts > 100 ? bad : [['texts', texts]];
})()"""

# Parts of pictures that can hardly be seen.
PICTURES = """(() => {
	const light = colour => {
		const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(v => v / 255)
			.map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
		return .2126 * r + .7152 * g + .0722 * b;
	};
	const ground = light(getComputedStyle(document.body).backgroundColor), bad = [];
	for (const rect of document.querySelectorAll('svg rect')) {
		const colour = light(getComputedStyle(rect).fill);
		const ratio = (Math.max(colour, ground) + .05) / (Math.min(colour, ground) + .05);
		if (ratio < 3) bad.push([ratio, rect.getAttribute('class')]);
	}
	return bad;
})()"""

# Labels of one picture that overlap, or stand outside of the window.
OVERLAPS = """(() => {
	const bad = [];
	for (const svg of document.querySelectorAll('figure svg[role=img]')) {
		const texts = [...svg.querySelectorAll('text')].filter(text => text.getClientRects().length)
			.map(text => [text.textContent, text.getBoundingClientRect()]);
		for (const [i, [name, a]] of texts.entries()) {
			if (a.left < 0 || a.right > document.documentElement.clientWidth) bad.push([name, 'outside']);
			for (const [other, b] of texts.slice(i + 1))
				if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) bad.push([name, other]);
		}
	}
	return bad;
})()"""


def lines():
    """A log over a month boundary, with more clients than have a colour, denials and hostile values."""
    for number in range(900):
        hour, client = number * 97 % 120, number % 11
        record = {"time": f"2026-{1 + hour // 72:02}-{[29, 30, 31, 1, 2][hour // 24]:02}T{hour % 24:02}:{number % 60:02}:00.000Z",
                  "run": "r", "seq": number + 1, "event": "allowed", "listener": ["ci", "ops"][client % 2], "policy": "p",
                  "peer": {"uid": 1000 + client}, "method": "GET", "path": "/containers/json", "operation": "container.list", "needs": []}
        if number % 7 == 0:
            record |= {"operation": "image.create", "needs": [{"key": "image", "value": "bb:1"}]}
        if number % 9 == 0:
            value = HOSTILE[number // 9 % len(HOSTILE)]
            record |= {"event": ["denied", "would-deny"][number % 2], "operation": "container.create", "reason": ["grant", "no_rule"][number % 2],
                       "path": "/" + value, "peer": {"identity": value}, "field": value, "value": value, "message": "refused: " + value,
                       "fixes": ["bind = /etc rw", "image = " + value], "host_fixes": ["bind = /etc rw"], "changes": [value]}
        yield json.dumps(record)


@pytest.fixture(scope="module", name="page_path")
def make_page(tmp_path_factory):
    path = tmp_path_factory.mktemp("report")
    (path / "audit.jsonl").write_text("\n".join(lines()) + "\n")
    (path / "x.conf").write_text("[policy p]\nallow = @safe image.create container.stop\nimage = bb:*\nimage = other\nbind = /srv rw\n")
    subprocess.run([warden_module.BINARY, "report", "-c", path / "x.conf", path / "audit.jsonl", "-o", path / "report.html"], check=True)
    return path / "report.html"


@pytest.fixture(scope="module", name="tab")
def open_tab():
    with browser.page() as page:
        yield page


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_page_in_a_browser(width, scheme, page_path, tab):
    tab.show(width, scheme)
    tab.open(page_path)
    tab.picture(page_path.parent / f"{width}-{scheme}.png")
    for state in ("closed", "open"):
        assert tab.ask("document.documentElement.scrollWidth") <= width, state
        assert tab.ask(CONTRAST) == [], state
        assert tab.ask(OVERLAPS) == [], state
        tab.ask("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert tab.ask(PICTURES) == []
    assert tab.ask("document.scripts.length + document.images.length + document.querySelectorAll('link').length") == 0
    assert tab.ask("document.querySelectorAll('figure svg[role=img]').length") == 5
    assert not tab.told("Runtime.consoleAPICalled", "Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")
    requests = [event["params"]["request"]["url"] for event in tab.told("Network.requestWillBeSent")]
    assert requests == [page_path.as_uri()]


def test_the_browser_sees_faults(tab, tmp_path, page_path):
    """So that the test above can fail."""
    text = page_path.read_text()
    (tmp_path / "bad.html").write_text(text.replace("<main>", "<main><p style='color:red'>x</p><img src='x.png'/><script>1</script>"
                                                    "<div><pre>" + "wide " * 200 + "</pre></div>"))
    tab.show(360, "light")
    tab.open(tmp_path / "bad.html")
    assert tab.told("Log.entryAdded") and tab.ask("document.documentElement.scrollWidth") > 360
    (tmp_path / "pale.html").write_text(text.replace(text[text.index("<meta http-equiv"):text.index("<meta name")], "").replace(
        "--soft:#57606a", "--soft:#a0a0a0").replace("font:12px", "font:40px"))
    tab.open(tmp_path / "pale.html")
    assert tab.ask(CONTRAST) and tab.ask(OVERLAPS)
