// The form that some channels want the buyer's browser to post.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::console {

struct FormField {
  std::string name;
  std::string value;
};

/// What of a channel's HTML is let through: where to, and the fields. The page writes its own form
/// from it, so that no markup or script of a channel gets into our page.
struct ChannelForm {
  std::string action;  ///< http or https.
  std::string origin;  ///< Of action, for Content-Security-Policy's form-action.
  bool post = false;
  std::vector<FormField> fields;
};

/// Reads the first <form> of `html` and its <input>s with a name (at most 100). Nothing where there
/// is none, its action is no web address, or the text is longer than 64 KiB.
std::optional<ChannelForm> read_channel_form(std::string_view html);

}  // namespace tollgate::console
