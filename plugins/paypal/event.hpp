// What a webhook says it is about (paypal.md section 5.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::paypal {

struct Event {
  enum class Subject { nothing, order, capture, refund };

  std::string event_id;
  std::string type;
  Subject subject = Subject::nothing;
  std::string id;  ///< Of the subject.

  /// Nothing where it is no event, or the subject that its type should have is missing.
  static std::optional<Event> read(std::string_view body);

  /// Where the API shows the subject.
  std::string path() const;
};

}  // namespace tollgate::paypal
