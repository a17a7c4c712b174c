"""A buyer's browser without scripts: opens pages, follows redirects, presses buttons."""

import html.parser
import http.cookies
import urllib.parse

from .client import Answer, Client


class Form:
    def __init__(self, attributes):
        self.action = attributes.get("action") or ""
        self.method = (attributes.get("method") or "get").upper()
        self.fields, self.label = {}, ""


class _Forms(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.forms, self._open = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self._open = Form(attributes)
            self.forms.append(self._open)
        elif self._open and tag == "input" and attributes.get("name"):
            self._open.fields[attributes["name"]] = attributes.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None

    def handle_data(self, data):
        if self._open:
            self._open.label += data


class Visitor:
    """Where it stands: `url`, and `answer` that was given there."""

    def __init__(self, user_agent="Mozilla/5.0", language="en"):
        self.headers = {"User-Agent": user_agent, "Accept-Language": language}
        self.url, self.answer, self.visited, self.cookies = "", None, [], {}

    @property
    def forms(self):
        return _Forms(self.answer.text).forms

    def open(self, url, method="GET", form=None, follow=True):
        for _ in range(8):
            self._ask(url, method, form)
            location = self.answer.headers.get("location")
            if not follow or self.answer.status not in (301, 302, 303, 307) or not location:
                return self
            url, method, form = urllib.parse.urljoin(self.url, location), "GET", None
        raise AssertionError(f"redirected without end: {self.visited}")

    def show(self, page):
        """A page that somebody else holds ready, as the merchant's."""
        self.answer = Answer(200, {}, page.encode())
        return self

    def submit_first(self):
        """As a form that posts itself."""
        form = self.forms[0]
        return self.submit(form, urllib.parse.urljoin(self.url, form.action), form.fields)

    def press(self, label, **fields):
        """Submits the form whose text holds `label`, with these fields filled in."""
        for form in self.forms:
            if label in form.label:
                target = urllib.parse.urljoin(self.url, form.action)
                return self.submit(form, target, {**form.fields, **fields})
        raise AssertionError(f"no form {label!r} at {self.url}: {self.answer}")

    def submit(self, form, target, fields):
        if form.method == "POST":
            return self.open(target, "POST", fields)
        join = "&" if "?" in target else "?"
        return self.open(target + join + urllib.parse.urlencode(fields))

    def _ask(self, url, method, form):
        parts = urllib.parse.urlsplit(url)
        path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        headers = dict(self.headers)
        kept = [f"{name}={value}" for (host, name), (root, value) in self.cookies.items()
                if host == parts.netloc and path.startswith(root)]
        if kept:
            headers["Cookie"] = "; ".join(kept)
        body = None
        if method == "POST":
            body = urllib.parse.urlencode(form or {}).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.url = url
        self.visited.append(url)
        client = Client(f"{parts.scheme}://{parts.netloc}")
        try:
            self.answer = client._exchange(method, path, body, headers, 20)
        finally:
            client.close()
        self._keep_cookies(parts.netloc)

    def _keep_cookies(self, host):
        for line in self.answer.headers.get_all("set-cookie", []):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop((host, name), None)
                else:
                    self.cookies[host, name] = (morsel["path"] or "/", morsel.value)
