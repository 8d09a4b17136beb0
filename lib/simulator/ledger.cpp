#include "simulator/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "text/json.hpp"

namespace postbackd::simulator
{
namespace
{

void write_record(text::JsonWriter& writer, const Query& query)
{
  writer.begin_object().key("QueryId").string(query.asked.query_id).key("Api").string(query.asked.api);
  writer.key("Datasets").string(query.asked.datasets).key("q").string(query.asked.q);
  writer.key("QueryDate").string(query.asked.date).key("Replies").begin_array();
  for (const Reply& reply : query.replies) {
    writer.begin_object().key("at").string(reply.at).key("status").number(reply.status);
    writer.key("content").string(reply.content).end_object();
  }
  writer.end_array().end_object();
}

} // namespace

void Ledger::add(const QueryPointer& query)
{
  by_id_[query->asked.query_id] = query;
  by_q_[query->asked.q].push_back(query);
  in_order_.push_back(query);
}

QueryPointer Ledger::find(const std::string& query_id) const
{
  const auto found = by_id_.find(query_id);
  return found == by_id_.end() ? nullptr : found->second;
}

http::Response Ledger::metadata(const Query& query) const
{
  const bool posted = !query.replies.empty() && query.replies.back().status == 200;
  text::JsonWriter writer;
  writer.begin_object().key("Result").begin_object().key("HookMetadata").begin_object();
  writer.key("Status").string(query.under_way ? "Registered" : posted ? "Posted" : "PostFailed");
  if (!query.replies.empty()) {
    writer.key("ClientResponseHttpCode").number(query.replies.back().status);
    writer.key("ClientResponseContent").string(query.replies.back().content);
  }
  writer.end_object().end_object().key("QueryId").string(query.asked.query_id);
  writer.key("Status").begin_object().key("api").begin_array().begin_object().key("Code").number(0);
  writer.key("Message").string("OK").end_object().end_array().end_object().end_object();
  return http::json_response(std::string(writer.text()));
}

http::Response Ledger::statistics() const
{
  int pending = 0;
  int dispatched = 0;
  int errors = 0;
  for (const QueryPointer& query : in_order_) {
    pending += query->under_way;
    for (const Reply& reply : query->replies)
      ++(reply.status == 200 ? dispatched : errors);
  }
  return http::json_response(
      fmt::format(R"({{"Result":{{"TotalPendingHooks":{},"TotalDispatchedHooksInLastHour":{},)"
                  R"("TotalErrorHooksInLastHour":{}}},"Status":{{"api":[{{"Code":0,"Message":"OK"}}]}}}})",
                  pending, dispatched, errors));
}

http::Response Ledger::log(const std::string& query_id, const std::string& q, const std::string& cursor,
                           std::size_t size, base::Spool& spool) const
{
  std::vector<QueryPointer> found;
  if (const QueryPointer query = find(query_id)) found.push_back(query);
  if (const auto queries = by_q_.find(q); queries != by_q_.end()) found = queries->second;
  std::erase_if(found, [](const QueryPointer& query) { return query->behaviour.unlogged; });
  const std::size_t from = std::strtoul(cursor.c_str(), nullptr, 10);
  http::Response response;
  base::Blob page(spool);
  page.append("{\"Result\":[");
  const std::size_t end = std::min(found.size(), from + size);
  for (std::size_t i = from; i < end; ++i) {
    const Query& query = *found[i];
    text::JsonWriter writer;
    writer.begin_object().key("API").string(query.asked.api).key("Datasets").string(query.asked.datasets);
    writer.key("Parameters").string(query.asked.q).key("QueryDate").string(query.asked.date);
    writer.key("QueryId").string(query.asked.query_id).key("UserIp").string("192.0.2.1").end_object();
    std::string record(writer.text());
    record.back() = ',';
    page.append((i > from ? "," : "") + record + "\"Result\":");
    if (query.under_way)
      page.append("null");
    else
      text::append_json_string(base::Blob(result_of(query.asked, query.behaviour.size)), page);
    page.append("}");
  }
  page.append("],\"Status\":{\"Code\":0,\"Message\":\"OK\"}");
  if (end < found.size()) page.append(fmt::format(",\"Cursor\":\"{}\"", end));
  page.append("}");
  response.document = page;
  return response;
}

http::Response Ledger::record(std::size_t refused) const
{
  text::JsonWriter writer;
  writer.begin_object().key("Refused").number(static_cast<std::int64_t>(refused));
  writer.key("Accepted").begin_array();
  for (const QueryPointer& query : in_order_)
    write_record(writer, *query);
  writer.end_array().end_object();
  return http::json_response(std::string(writer.text()));
}

} // namespace postbackd::simulator
