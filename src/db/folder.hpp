// Folders whose entries survive a power cut.
#pragma once

#include <filesystem>

namespace tollgate::db {

/// Makes the folder and its parents where they are missing, each synced into its own parent. An
/// empty path is the working directory. Throws DatabaseError.
void make_folder(const std::filesystem::path& folder);

/// Makes the folder's entries durable: what was created, renamed or deleted in it. Throws
/// DatabaseError.
void sync_folder(const std::filesystem::path& folder);

}  // namespace tollgate::db
