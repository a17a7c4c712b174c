// The sub-commands that run something.
#pragma once

#include <string>

namespace tollgate::app {

/// `tollgate serve --config FILE`: runs until SIGTERM or SIGINT (0), or until the storage fails
/// (1). Refuses to start with every problem of the configuration on standard error (1). SIGHUP
/// reloads.
int serve(const std::string& config_file);

/// `tollgate migrate --config FILE`: brings the database to this version's schema.
int migrate_database(const std::string& config_file);

/// `tollgate healthcheck --config FILE`: 0 where the server of this configuration answers ready.
int healthcheck(const std::string& config_file);

}  // namespace tollgate::app
