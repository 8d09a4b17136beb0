"""Checks that the lints find what they look for, and nothing else."""
import pathlib
import tempfile

import contract
import coroutines
import includes
import openapi
import sizes
import translations

GOOD = """
awaitable<void> f() {
  co_await g();
  const int x = co_await g(std::move(a), asio::redirect_error(asio::use_awaitable, ec));
  x = co_await g();
  if (x) co_await g();
  if (x > 0 && y) co_return co_await g();
  for (int i = 0; i < 3; ++i)
    total.sum = co_await g();
  base::Result<model::Kept> kept = co_await store_.keep(std::move(postback));
  // if (co_await g()) in a comment
  log("while (co_await g())");
  co_return co_await h(Endpoint(1, 2));
}
"""
BAD = [
    "if (co_await f()) x();",
    "while (co_await f()) x();",
    "switch (co_await f()) {}",
    "x = co_await f() && y;",
    "bool b = !co_await f();",
    "return_to(co_await f());",
    "x = co_await f(Request{head, body});",
    "co_await f([a] { return a; });",
    "x = y ? co_await f() : z;",
    "x = co_await f(co_await g());",
    "co_spawn(io, [this]() -> awaitable<void> { co_return; });",
    "co_spawn(io, f(), asio::detached);",
]
assert not list(coroutines.wrong("good", GOOD)), list(coroutines.wrong("good", GOOD))
for text in BAD:
    assert list(coroutines.wrong("bad", "void f() {\n" + text + "\n}\n")), text

CMAKE = "postbackd_module(base LIBRARIES X::y)\npostbackd_module(text USES base LIBRARIES Z::z)\npostbackd_module(http USES base)\n"
modules = includes.modules_of(CMAKE)
assert modules == {"base": set(), "text": {"base"}, "http": {"base"}}, modules
assert not list(includes.wrong_uses(modules))
assert list(includes.wrong_uses({"base": {"text"}}))
assert list(includes.wrong_uses({"text": {"http"}}))
assert not list(includes.wrong_includes("f", "text", '#include "base/clock.hpp"\n#include <vector>\n#include "text/form.hpp"\n', modules))
assert list(includes.wrong_includes("f", "text", '#include "http/request.hpp"\n', modules))
assert list(includes.wrong_includes("f", "base", '#include "text/form.hpp"\n', modules))
assert list(includes.wrong_includes("f", "base", '#include "clock.hpp"\n', modules))
assert list(includes.names_the_engine("f", "// an SQLite file\n")) and not list(includes.names_the_engine("f", "store::Store\n"))
assert not list(includes.missing_headers("f", "std::optional<int> a;  // std::vector\n", {"optional"}))
assert list(includes.missing_headers("f", "std::optional<int> a;\n", {"string"}))
face = {"a": "class A {\npublic:\n  virtual ~A();\n  virtual Result<int>\n  f(int x) = 0;\nprotected:\n  virtual void g() = 0;\n};\n"}
assert not list(contract.not_called(face, "store->f(1);"))
assert list(contract.not_called(face, "store->g();  // f(1)"))
room = "lib/store/tables/postbacks/a.cpp"
assert not list(includes.wrong_rooms(room, '#include "store/postback_store.hpp"\n#include "store/tables/queries/b.hpp"\n#include "sql/c.hpp"\n'))
assert list(includes.wrong_rooms(room, '#include "store/tables/deliveries/b.hpp"\n'))
assert list(includes.wrong_rooms(room, '#include "store/tables/table_query_store.hpp"\n'))
assert list(includes.wrong_rooms(room, '#include "store/open.hpp"\n'))
assert list(includes.wrong_rooms(room, '#include "store/sqlite/files/b.hpp"\n'))
assert not list(includes.wrong_rooms("lib/store/tables/a.cpp", '#include "store/tables/fanbase/b.hpp"\n'))
assert not list(includes.wrong_rooms("lib/store/sqlite/files/a.cpp", '#include "store/tables/fanbase/b.hpp"\n'))
assert list(includes.opens_files("f", "std::ifstream file(path);\n")) and list(includes.opens_files("f", "x(::open(path))\n"))
assert not list(includes.opens_files("f", "DeliveryStore::open(x)\n")) and not list(includes.opens_files("lib/sqlite/wal_index.cpp", "::open(x)\n"))
body = lambda lines: "void f()\n{\n" + "  x();\n" * lines + "}\n"
assert list(sizes.long_functions("f", body(41))) and not list(sizes.long_functions("f", body(40)))
assert not list(sizes.long_functions("f", "namespace x\n{\n" + "int y;\n" * 50 + "}\n"))
with tempfile.TemporaryDirectory() as scratch:
    root = pathlib.Path(scratch).resolve()
    (root / "docs/pt-BR").mkdir(parents=True)
    original = "# A\n[b](b.md#c-d)\n`x`\n```sh\nrun --it  # so\n```\n"
    translated = "# O A\n`x` [bê](b.md#cê-d)\n```sh\nrun --it  # assim\n```\n"
    for name, text in {"a.md": original, "b.md": "# C d\n", "pt-BR/b.md": "# Cê d\n"}.items():
        (root / "docs" / name).write_text(text)
    for wrong in (None, ("`x`", "x"), ("run --it", "run"), ("# O", "## O"), ("cê-d", "c-d"), ("b.md#cê-d", "../b.md"), ("b.md", "c.md")):
        (root / "docs/pt-BR" / "a.md").write_text(translated.replace(*wrong) if wrong else translated)
        found = list(translations.check(root))
        assert bool(found) == bool(wrong), (wrong, found)
print("the lints find what they look for")

DOCUMENT = """
security: []
tags: [{name: a}]
paths:
  /x: {get: {operationId: x, tags: [a], responses: {"200": {$ref: "#/components/y"}, "404": {}}}}
components: {y: {}}
"""
assert not list(openapi.problems_of(DOCUMENT)), list(openapi.problems_of(DOCUMENT))
for good, bad in (("operationId: x, ", ""), ("tags: [a]", "tags: [b]"), ("security: []\n", ""), ('"404"', '"302"'), ("components/y", "components/z")):
    assert list(openapi.problems_of(DOCUMENT.replace(good, bad))), bad
