"""Checks docs/ against the code: it names existing metrics, the SQL of docs/schema.md runs, its columns are those of the views, and every view
still has the columns promised in the first version."""
import json
import pathlib
import re
import sqlite3
import sys

PROMISED = {
    "v_queries": "query_id correlation label api datasets state created_at deadline_at answered_at receipt status",
    "v_pending": "query_id correlation label api datasets state created_at deadline_at answered_at receipt",
    "v_overdue": "query_id correlation label api datasets state created_at deadline_at answered_at receipt",
    "v_postbacks": "receipt received_at route remote kind query_id label status content_type charset bytes sha256 repeats source",
    "v_unmatched": "receipt received_at route remote kind query_id label status content_type charset bytes sha256 repeats source",
    "v_results": "query_id label api datasets answered_at status json",
    "v_bodies": "receipt raw json",
    "v_deliveries": "id handler event receipt query_id label state attempts next_attempt_at last_error created_at done_at key",
    "v_dead": "id handler event receipt query_id label state attempts next_attempt_at last_error created_at done_at",
    "v_attempts": "delivery_id handler attempt started_at finished_at outcome detail query_id",
    "v_submissions": "query_id correlation label api datasets q state created_at deadline_at answered_at receipt attempts next_attempt_at submitted_at code message",
    "v_queue_objects": "id client action request state created_at processed_at message key query_id correlation",
    "v_app_users": "user_id document document_type app_name app_platform client created_at",
    "v_app_events": "id user_id event_name event_value event_date app_name client created_at",
    "v_events": "seq event query_id correlation receipt created_at",
    "v_recoveries": "query_id correlation label api datasets state why attempts next_attempt_at last_error",
    "v_handlers": "name kind circuit backlog oldest_at",
    "v_stats": "day",
}


def check_metrics(root):
    """Checks that the dashboard, the alerts and the handbook name measured metrics only, and that the handbook names all of them."""
    source = "".join(p.read_text() for p in (root / "lib").rglob("*.cpp"))
    measured = set(re.findall(r'"(postbackd_\w+)"', source))
    handbook = (root / "docs/operations.md").read_text()
    for name in ("grafana-dashboard.json", "prometheus-rules.yml"):
        for used in set(re.findall(r"postbackd_\w+", (root / "docs" / name).read_text())):
            if re.sub(r"_(bucket|sum|count)$", "", used) not in measured:
                yield f"docs/{name}: {used} is not measured"
    json.loads((root / "docs/grafana-dashboard.json").read_text())
    for name in measured:
        if name not in handbook and f"`_{name.rsplit('_', 1)[1]}`" not in handbook:
            yield f"docs/operations.md does not name {name}"


def check_citations(root):
    """Checks that the documents that comments, scripts and other documents name exist."""
    for folder in ("lib", "daemon", "ctl", "schema", "tests", "conf", "systemd", "docs"):
        for path in sorted(p for p in (root / folder).rglob("*") if p.suffix in {".cpp", ".hpp", ".sql", ".py", ".md", ".toml", ".in", ".service"}):
            for cited in re.findall(r"\b(docs/[\w/.-]+\.(?:md|json|yml))", path.read_text()):
                if not (root / cited).is_file():
                    yield f"{path.relative_to(root)} cites {cited}, which does not exist"


def check(root):
    store = sqlite3.connect(":memory:")
    for file in sorted((root / "schema/sqlite").glob("*.sql")):
        store.executescript(file.read_text())
    columns = lambda view: [c[0] for c in store.execute(f"SELECT * FROM {view}").description]
    for view, promised in PROMISED.items():
        for missing in set(promised.split()) - set(columns(view)):
            yield f"{view} has lost its column {missing}"
    yield from check_metrics(root)
    yield from check_citations(root)
    text = (root / "docs/schema.md").read_text()
    for block in re.findall(r"```sql\n(.*?)```", text, re.S):
        try:
            store.executescript(block)
        except sqlite3.Error as error:
            yield f"docs/schema.md: {error} in:\n{block}"
    for view, named in re.findall(r"^\| `(v_\w+)` \| [^|]+ \| `([^`]+)` \|$", text, re.M):
        if [c.strip() for c in named.split(",")] != columns(view):
            yield f"docs/schema.md: {view} has {columns(view)}"


if __name__ == "__main__":
    errors = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(errors) or "docs/ matches the code")
    sys.exit(bool(errors))
