"""A headless Chromium driven over the WebDriver protocol, with a reader for the codes it shows."""

import base64
import http.client
import json
import re
import shutil
import subprocess
import tempfile

from support.process import Process
from support.wait import until

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # An element's id (WebDriver, section 12.1).
SWITCHES = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars")


class WebDriverError(AssertionError):
    pass


class Driver:
    """One chromedriver process; gives out browsers with a fresh profile each."""

    def __init__(self, folder):
        self._process = Process(shutil.which("chromedriver"), folder / "chromedriver.log")
        self._process.start("--port=0")
        self._port = self._process.wait_ready(self._started)

    def _started(self):
        found = re.search(r"started successfully on port (\d+)", self._process.log())
        return int(found[1]) if found else None

    def browser(self, width, height, user_agent=None, language="en", scripts=True):
        return Browser(self._port, width, height, user_agent, language, scripts)

    def stop(self):
        self._process.stop()


class Browser:
    def __init__(self, port, width, height, user_agent, language, scripts):
        self._port, self._session = port, None
        self._profile = tempfile.TemporaryDirectory(prefix="tollgate-chromium-",
                                                    ignore_cleanup_errors=True)
        preferences = {"intl.accept_languages": language}
        if not scripts:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options = {"binary": shutil.which("chromium"), "prefs": preferences,
                   "args": [*SWITCHES, f"--user-data-dir={self._profile.name}",
                            f"--window-size={width},{height}"]}
        if user_agent:
            options["mobileEmulation"] = {
                "deviceMetrics": {"width": width, "height": height, "pixelRatio": 2, "touch": True},
                "userAgent": user_agent}
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self._session = made["sessionId"]

    def _call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, json.dumps(body or {}) if method == "POST" else None,
                               {"Content-Type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise WebDriverError(f"{method} {path}: {value['error']}: {value['message'][:500]}")
        return value

    def _do(self, method, path, body=None):
        return self._call(method, f"/session/{self._session}{path}", body)

    def open(self, url):
        self._do("POST", "/url", {"url": url})

    @property
    def url(self):
        return self._do("GET", "/url")

    def run(self, script, *arguments):
        return self._do("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return self._do("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def finds(self, selector):
        return bool(self._do("POST", "/elements", {"using": "css selector", "value": selector}))

    def click(self, selector):
        self._do("POST", f"/element/{self.find(selector)}/click")

    def type(self, selector, text):
        self._do("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def text(self, selector):
        return self._do("GET", f"/element/{self.find(selector)}/text")

    def attribute(self, selector, name):
        return self._do("GET", f"/element/{self.find(selector)}/attribute/{name}")

    def source(self):
        return self._do("GET", "/source")

    def until_text(self, selector, wanted, timeout=15):
        self._until(lambda: wanted in self.text(selector), f"{wanted!r} in {selector}", timeout)

    def until_attribute(self, selector, name, wanted, timeout=15):
        self._until(lambda: self.attribute(selector, name) == wanted,
                    f"{name}={wanted} of {selector}", timeout)

    def _until(self, condition, what, timeout):
        def settled():
            try:
                return condition()
            except WebDriverError:  # Not there yet, or replaced meanwhile.
                return False
        until(settled, what, timeout)

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self._do("GET", "/screenshot")))
        return path

    def complaints(self):
        """What the browser's console holds against the page: script errors, refused resources."""
        entries = self._do("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def close(self):
        try:
            if self._session:
                self._do("DELETE", "")
        finally:
            self._profile.cleanup()


def scan(picture):
    """The text of the one QR code in a picture, as a camera reads it from the whole screen."""
    done = subprocess.run([shutil.which("ZXingReader"), "-format", "QRCode", str(picture)],
                          capture_output=True, text=True, timeout=30)
    found = re.search(r'^Text: +"?(.*?)"?$', done.stdout, re.MULTILINE)
    if not found:
        raise AssertionError(f"no code in {picture}: {done.stdout}{done.stderr}")
    return found[1]
