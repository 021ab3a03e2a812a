"""What the tests of the dashboard and of foreign pages share: a browser for the whole class."""

import json
import os
import unittest

from browser import Browser
from harness import EndToEnd, wait_until

SHOTS = os.environ.get("RUNCAST_SHOTS")  # a folder to leave screenshots in

# Scripts that run before those of the page.
# `hide(true)`: nobody looks at the tab. `streams` are all that the page has opened.
TAB = """(() => { let hidden = false;
    Object.defineProperty(document, 'hidden', { get: () => hidden });
    window.hide = (on) => { hidden = on; document.dispatchEvent(new Event('visibilitychange')); };
    window.streams = [];
    const Real = EventSource;
    window.EventSource = class extends Real { constructor(...more) { super(...more); window.streams.push(this); } };
  })();"""
# `answerWith(url, method)` may give another answer than the server's, or a promise of one; `asked` are the URLs.
FETCH = """(() => { const really = window.fetch;
    window.asked = [];
    window.fetch = async (url, options) => {
      window.asked.push(url);
      const real = () => really(url, options);
      return (await window.answerWith?.(url, options?.method, real)) || real();
    };
  })();"""
# Answers to what `slow(url, method)` chooses come with `go()`; how many wait is `held`.
SLOW = FETCH + """(() => { let go;
    const gate = new Promise((resolve) => (go = resolve));
    window.go = () => { window.slow = null; go(); };
    window.held = 0;
    window.answerWith = async (url, method, real) => {
      if (!window.slow?.(url, method)) return null;
      const answer = await real();
      window.held += 1;
      await gate;
      return answer;
    };
  })();"""


@unittest.skipUnless(Browser.available(), "chromium is not installed")
class BrowserCase(EndToEnd):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def page(self, path="/", server=None, **more):
        """A page of the class's server, or of the one that is given, open until the test's end."""
        page = self.browser.page((server or self.server).url + path, **more)
        self.addCleanup(page.close)
        return page

    def text(self, page, selector):
        return page.evaluate(f"document.querySelector({json.dumps(selector)})?.textContent ?? ''")

    def wait_for_lines(self, page, texts):
        """The log pane has a stream of its own, so it may be a moment behind the rest of the page."""
        lines = "[...document.querySelectorAll('.line-text')].map((l) => l.textContent)"
        wait_until(lambda: page.evaluate(lines) == texts, f"the lines {texts}")

    def click(self, page, text):
        """Clicks the button with that text, as soon as it can be."""
        button = f"[...document.querySelectorAll('button')].find((b) => b.textContent === {json.dumps(text)}" \
                 " && !b.hidden && !b.disabled)"
        page.wait_for(f"Boolean({button})", f"the button {text}")
        page.evaluate(f"{button}.click(); 0")

    def choose(self, page, status):
        """Clicks the button that leaves those of one status in the page's list."""
        page.evaluate(f"[...document.querySelectorAll('.chip')].find((c) => c.textContent === '{status}').click(); 0")

    def shot(self, page, name):
        if SHOTS:
            page.screenshot(os.path.join(SHOTS, f"{name}.png"))
