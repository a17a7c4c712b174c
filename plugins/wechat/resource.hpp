// Encrypted resources (wechat.md section 5.3): notices and platform certificates come in them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/json.hpp"

namespace tollgate::wechat {

struct Opened {
  std::optional<std::string> plain;
  bool understood =
      false;  ///< It was such a resource; without plain, the key or the text is wrong.
};

/// Opens {algorithm, nonce, associated_data, ciphertext}.
Opened open_resource(common::JsonValue resource, std::string_view api_v3_key);

}  // namespace tollgate::wechat
