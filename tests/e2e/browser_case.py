"""What the tests of the dashboard and of foreign pages share: a browser for the whole class."""

import json
import os
import unittest

from browser import Browser
from harness import EndToEnd

SHOTS = os.environ.get("RUNCAST_SHOTS")  # a folder to leave screenshots in


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

    def choose(self, page, status):
        """Clicks the button that leaves those of one status in the page's list."""
        page.evaluate(f"[...document.querySelectorAll('.chip')].find((c) => c.textContent === '{status}').click(); 0")

    def shot(self, page, name):
        if SHOTS:
            page.screenshot(os.path.join(SHOTS, f"{name}.png"))
