// A program with its own handler, built against the installed package (docs/handlers.md).
#include <fstream>
#include <postbackd.hpp>

namespace
{

// Appends QueryId, key and body to the file `path`.
class Note final : public postbackd::delivery::Handler
{
public:
  explicit Note(std::string path) : path_(std::move(path)) {}

  postbackd::delivery::Outcome handle(const postbackd::delivery::Delivery& result, std::stop_token) override
  {
    std::ofstream(path_, std::ios::app)
        << result.query_id << ' ' << result.idempotency_key << ' ' << result.document.bytes() << '\n';
    return postbackd::delivery::Outcome::done();
  }

private:
  std::string path_;
};

} // namespace

int main(int argc, char** argv)
{
  return postbackd::run_daemon(argc, argv, [](postbackd::delivery::HandlerRegistry& registry) {
    registry.add("note", [](const postbackd::delivery::HandlerOptions& options) {
      return std::make_unique<Note>(options.text("path"));
    });
  });
}
