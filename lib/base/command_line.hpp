#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI
{
class App;
class Option;
} // namespace CLI

namespace postbackd::base
{

// An option of a command line. Each function returns the option.
class Option
{
public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option* required();
  Option* capture_default_str(); // --help shows the default
  Option* needs(Option* other);
  Option* needs(const char* flag);
  Option* excludes(Option* other);
  Option* one_of(const std::vector<std::string>& words);
  Option* not_negative();
  Option* between(int least, int most);
  Option* delimiter(char character);

private:
  CLI::Option* option_;
};

// A command line with its commands, by CLI11. One file includes that library, whose headers cost each file
// seven seconds; its words are kept.
class CommandLine
{
public:
  CommandLine(const std::string& description, const std::string& program);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // For texts, lists of texts, and numbers; see the end of the .cpp. The value must outlive the parsing.
  template<class Value>
  Option* add_option(const std::string& name, Value& value, const std::string& description);
  Option* add_flag(const std::string& name, bool& value, const std::string& description);
  Option* get_option(const std::string& name);
  CommandLine* add_subcommand(const std::string& name, const std::string& description);
  CommandLine* add_option_group(const std::string& name);

  void require_option(std::size_t count);
  void require_option(std::size_t least, std::size_t most);
  void require_subcommand(int count);
  void fallthrough(); // options of this one may follow a command
  void set_version_flag(const std::string& name, const std::string& version);
  void footer(const std::string& text);
  void callback(std::function<void()> function);

  // Returns nothing if the program may go on. After --help, or a mistake that it has reported, returns the
  // exit code: 0, or `usage`.
  std::optional<int> parse(int argc, char** argv, int usage);

private:
  explicit CommandLine(CLI::App* app);

  std::unique_ptr<CLI::App> owned_;
  CLI::App* app_;
  std::deque<Option> options_;
  std::deque<std::unique_ptr<CommandLine>> commands_;
};

} // namespace postbackd::base
