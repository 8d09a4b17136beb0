#include "text/json_pointer.hpp"

#include <vector>

#include "text/json.hpp"

namespace postbackd::text
{
namespace
{

// Keeps the pointer to what is read next.
class Finder final : public JsonVisitor
{
public:
  Finder(const std::set<std::string>& wanted, std::map<std::string, std::string>& found)
      : wanted_(wanted), found_(found)
  {
  }

  void begin_object() override { enter(false); }
  void end_object() override { leave(); }
  void begin_array() override { enter(true); }
  void end_array() override { leave(); }
  void key(std::string_view name) override
  {
    path_.resize(levels_.back().parent);
    path_ += '/';
    for (const char c : name)
      if (c == '~' || c == '/')
        path_ += c == '~' ? "~0" : "~1";
      else
        path_ += c;
  }
  void string(std::string_view text) override { note(text); }
  void number(std::string_view text) override { note(text); }
  void literal(std::string_view text) override { note(text); }

private:
  struct Level {
    std::size_t parent; // length of the pointer to the object or array itself
    bool is_array;
    std::size_t next = 0; // element
  };

  void begin_value()
  {
    if (levels_.empty() || !levels_.back().is_array) return;
    path_.resize(levels_.back().parent);
    path_ += '/' + std::to_string(levels_.back().next++);
  }
  void enter(bool is_array)
  {
    begin_value();
    levels_.push_back({path_.size(), is_array});
  }
  void leave()
  {
    path_.resize(levels_.back().parent);
    levels_.pop_back();
  }
  void note(std::string_view text)
  {
    begin_value();
    if (wanted_.contains(path_)) found_.emplace(path_, text);
  }

  const std::set<std::string>& wanted_;
  std::map<std::string, std::string>& found_;
  std::string path_;
  std::vector<Level> levels_;
};

} // namespace

bool is_json_pointer(const std::string& text)
{
  if (text.empty() || text.front() != '/') return false;
  for (std::size_t tilde = text.find('~'); tilde != std::string::npos; tilde = text.find('~', tilde + 1))
    if (tilde + 1 == text.size() || (text[tilde + 1] != '0' && text[tilde + 1] != '1')) return false;
  return true;
}

std::map<std::string, std::string> values_at(const base::Blob& json, const std::set<std::string>& pointers)
{
  std::map<std::string, std::string> found;
  Finder finder(pointers, found);
  if (!scan_json(json, finder)) found.clear();
  return found;
}

} // namespace postbackd::text
