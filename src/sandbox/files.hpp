// Small files of keys.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace tollgate::sandbox {

/// The whole file. Throws std::runtime_error naming it.
std::string read_file(const std::filesystem::path& path);
/// Replaces the file at once, readable by its owner alone. Throws like read_file.
void write_file(const std::filesystem::path& path, std::string_view content);
/// Reads the file, after writing what `make` gives where there is none.
std::string read_or_make(const std::filesystem::path& path,
                         const std::function<std::string()>& make);

}  // namespace tollgate::sandbox
