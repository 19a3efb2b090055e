"""A user of Superset without a browser: logs in and sends what the page, or an attacker, would send."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    url: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Client:
    """Keeps cookies; sends the CSRF token and JSON where a body is given."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.token = ""

    def login(self, username: str, password: str) -> "Client":
        page = self.get("/login/").text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, page[:500]
        form = urllib.parse.urlencode({"username": username, "password": password, "csrf_token": found[1]})
        self._send("POST", "/login/", form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        found = re.search(r'id="csrf_token"[^>]*?value="([^"]+)"', self.get("/").text)
        self.token = found[1] if found else ""
        return self

    def get(self, path: str) -> Answer:
        return self._send("GET", path, None, {})

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.token, "Referer": self.base_url}
        return self._send(method, path, None if body is None else json.dumps(body).encode(), headers)

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        request = urllib.request.Request(f"{self.base_url}{path}", data=body, headers=headers, method=method)
        try:
            with self.opener.open(request, timeout=40) as answer:
                return Answer(answer.status, answer.read().decode(errors="replace"), answer.url)
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode(errors="replace"), error.url or "")
