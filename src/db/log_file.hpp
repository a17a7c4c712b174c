// What recovery finds in SQLite's log (WAL), made durable.
#pragma once

#include <string>

namespace tollgate::db {

/// Writes the log's bytes over themselves and syncs them. After a failed sync the kernel calls the
/// pages clean: they are read and not on the disk, and no sync would write them again. A power cut
/// in between leaves each sector as it was or as it is read. Nothing to do where there is no file.
/// The caller keeps others from writing to the log. Throws DatabaseError.
void renew_log(const std::string& file);

}  // namespace tollgate::db
