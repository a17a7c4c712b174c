#include "net/client_pool.hpp"

#include <algorithm>
#include <vector>

namespace tollgate::net {
namespace {

constexpr std::size_t idle_total_max = 256;
constexpr std::size_t lookups_max = 64;

/// Stands in a context and tells its pools when it ends, so that no socket outlives its reactor.
class PoolAnchor : public boost::asio::execution_context::service {
 public:
  using key_type = PoolAnchor;
  static inline boost::asio::execution_context::id id;

  explicit PoolAnchor(boost::asio::execution_context& owner) : service(owner) {}

  void add(const std::shared_ptr<ClientPool>& pool) {
    const std::lock_guard lock(mutex_);
    std::erase_if(pools_, [](const auto& weak) { return weak.expired(); });
    pools_.push_back(pool);
  }

 private:
  void shutdown() override {
    const std::lock_guard lock(mutex_);
    for (const auto& weak : pools_)
      if (const auto pool = weak.lock()) pool->die();
  }

  std::mutex mutex_;
  std::vector<std::weak_ptr<ClientPool>> pools_;
};

}  // namespace

ClientPool::ClientPool(std::size_t idle_per_host, std::int64_t idle_ms)
    : idle_per_host_(idle_per_host), idle_time_(idle_ms) {}

std::shared_ptr<ClientConnection> ClientPool::take(const std::string& key,
                                                   const AllowAddress& allow) {
  drop_expired(std::chrono::steady_clock::now());
  const auto host = idle_.find(key);
  if (host == idle_.end()) return nullptr;
  std::shared_ptr<ClientConnection> found;
  auto& connections = host->second;
  while (!found && !connections.empty()) {
    auto connection = std::move(connections.back().connection);
    connections.pop_back();
    --idle_total_;
    if (connection->is_quiet() && (!allow || allow(connection->address())))
      found = std::move(connection);
  }
  if (connections.empty()) idle_.erase(host);
  return found;
}

void ClientPool::put(const std::string& key, std::shared_ptr<ClientConnection> connection) {
  const auto now = std::chrono::steady_clock::now();
  drop_expired(now);
  if (dead_ || idle_per_host_ == 0) return;
  auto& connections = idle_[key];
  if (connections.size() >= idle_per_host_) {
    connections.pop_front();
    --idle_total_;
  } else if (idle_total_ >= idle_total_max) {
    drop_oldest();
  }
  idle_[key].push_back({std::move(connection), now + idle_time_});
  ++idle_total_;
}

void ClientPool::drop_expired(Deadline now) {
  for (auto host = idle_.begin(); host != idle_.end();) {
    auto& connections = host->second;
    while (!connections.empty() && connections.front().expiry <= now) {
      connections.pop_front();
      --idle_total_;
    }
    host = connections.empty() ? idle_.erase(host) : std::next(host);
  }
}

void ClientPool::drop_oldest() {
  auto oldest = idle_.end();
  for (auto host = idle_.begin(); host != idle_.end(); ++host) {
    if (host->second.empty()) continue;
    if (oldest == idle_.end() || host->second.front().expiry < oldest->second.front().expiry)
      oldest = host;
  }
  if (oldest == idle_.end()) return;
  oldest->second.pop_front();
  --idle_total_;
}

void ClientPool::clear() {
  idle_.clear();
  idle_total_ = 0;
}

bool ClientPool::lookup_begins() {
  if (lookups_ >= lookups_max) return false;
  ++lookups_;
  return true;
}

void ClientPool::die() {
  dead_ = true;
  clear();
}

ClientPools::ClientPools(std::size_t idle_per_host, std::int64_t idle_ms)
    : idle_per_host_(idle_per_host), idle_ms_(idle_ms) {}

std::shared_ptr<ClientPool> ClientPools::of(boost::asio::execution_context& context) {
  const std::lock_guard lock(mutex_);
  Entry& entry = pools_[&context];
  entry.thread = std::this_thread::get_id();
  if (entry.pool && !entry.pool->dead()) return entry.pool;
  std::erase_if(pools_, [&](const auto& other) {
    return other.first != &context && other.second.pool->dead();
  });
  entry.pool = std::make_shared<ClientPool>(idle_per_host_, idle_ms_);
  boost::asio::use_service<PoolAnchor>(context).add(entry.pool);
  return entry.pool;
}

void ClientPools::clear_of_this_thread() {
  const std::lock_guard lock(mutex_);
  for (auto& [context, entry] : pools_)
    if (entry.thread == std::this_thread::get_id()) entry.pool->clear();
}

}  // namespace tollgate::net
