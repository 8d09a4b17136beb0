#pragma once

#include <atomic>
#include <filesystem>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace postbackd::test
{

// Stands between a client and a Unix socket, and cuts the connection after so many bytes.
class CuttingProxy
{
public:
  enum class Way { to_server, to_client };

  CuttingProxy(const std::filesystem::path& listen, const std::filesystem::path& server);
  ~CuttingProxy();

  // Lets so many more bytes go this way, on whatever connection; then cuts the one that has more.
  void cut_after(Way way, long bytes);
  // Returns whether it has cut since.
  bool has_cut() const { return has_cut_; }

private:
  void accept_all();
  void pump(int from, int to, Way way);

  std::filesystem::path server_;
  int listener_;
  std::atomic<long> left_[2] = {-1, -1}; // -1: no limit
  std::atomic<bool> has_cut_ = false;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_; // guards the sockets and the threads of them
  std::vector<int> sockets_;
  std::list<std::thread> pumps_;
  std::thread accepting_;
};

} // namespace postbackd::test
