#include "base/command_line.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>

namespace postbackd::base
{

Option* Option::required()
{
  option_->required();
  return this;
}

Option* Option::capture_default_str()
{
  option_->capture_default_str();
  return this;
}

Option* Option::needs(Option* other)
{
  option_->needs(other->option_);
  return this;
}

Option* Option::needs(const char* flag)
{
  option_->needs(flag);
  return this;
}

Option* Option::excludes(Option* other)
{
  option_->excludes(other->option_);
  return this;
}

Option* Option::one_of(const std::vector<std::string>& words)
{
  option_->check(CLI::IsMember(words));
  return this;
}

Option* Option::not_negative()
{
  option_->check(CLI::NonNegativeNumber);
  return this;
}

Option* Option::between(int least, int most)
{
  option_->check(CLI::Range(least, most));
  return this;
}

Option* Option::delimiter(char character)
{
  option_->delimiter(character);
  return this;
}

CommandLine::CommandLine(const std::string& description, const std::string& program)
    : owned_(std::make_unique<CLI::App>(description, program)), app_(owned_.get())
{
}

CommandLine::CommandLine(CLI::App* app) : app_(app) {}

CommandLine::~CommandLine() = default;

template<class Value>
Option* CommandLine::add_option(const std::string& name, Value& value, const std::string& description)
{
  return &options_.emplace_back(app_->add_option(name, value, description));
}

Option* CommandLine::add_flag(const std::string& name, bool& value, const std::string& description)
{
  return &options_.emplace_back(app_->add_flag(name, value, description));
}

Option* CommandLine::get_option(const std::string& name)
{
  return &options_.emplace_back(app_->get_option(name));
}

CommandLine* CommandLine::add_subcommand(const std::string& name, const std::string& description)
{
  return commands_.emplace_back(new CommandLine(app_->add_subcommand(name, description))).get();
}

CommandLine* CommandLine::add_option_group(const std::string& name)
{
  return commands_.emplace_back(new CommandLine(app_->add_option_group(name))).get();
}

void CommandLine::require_option(std::size_t count) { app_->require_option(static_cast<int>(count)); }
void CommandLine::require_option(std::size_t least, std::size_t most) { app_->require_option(least, most); }
void CommandLine::require_subcommand(int count) { app_->require_subcommand(count); }
void CommandLine::fallthrough() { app_->fallthrough(); }
void CommandLine::footer(const std::string& text) { app_->footer(text); }
void CommandLine::callback(std::function<void()> function) { app_->callback(std::move(function)); }

void CommandLine::set_version_flag(const std::string& name, const std::string& version)
{
  app_->set_version_flag(name, version);
}

std::optional<int> CommandLine::parse(int argc, char** argv, int usage)
{
  try {
    app_->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& e) {
    return app_->exit(e) == 0 ? 0 : usage;
  }
}

#define POSTBACKD_OPTION(Value)                                                                              \
  template Option* CommandLine::add_option(const std::string& name, Value& value,                            \
                                           const std::string& description);
POSTBACKD_OPTION(std::string)
POSTBACKD_OPTION(std::optional<std::string>)
POSTBACKD_OPTION(std::vector<std::string>)
POSTBACKD_OPTION(std::int64_t)
POSTBACKD_OPTION(std::optional<std::int64_t>)
POSTBACKD_OPTION(std::uint64_t)
POSTBACKD_OPTION(unsigned)
POSTBACKD_OPTION(unsigned short)

} // namespace postbackd::base
