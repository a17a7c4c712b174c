#include "channel/plugin.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>

#include "base/utf8.hpp"
#include "channel/abi_reader.hpp"
#include "channel/words.hpp"

namespace tollgate::channel {
namespace {

constexpr std::size_t max_capabilities = 64;
constexpr std::size_t max_settings = 100;
constexpr std::size_t max_struct_bytes = 4096;
constexpr std::uint32_t known_components =
    (TG_COMPONENT(TG_OP_CALLBACK + 1) - 1) & ~TG_COMPONENT(0);
constexpr std::uint32_t known_needs = TG_NEEDS_OPENID | TG_NEEDS_CLIENT_IP | TG_NEEDS_RETURN_URL;
constexpr std::uint32_t known_flags = TG_SETTING_REQUIRED | TG_SETTING_SECRET | TG_SETTING_FILE;

Error refused(const std::string& origin, const std::string& cause) {
  return Error(Errc::invalid_request, origin + ": " + cause);
}

std::string other_major(int major) {
  return "plugin speaks ABI major " + std::to_string(major) + ", this server speaks " +
         std::to_string(TG_ABI_MAJOR);
}

/// The elements of an array whose elements may be of another minor version: their own struct_size
/// is the distance between them.
template <class T>
std::vector<T> copy_array(AbiReader& in, std::string_view name, const T* first, std::size_t count,
                          std::size_t max) {
  std::vector<T> out;
  if (count > max)
    return in.complain("more than " + std::to_string(max) + " " + std::string(name)), out;
  if (count > 0 && first == nullptr) return in.complain(std::string(name) + " is null"), out;
  std::uint32_t stride = 0;
  if (count > 0) std::memcpy(&stride, first, sizeof(stride));
  const bool aligned = stride % alignof(T) == 0 && stride <= max_struct_bytes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* at = reinterpret_cast<const T*>(reinterpret_cast<const char*>(first) + i * stride);
    auto copy = aligned ? copy_struct(at) : std::nullopt;
    if (!copy || copy->struct_size != stride)
      return in.complain(std::string(name) + ": struct_size is wrong"), out;
    out.push_back(*copy);
  }
  return out;
}

std::vector<std::string> read_currencies(AbiReader& in, const std::string& method, tg_span span) {
  const auto text = in.text("capability.currencies", span, 4096);
  std::vector<std::string> out;
  if (text == "*") return out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto code = text.substr(at, end - at);
    if (code.size() != 3 ||
        !std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; })) {
      in.complain("method " + method + ": currencies must be \"*\" or codes like \"CNY,USD\"");
      return out;
    }
    out.push_back(code);
    at = end + 1;
  }
  return out;
}

Capability read_capability(AbiReader& in, const tg_capability& c) {
  Capability out;
  out.method = in.text("capability.method", c.method, 64);
  if (in.sound() && !is_word(out.method, 32))
    in.complain("a method's name must be [a-z0-9_]{1,32}");
  out.currencies = read_currencies(in, out.method, c.currencies);
  out.title = in.text("capability.title", c.title, 128);
  out.components = c.components & known_components;
  if (out.components == 0) in.complain("method " + out.method + " has no component");
  out.action =
      static_cast<sdk::ActionType>(in.choice("capability.action", c.action, TG_ACTION_APP_STRING));
  out.needs = c.needs;
  if ((c.needs & ~known_needs) != 0)
    in.complain("method " + out.method + " needs something that this server does not have");
  out.amount_max = c.amount_max;
  if (c.amount_max < 0) in.complain("method " + out.method + ": amount_max is negative");
  return out;
}

Setting read_setting(AbiReader& in, const tg_setting& c) {
  Setting out;
  out.name = in.text("setting.name", c.name, 128);
  if (in.sound() && !is_word(out.name, 64)) in.complain("a setting's name must be [a-z0-9_]{1,64}");
  out.flags = c.flags & known_flags;
  out.description = in.text("setting.description", c.description, 1024);
  return out;
}

std::optional<std::string> missing_function(const tg_plugin& p) {
  if (!p.create) return "create";
  if (!p.destroy) return "destroy";
  if (!p.begin) return "begin";
  if (!p.begin_callback) return "begin_callback";
  if (!p.resume) return "resume";
  if (!p.end) return "end";
  return std::nullopt;
}

template <class List, class Key>
bool has_duplicates(const List& list, Key key) {
  for (std::size_t i = 0; i < list.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (key(list[i]) == key(list[j])) return true;
  return false;
}

}  // namespace

bool Capability::has(sdk::OperationKind kind) const {
  const auto bit = static_cast<std::uint32_t>(kind);
  return bit < 32 && (components & TG_COMPONENT(bit)) != 0;
}

bool Capability::takes(std::string_view currency) const {
  return currencies.empty() || std::ranges::find(currencies, currency) != currencies.end();
}

Result<std::shared_ptr<const Plugin>> Plugin::load(const std::string& path) {
  const auto absolute = std::filesystem::absolute(path).lexically_normal().string();
  void* library = ::dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char* why = ::dlerror();
    return refused(absolute, std::string("cannot be loaded: ") + (why ? why : "no reason told"));
  }
  // Not closed on any path below: code of it may already be referenced (thread locals, atexit).
  if (void* entry = ::dlsym(library, TG_PLUGIN_ENTRY_NAME))
    return from_entry(reinterpret_cast<tg_plugin_entry>(entry), absolute);
  for (int major = 0; major <= 9; ++major)
    if (::dlsym(library, ("tollgate_channel_plugin_v" + std::to_string(major)).c_str()))
      return refused(absolute, other_major(major));
  return refused(absolute, "is no channel plugin: it does not export " TG_PLUGIN_ENTRY_NAME);
}

Result<std::shared_ptr<const Plugin>> Plugin::from_entry(tg_plugin_entry entry,
                                                         std::string origin) {
  const tg_plugin* given = entry ? entry() : nullptr;
  if (!given) return refused(origin, "its entry function answers null");
  const auto copy = copy_struct(given);
  if (!copy) return refused(origin, "tg_plugin.struct_size is too small");
  if (copy->abi_major != TG_ABI_MAJOR) return refused(origin, other_major(copy->abi_major));
  if (auto name = missing_function(*copy))
    return refused(origin, "the function " + *name + " is null");

  std::shared_ptr<Plugin> made(new Plugin);
  AbiReader in;
  made->abi_ = *copy;
  made->origin_ = origin;
  made->channel_ = in.text("channel", copy->channel, 64);
  if (in.sound() && !is_word(made->channel_, 32))
    in.complain("the channel's word must be [a-z0-9_]{1,32}");
  made->version_ = in.text("version", copy->version, 64);
  made->title_ = in.text("title", copy->title, 128);
  for (const auto& c :
       copy_array(in, "capabilities", copy->capabilities, copy->capability_count, max_capabilities))
    made->capabilities_.push_back(read_capability(in, c));
  for (const auto& s :
       copy_array(in, "settings", copy->settings, copy->setting_count, max_settings))
    made->settings_.push_back(read_setting(in, s));
  if (made->capabilities_.empty()) in.complain("it has no capabilities");
  if (has_duplicates(made->capabilities_, [](const Capability& c) { return c.method; }))
    in.complain("two capabilities are of one method");
  if (has_duplicates(made->settings_, [](const Setting& s) { return s.name; }))
    in.complain("two settings have one name");
  if (!in.sound()) return refused(origin, in.problem());
  return std::shared_ptr<const Plugin>(std::move(made));
}

}  // namespace tollgate::channel
