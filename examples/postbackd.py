"""A client of postbackd's API (docs/api.md), with the standard library only. Copy it.

    client = Postbackd("https://hooks.example.com:8443", token)     # or Postbackd("unix:/run/postbackd/api.sock")
    query = client.ask("people", "basic_data", "doc{12345678900}", key="order-4711", metadata={"order": 4711})
    document = client.result(query["id"])                           # waits for it
    for event in client.events(after=cursor): ...                   # keep event["seq"] with what you have done"""
import base64
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
import urllib.parse


class Problem(Exception):
    """An answer that repeating the request does not change."""
    def __init__(self, status, answer):
        try:
            self.answer = json.loads(answer)
        except ValueError:
            self.answer = {"detail": answer[:200].decode(errors="replace")}
        super().__init__(f"{status}: {self.answer['detail']}")
        self.status = status


class Postbackd:
    def __init__(self, url, token=None, cafile=None, patience=120):
        """`patience`: how many seconds to repeat a request that gets no answer, or 429, or 503."""
        self.url, self.patience = urllib.parse.urlsplit(url), patience
        self.tls = ssl.create_default_context(cafile=cafile) if self.url.scheme == "https" else None
        self.fields = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, api, datasets, q, key, **facts):
        """Submits a query; the same key is the same query, so a repeat is harmless. Returns it."""
        return self.call("POST", "/v1/queries", {"api": api, "datasets": datasets, "q": q, **facts}, {"Idempotency-Key": key})[1]

    def register(self, query_id, **facts):
        """Expects the result of a query that the caller has submitted itself. Returns the query."""
        return self.call("POST", "/v1/queries", {"query_id": query_id, **facts})[1]

    def result(self, query):
        """Waits for the end of a query. Returns its document; raises Problem (410) when there will be none."""
        while True:
            status, document = self.call("GET", f"/v1/queries/{query}/result?wait=60")
            if status == 200:
                return document

    def events(self, after=0):
        """Yields each event of the client's queries, for ever, in order. When a backup was restored it goes on where the two
        stores part, and a query may have its end again, under another seq: know it by its id."""
        while True:
            try:
                page = self.call("GET", f"/v1/events?after={after}&limit=1000&wait=60")[1]
            except Problem as problem:
                if problem.status != 409:
                    raise
                page = {"events": [], **problem.answer}
            yield from page["events"]
            after = page["next"]

    def call(self, method, path, body=None, fields=None):
        """Returns the status and the JSON of the answer."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                status, retry_after, answer = self.call_once(method, path, body, fields or {})
            except (OSError, http.client.HTTPException) as error:
                status, retry_after, answer = 503, 0.2, str(error).encode()
            if status < 400:
                return status, json.loads(answer)
            if status not in (429, 503) or time.monotonic() > deadline:
                raise Problem(status, answer)
            time.sleep(float(retry_after))

    def call_once(self, method, path, body, fields):
        connection = self.connect()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {**self.fields, **fields})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Retry-After", 1), answer.read()
        finally:
            connection.close()

    def connect(self):
        if self.url.scheme == "unix":
            connection = http.client.HTTPConnection("postbackd", timeout=90)
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(self.url.path)
            return connection
        address = {"host": self.url.hostname, "port": self.url.port, "timeout": 90}
        return http.client.HTTPSConnection(context=self.tls, **address) if self.tls else http.client.HTTPConnection(**address)


def verify(secret, fields, body, tolerance=300):
    """Whether an http handler of postbackd has signed this request (standardwebhooks.com). `secret`: whsec_…; `body`: bytes."""
    identifier, timestamp = fields.get("webhook-id", ""), fields.get("webhook-timestamp", "")
    if not timestamp.isdecimal():
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, f"{identifier}.{timestamp}.".encode() + body, hashlib.sha256).digest()).decode()
    signatures = [signature.removeprefix("v1,") for signature in fields.get("webhook-signature", "").split()]
    return abs(time.time() - int(timestamp)) <= tolerance and any(hmac.compare_digest(expected, one) for one in signatures)
