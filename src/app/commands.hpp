// The sub-commands that need no server. Each answers the process's exit code.
#pragma once

#include <iosfwd>
#include <string>

#include "app/config.hpp"

namespace tollgate::app {

/// `tollgate check-config FILE`: prints "FILE: sound" (0), or every problem as "FILE: /pointer:
/// what", one per line (1). Loads the plugins, reads the key files and lets the plugins judge the
/// settings.
int check_config(const std::string& file);
int check_config(const std::string& file, const ConfigSources& sources, std::ostream& out);

/// One line for each problem, as check-config prints them.
void print_problems(const std::string& file, const std::vector<FieldError>& problems,
                    std::ostream& out);

/// `tollgate hash-key`: reads one line from standard input and prints the SHA-256 of it without its
/// line end, in hexadecimal. An empty line is refused (1).
int hash_key();
int hash_key(std::istream& in, std::ostream& out, std::ostream& errors);

/// `tollgate audit verify --config FILE [--since HEAD]`: recomputes the journal and the seals, and
/// holds the books against them, beside a running server or without one. Prints the balances and
/// the head (0), or the first broken row (1); 2 where nothing could be checked. `noted` is a head
/// that was printed earlier, or nothing.
int verify_audit(const std::string& config_file, const std::string& noted);

/// `tollgate plugins --dir DIR`: what every *.so of the directory offers; 1 where one is broken or
/// two claim one channel, with the reason.
int list_plugins(const std::string& dir);
int list_plugins(const std::string& dir, std::ostream& out);

}  // namespace tollgate::app
