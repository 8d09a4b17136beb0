"""A client made from docs/openapi.yaml at run time calls each operation of a running daemon, and holds each answer, its status, type
and body, against the document.   Usage: openapi_client.py BUILD"""
import contextlib
import http.client
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import yaml

try:
    import jsonschema
except ImportError:  # another python3 than Debian's
    sys.exit(subprocess.run(["/usr/bin/python3", *sys.argv]).returncode)

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent


class Client:
    """client.OPERATION_ID(NAME=VALUE of a parameter, body=…) returns status, body and header fields."""

    def __init__(self, document, sockets):
        self.document, self.sockets, self.called, self.statuses, self.cookie = document, sockets, set(), {}, {}
        self.operations = {operation["operationId"]: (method, path, item.get("parameters", []) + operation.get("parameters", []), operation)
                           for path, item in document["paths"].items()
                           for method, operation in item.items() if method != "parameters"}

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def __getattr__(self, name):
        method, path, parameters, operation = self.operations[name]

        def call(body=None, **given):
            self.called.add(name)
            fields, query = {}, {}
            target = path
            for parameter in map(self.resolve, parameters):
                value = given.pop(parameter["name"].replace("-", "_"), None)
                if value is None:
                    continue
                if parameter["in"] == "path":
                    target = target.replace("{%s}" % parameter["name"], urllib.parse.quote(str(value), safe=""))
                elif parameter["in"] == "header":
                    fields[parameter["name"]] = value
                else:
                    query[parameter["name"]] = value
            assert not given, f"{name} has no parameter {given}"
            if query:
                target += "?" + urllib.parse.urlencode(query)
            return self.send(name, method.upper(), target, operation, body, fields)
        return call

    def send(self, name, method, target, operation, body, fields):
        if body is not None:
            schema = self.resolve(operation["requestBody"])["content"]["application/json"]["schema"]
            expected_good = self.is_valid(schema, body)
            body = json.dumps(body)
        if "page" in operation["tags"]:  # on the port, as a browser's page calls it
            host = f"127.0.0.1:{self.sockets['port']}"
            connection = http.client.HTTPConnection(host, timeout=60)
            fields = {**fields, **self.cookie, "Postbackd-Page": "1", "Origin": f"http://{host}"}
        else:
            connection = http.client.HTTPConnection("postbackd", timeout=60)
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(self.sockets["admin" if "admin" in operation["tags"] else "api"])
        connection.request(method, target, body, fields)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        self.statuses.setdefault(name, set()).add(answer.status)
        self.check(name, operation, answer, text)
        if body is not None and not expected_good:
            assert answer.status == 400, f"{name}: {answer.status} for a body that the document does not allow"
        return answer.status, json.loads(text) if "json" in answer.headers["Content-Type"] and text and "ndjson" not in answer.headers["Content-Type"] else text, answer.headers

    def check(self, name, operation, answer, text):
        responses = operation["responses"]
        where = f"{name}: {answer.status}"
        response = responses.get(str(answer.status)) or responses.get(f"{answer.status // 100}XX")
        assert response, f"{where} is not in the document"
        content = self.resolve(response).get("content")
        if content is None:
            return
        media = answer.headers["Content-Type"].split(";")[0]
        assert media in content, f"{where}: {media} is not in the document: {sorted(content)}"
        if media.endswith("json") and media != "application/x-ndjson":
            problems = self.problems(content[media]["schema"], json.loads(text))
            assert not problems, f"{where}: {problems}"

    def problems(self, schema, instance):
        # Draft 2020-12 is what OpenAPI 3.1 uses.
        validator = jsonschema.Draft202012Validator({**schema, "components": self.document["components"]},
                                                    resolver=jsonschema.RefResolver("", self.document))
        return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(instance)]

    def is_valid(self, schema, instance):
        return not self.problems(schema, instance)


def configuration(folder, simulator):
    for name, text in {"secret": "0123456789abcdef", "access": "simulated-access-token", "id": "simulated-token-id"}.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text)
    return f"""[store]
path = "{folder}/store.sqlite3"
[listen]
address = "127.0.0.1"
port = 0
public_url = "http://127.0.0.1:1"
[[route]]
path = "/postback"
postbacksecret = "file:{folder}/secret"
[platform]
base_url = "{simulator}"
access_token = "file:{folder}/access"
token_id = "file:{folder}/id"
[admin]
socket = "{folder}/admin.sock"
[api]
socket = "{folder}/api.sock"
port = 0
page = true
audit = "1d"
[[handler]]
name = "refuses"
kind = "exec"
command = ["/bin/sh", "-c", "exit 65"]
match = {{ event = "final" }}
"""


def start(stack, command, log, pattern):
    with open(log, "w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    stack.callback(lambda: (process.terminate(), process.wait()))
    for _ in range(400):
        found = re.search(pattern, log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(log.read_text())


def post(port, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/postback", json.dumps(body), {"Postbacksecret": "0123456789abcdef"})
    assert connection.getresponse().status == 200


def call_all(client, port):
    for operation in (client.getHealth, client.getReadiness, client.getMetrics, client.getStatus, client.getOpenapi):
        assert operation()[0] == 200
    status, query, _ = client.createQuery(body={"query_id": "q-1", "label": "é", "metadata": {"a": [1]}, "api": "people", "deadline": "10m"},
                                          Idempotency_Key="k-1")
    assert status == 201 and query["id"] == "q-1", query
    assert client.createQuery(body={"query_id": "q-1"}, Idempotency_Key="k-1")[0] == 200
    assert client.createQuery(body={"query_id": "q-2"}, Idempotency_Key="k-1")[0] == 409
    for wrong in ({"query_id": "x", "tag": 1}, {"query_id": 5}, {"api": "people", "datasets": "d"}, {"api": "nope", "datasets": "d", "q": "doc{1}"}, {}):
        assert client.createQuery(body=wrong)[0] == 400
    assert client.createQuery(body={"api": "people", "datasets": "d", "q": "doc{1}", "max_age": "1h"})[0] == 202
    assert client.createHooks(body={"label": "own"})[0] == 201 and client.createHooks(body={"labl": "own"})[0] == 400
    assert client.getResult(id="q-1")[0] == 202
    assert client.getBody(id="q-1")[0] == 404
    post(port, {"QueryId": "q-1", "Result": [1]})
    assert client.getQuery(id="q-1", wait=20)[1]["state"] == "answered"
    assert client.getResult(id="q-1")[1] == {"QueryId": "q-1", "Result": [1]}
    assert client.getBody(id="q-1")[0] == 200
    assert client.getQuery(id="q-1", wait=61)[0] == 400
    assert client.getQuery(id="unknown")[0] == 404
    assert client.eraseQuery(id="q-1")[0] == 202 and client.getResult(id="q-1")[0] == 410 and client.eraseQuery(id="none")[0] == 404
    client.createQuery(body={"query_id": "q-3"})
    assert client.closeQuery(id="q-3", body={})[0] == 400
    assert client.closeQuery(id="q-3", body={"reason": "asked again"})[0] == 200
    assert client.closeQuery(id="q-3", body={"reason": "asked again"})[0] == 409
    assert client.getResult(id="q-3")[0] == 410
    client.createQuery(body={"query_id": "q-4", "group": "g"})
    assert client.getGroup(name="g")[1]["states"] == {"pending": 1} and client.getGroup(name="none")[0] == 404
    assert client.listGroups()[1]["groups"][0]["name"] == "g" and client.listQueries(group="g")[0] == 200
    assert client.closeQueries(body={"group": "g", "reason": "wrong", "dry_run": True})[1] == {"queries": 1}
    assert client.closeQueries(body={"reason": "wrong"})[0] == 400
    assert client.getUsage(by="month")[1]["usage"][0]["submitted"] == 1 and client.getUsage(by="year")[0] == 400
    status, page, _ = client.listQueries(limit=1)
    assert status == 200 and client.listQueries(limit=1, after=page["next"])[0] == 200 and client.listQueries(state="odd")[0] == 400
    status, page, _ = client.listEvents(after=0, limit=10)
    assert {event["event"] for event in page["events"]} >= {"result", "closed"}, page
    assert client.listEvents(after="latest", limit=5)[1]["events"] == []
    assert client.listEvents(event="extra", include="result", label="none")[1]["events"] == [] and client.listEvents(after=-1)[0] == 400
    for _ in range(400):
        deliveries = client.listDeliveries(state="dead")[1]["deliveries"]
        if len(deliveries) >= 2:
            break
        time.sleep(0.05)
    assert deliveries and client.listHandlers()[1]["handlers"][0]["name"] == "refuses"
    some = {"delivery_id": deliveries[0]["delivery_id"], "dry_run": True}
    assert client.retryDeliveries(body=some)[1] == {"deliveries": 1}
    for operation, changes in ((client.holdDeliveries, 0), (client.releaseDeliveries, 0), (client.killDeliveries, 1)):  # a dead one is dismissed
        assert operation(body=some)[1] == {"deliveries": changes} and operation(body={"al": True})[0] == 400
    assert client.replayEvents(name="refuses", body={"since": "1h", "dry_run": True})[1]["deliveries"] >= 1
    assert client.replayEvents(name="none", body={"since": "1h"})[0] == 404
    assert client.getReport(day=client.getQuery(id="q-4")[1]["created_at"][:10])[1]["registered"] > 0 and client.getReport(day="x")[0] == 400
    assert client.listObjects()[1]["objects"] == [] and client.listLogLines(event="started")[1]["lines"][0]["level"] == "info"
    story = client.getStory(id="q-4")[1]
    assert story["query"]["id"] == "q-4" and client.getStory(id="none")[0] == 404
    receipt = client.getStory(id="q-1")[1]["postbacks"][0]["receipt"]
    assert client.listQueries(receipt=receipt)[1]["queries"][0]["id"] == "q-1" and client.listQueries(receipt=0)[0] == 400
    assert client.listQueries(client="local", since="2026-01-01T00:00:00Z")[0] == 200 and client.listQueries(since="today")[0] == 400
    assert client.getState()[1]["version"] and client.listRefusals(days=7)[0] == 200 and client.listRefusals(days=0)[0] == 400
    assert len(client.getHistory(of="hour")[1]["received"]) == 360 and client.getHistory(of="month")[1]["days"] and client.getHistory(of="year")[0] == 400
    assert {access["action"] for access in client.listAccesses()[1]["accesses"]} == {"result", "body", "erase"}
    assert client.listAlerts()[0] == 200 and client.listAlerts(limit=0)[0] == 400


def log_in(client):
    assert client.getSession()[1] == {}
    url = client.makeSessionCode(body={"look": True})[1]["url"]
    code = url.split("#code=")[1]
    assert client.openSession(body={"code": "another"})[0] == 401 and client.openSession(body={"password": "x"})[0] == 400
    status, session, fields = client.openSession(body={"code": code})
    assert status == 201 and session["client"] == "local" and not session["may_act"], session
    assert client.openSession(body={"code": code})[0] == 401  # it is used
    client.cookie = {"Cookie": fields["Set-Cookie"].split(";")[0]}
    assert client.getSession()[1] == session
    assert client.closeSession()[0] == 200 and client.getSession()[1] == {}
    client.cookie = {"Cookie": client.openSession(body={"code": client.makeSessionCode(body={})[1]["url"].split("#code=")[1]})[2]["Set-Cookie"].split(";")[0]}
    assert client.getSession()[1]["may_act"] and client.closeSession()[0] == 200 and client.getSession()[1] == {}


def main():
    build = pathlib.Path(sys.argv[1])
    document = yaml.safe_load((SOURCE / "docs/openapi.yaml").read_text())
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        url = start(stack, [build / "bin/platform-simulator", "--port", "0"], folder / "simulator", r"listening on (\S+)")
        (folder / "postbackd.toml").write_text(configuration(folder, url))
        port = start(stack, [build / "bin/postbackd", "--config", folder / "postbackd.toml"], folder / "log",
                     r"event=listening [^\n]*port=(\d+)[^§]*event=started")
        api_port = re.search(r"event=api address=\S+ port=(\d+)", (folder / "log").read_text())[1]
        client = Client(document, {"api": str(folder / "api.sock"), "admin": str(folder / "admin.sock"), "port": api_port})
        call_all(client, int(port))
        log_in(client)
        missing = client.operations.keys() - client.called
        assert not missing, f"not called: {missing}"
        print(f"{len(client.called)} operations, {sum(map(len, client.statuses.values()))} kinds of answers, all as documented")


if __name__ == "__main__":
    main()
