// Writes how attempts ended: results that are ready together share one unit of work.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <deque>
#include <functional>
#include <vector>

#include "notify/attempt.hpp"
#include "outbox/outbox.hpp"
#include "outbox/tasks.hpp"

namespace tollgate::notify {

struct Finished {
  enum class Fate {
    written,
    fenced,  ///< The claim was lost meanwhile: nothing was written.
    lost,    ///< The write failed.
  };
  WebhookId webhook;
  outbox::AttemptResult result;
  Verdict::Kind kind = Verdict::Kind::transport_error;
  TimeMs created;             ///< Of the delivery.
  bool untried = false;       ///< Given back: only its lease is ended.
  Fate fate = Fate::written;  ///< Set by the writer.
};

/// Lives on the deliverer's strand. A 410 disables the endpoint in the same unit.
class ResultWriter {
 public:
  /// `ended` is called on the strand for each result, after its commit or when it is lost.
  ResultWriter(db::Database& database, outbox::Outbox& outbox, outbox::TaskGroup& tasks,
               std::function<void(const Finished&)> ended)
      : database_(database), outbox_(outbox), tasks_(tasks), ended_(std::move(ended)) {}

  void add(Finished finished);
  std::size_t waiting() const { return waiting_.size(); }

 private:
  boost::asio::awaitable<void> flush();
  boost::asio::awaitable<bool> write(std::vector<Finished>& batch);
  void apply(db::Tx& tx, Finished& finished);
  std::vector<Finished> take_batch();

  db::Database& database_;
  outbox::Outbox& outbox_;
  outbox::TaskGroup& tasks_;
  std::function<void(const Finished&)> ended_;
  std::deque<Finished> waiting_;
  bool flushing_ = false;
};

}  // namespace tollgate::notify
