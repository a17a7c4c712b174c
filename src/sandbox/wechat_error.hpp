// How WeChat Pay refuses.
#pragma once

#include <string>

namespace tollgate::sandbox {

/// One refusal: the body's fields and the HTTP status (channel document, section 4).
struct WechatError {
  int status = 400;
  std::string code;
  std::string message;
  // `detail`, left out where all are empty
  std::string field;  ///< A JSON pointer, or a header's name.
  std::string issue;
  std::string location;      ///< body, query, header or authorization.
  std::string sign_message;  ///< SIGN_ERROR: what the simulator verified against.

  /// {"code","message","detail"}.
  std::string body() const;
};

WechatError sign_error(std::string issue, std::string field = "signature");
WechatError param_error(std::string field, std::string issue, std::string location);

}  // namespace tollgate::sandbox
