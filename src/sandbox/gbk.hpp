// The old Chinese encoding that some channels still speak.
#pragma once

#include <string>
#include <string_view>

namespace tollgate::sandbox {

/// From UTF-8; what GBK lacks becomes "?". Throws std::runtime_error where the system knows no GBK.
std::string to_gbk(std::string_view utf8);

}  // namespace tollgate::sandbox
